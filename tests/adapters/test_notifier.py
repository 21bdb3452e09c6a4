"""Mail is handed over, or ends within its deadline with a reason; against a real server that can misbehave."""

from __future__ import annotations

import asyncio
import socket
import time

import pytest

from adapters.notifier import Mail, Message, Undelivered
from tests.mail_server import mail_server

MESSAGE = Message(key="n1", subject="〔待办〕“教育专网”有新的待办：\r\nBcc: x@example", text="请办理。\n.\n完")


def sender(port: int, **said: object) -> Mail:
    return Mail(**{"host": "127.0.0.1", "port": port, "security": "none", "sender": "shenpi@example.gov.cn", "deadline": 2.0, **said})  # type: ignore[arg-type]  # a table of words


def test_a_mail_arrives_as_it_was_written() -> None:
    with mail_server() as server:
        asyncio.run(sender(server.port).send("zhang@example.gov.cn", MESSAGE))
        asyncio.run(sender(server.port).send("zhang@example.gov.cn", MESSAGE))
    first, second = server.mails
    assert first["To"] == "zhang@example.gov.cn"
    assert first["Subject"] == "〔待办〕“教育专网”有新的待办： Bcc: x@example"
    assert first["Bcc"] is None
    assert first.get_content().replace("\r\n", "\n").strip() == MESSAGE.text
    assert first["Message-ID"] == second["Message-ID"], "a mail sent twice is the same mail"
    assert str(first["Message-ID"]).endswith("@example.gov.cn>")


@pytest.mark.parametrize(
    ("manner", "final", "down"),
    [
        ("refuses", False, True),
        ("refuses_recipient", True, False),
        ("busy", False, True),
        ("silent", False, True),
        ("drips", False, True),
        ("drops", False, True),
        ("loses_answer", False, False),
        ("garbage", False, True),
    ],
)
def test_every_misbehaviour_ends_in_time_with_a_reason(manner: str, final: bool, down: bool) -> None:
    with mail_server(manner) as server:
        begun = time.monotonic()
        with pytest.raises(Undelivered) as failure:
            asyncio.run(sender(server.port).send("zhang@example.gov.cn", MESSAGE))
        assert time.monotonic() - begun < 4
    assert (failure.value.final, failure.value.down) == (final, down)
    assert any("一" <= letter <= "龥" for letter in failure.value.words)


def test_a_server_that_refuses_the_password_is_named_without_it() -> None:
    with mail_server() as server, pytest.raises(Undelivered) as failure:
        asyncio.run(sender(server.port, user="shenpi", password="hush-hush").send("zhang@example.gov.cn", MESSAGE))
    assert failure.value.down
    assert "hush" not in f"{failure.value.words} {failure.value!r} {sender(1, password='hush-hush')!r}"


def test_nobody_at_the_port_and_no_encryption_where_it_is_wanted() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.raises(Undelivered) as failure:
        asyncio.run(sender(port).send("zhang@example.gov.cn", MESSAGE))
    assert failure.value.down
    for security in ("tls", "starttls"):
        with mail_server() as server, pytest.raises(Undelivered):
            asyncio.run(sender(server.port, security=security).send("zhang@example.gov.cn", MESSAGE))
        assert not server.mails, "a mail must not go out in clear when encryption was asked for"


@pytest.mark.parametrize("address", ["", "nobody", "a@b\r\nRCPT TO:<c@d>", "名字 <a@b>, c@d"])
def test_an_address_that_is_none_is_final(address: str) -> None:
    with mail_server() as server, pytest.raises(Undelivered) as failure:
        asyncio.run(sender(server.port).send(address, MESSAGE))
    assert failure.value.final
    assert not server.mails
