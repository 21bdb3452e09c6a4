"""Robots and the SMS gateway: signed, to allowed hosts only, a yes inside the answer, an end in time; keys are told to nobody."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import logging
import time

import pytest

from adapters import settings
from adapters.notifier import Channel, DingTalk, Feishu, Message, Sms, Undelivered, WeCom
from tests.http_partner import Partner, partner

BRIEF = "【联审】您有 2 条新通知（待办 2 条）"
MESSAGE = Message(key="n1", subject="〔待办〕秘密项目", text="“秘密项目”有新的待办", brief=BRIEF)
MOBILE, OPEN_ID = "13800138000", "ou_84aad35d084aa403a838cf73ee18467"


def channel(name: str, to: Partner, deadline: float = 1.5) -> tuple[Channel, str]:
    kinds = {"wecom": WeCom, "dingtalk": DingTalk, "feishu": Feishu, "sms": Sms}
    made = kinds[name](url=to.url, secret="SEC-hush", allowed=to.allowed, deadline=deadline)
    return made, OPEN_ID if name == "feishu" else MOBILE


ALL = ("wecom", "dingtalk", "feishu", "sms")


@pytest.mark.parametrize("name", ALL)
def test_a_message_arrives_and_says_nothing_of_the_matter(name: str) -> None:
    with partner() as there:
        one, to = channel(name, there)
        asyncio.run(one.send(to, MESSAGE))
    (call,) = there.calls
    assert call.query["key"] == "hush-hush"
    assert BRIEF.encode() in call.raw
    assert "秘密项目".encode() not in call.raw
    assert to.encode() in call.raw


def test_signatures_are_what_the_partners_compute() -> None:
    with partner() as there:
        for name in ("dingtalk", "feishu", "sms"):
            one, to = channel(name, there)
            asyncio.run(one.send(to, MESSAGE))
    ding, feishu, sms = there.calls
    words = f"{ding.query['timestamp']}\nSEC-hush"
    assert ding.query["sign"] == base64.b64encode(hmac.digest(b"SEC-hush", words.encode(), "sha256")).decode()
    assert abs(int(ding.query["timestamp"]) / 1000 - time.time()) < 60
    words = f"{feishu.body['timestamp']}\nSEC-hush"
    assert feishu.body["sign"] == base64.b64encode(hmac.new(words.encode(), digestmod=hashlib.sha256).digest()).decode()
    signed = sms.headers["x-lianshen-timestamp"].encode() + b"\n" + sms.raw
    assert sms.headers["x-lianshen-signature"] == hmac.new(b"SEC-hush", signed, hashlib.sha256).hexdigest()


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize(
    "manner", ["refuses", "says_no", "silent", "drips", "drops", "loses_answer", "garbage", "list", "redirects", "busy"]
)
def test_every_misbehaviour_ends_in_time_with_a_reason(name: str, manner: str) -> None:
    with partner(manner) as there:
        one, to = channel(name, there, deadline=1.0)
        begun = time.monotonic()
        with pytest.raises(Undelivered) as failure:
            asyncio.run(one.send(to, MESSAGE))
        assert time.monotonic() - begun < 10, "a partner holds nobody"
    assert not failure.value.final
    assert failure.value.down
    assert any("一" <= letter <= "龥" for letter in failure.value.words)
    assert "hush" not in f"{failure.value.words} {failure.value!r} {one!r}"


def test_an_answer_without_end_is_cut_off() -> None:
    with partner("endless") as there:
        one, to = channel("wecom", there, deadline=10)
        with pytest.raises(Undelivered, match="过长"):
            asyncio.run(one.send(to, MESSAGE))


@pytest.mark.parametrize("answer", [{}, {"errcode": "0x"}, {"errcode": None}, {"errcode": False}, {"ok": 1}])
def test_only_a_clear_yes_is_one(answer: dict[str, object]) -> None:
    with partner() as there:
        there.answer = answer
        one, to = channel("wecom", there)
        with pytest.raises(Undelivered, match="没有接受"):
            asyncio.run(one.send(to, MESSAGE))


@pytest.mark.parametrize("name", ALL)
def test_an_address_that_is_none_is_final_and_nobody_is_called(name: str) -> None:
    with partner() as there:
        one, _ = channel(name, there)
        with pytest.raises(Undelivered) as failure:
            asyncio.run(one.send("张三\r\n", MESSAGE))
    assert failure.value.final
    assert not there.conversations


def test_a_host_that_is_not_allowed_is_never_called() -> None:
    with partner() as there:
        for allowed in ((), ("127.0.0.1",), ("http://127.0.0.2",)):
            with pytest.raises(Undelivered) as failure:
                asyncio.run(WeCom(url=there.url, allowed=allowed, deadline=1.0).send(MOBILE, MESSAGE))
            assert "hush" not in failure.value.words
    assert not there.conversations


def test_keys_do_not_get_into_logs(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with partner() as there:
        for name in ALL:
            one, to = channel(name, there)
            asyncio.run(one.send(to, MESSAGE))
    assert not any("hush" in record.getMessage() for record in caplog.records)


def test_settings_name_partners_and_hide_their_keys(tmp_path_factory: pytest.TempPathFactory) -> None:
    key = tmp_path_factory.mktemp("keys") / "feishu"
    key.write_text("FS-hush\n", "utf-8")
    said = settings.read(
        {
            "LIANSHEN_WECOM": "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=hush",
            "LIANSHEN_FEISHU": "https://open.feishu.cn/open-apis/bot/v2/hook/hush",
            "LIANSHEN_FEISHU_SECRET": f"@{key}",
            "LIANSHEN_SMS": "http://10.0.0.8:9000/sms",
            "LIANSHEN_PARTNERS": "http://10.0.0.8:9000",
        }
    )
    assert set(said.gateways) == {"企业微信", "飞书", "短信"}
    assert said.gateways["飞书"].secret == "FS-hush"
    assert "hush" not in repr(said)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"LIANSHEN_DINGTALK": "https://dingtalk.example/robot?access_token=hush"}, "不在允许的名单中"),
        ({"LIANSHEN_SMS": "http://10.0.0.8/sms?k=hush", "LIANSHEN_PARTNERS": "10.0.0.8"}, "不加密"),
        ({"LIANSHEN_WECOM": "qyapi.weixin.qq.com?key=hush"}, "写法不对"),
        ({"LIANSHEN_WECOM": "@/no/such/hush"}, "读不出来"),
        ({"LIANSHEN_DIGEST": "早上"}, "LIANSHEN_DIGEST"),
    ],
)
def test_a_wrong_partner_is_refused_at_the_start_without_its_key(wrong: dict[str, str], says: str) -> None:
    with pytest.raises(ValueError, match=says) as failure:
        settings.read(wrong)
    assert "hush" not in str(failure.value)
