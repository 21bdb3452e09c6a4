"""What the environment says."""

from __future__ import annotations

from datetime import time
from pathlib import Path

import pytest

from adapters import library, settings


def test_an_empty_environment_runs_a_demo() -> None:
    found = settings.read({})
    assert found.database_url == "sqlite:///data/lianshen.db"
    assert found.data == Path("data")
    assert library.codes(found.bpmn)
    assert settings.read({one.name: "  " for one in settings.VARIABLES}) == found


def test_everything_can_be_said(tmp_path: Path) -> None:
    data = str(tmp_path / "资料")
    found = settings.read({"LIANSHEN_DATA": data, "LIANSHEN_BPMN": str(tmp_path), "LIANSHEN_URL": "https://shenpi.example.gov.cn/"})
    assert found.database_url == f"sqlite:///{data}/lianshen.db"
    assert (found.bpmn, found.url) == (tmp_path, "https://shenpi.example.gov.cn")
    assert settings.read({"DATABASE_URL": "postgresql+psycopg://u@h/d"}).database_url == "postgresql+psycopg://u@h/d"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LIANSHEN_URL", "shenpi.example"),
        ("LIANSHEN_URL", "javascript:x"),
        ("DATABASE_URL", "a\nb"),
        ("LIANSHEN_PREFECT_PORT", "70000"),
        ("LIANSHEN_PREFECT_PORT", "x"),
        ("LIANSHEN_SMTP", "mail.example"),
        ("LIANSHEN_SMTP", "https://mail.example"),
        ("LIANSHEN_SMTP", "smtp://mail.example:many"),
        ("LIANSHEN_SMTP", "smtp://user:secret@mail.example"),
        ("LIANSHEN_SMTP_FROM", ""),
        ("LIANSHEN_QUIET", "night"),
    ],
)
def test_nonsense_is_refused_by_name(name: str, value: str) -> None:
    mail = {"LIANSHEN_SMTP": "smtp://mail.example", "LIANSHEN_SMTP_FROM": "shenpi@example.gov.cn"}
    with pytest.raises(ValueError, match=name) as refused:
        settings.read(mail | {name: value})
    assert "secret" not in str(refused.value)


def test_mail_is_said_by_address_and_a_file_may_hold_its_password(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("机密\n", "utf-8")
    said = {"LIANSHEN_SMTP_PASSWORD": f"@{tmp_path / 'key'}", "LIANSHEN_SMTP_FROM": "shenpi@example.gov.cn"}
    found = settings.read(said | {"LIANSHEN_SMTP": "smtp+starttls://sys%40gov@mail.example"}).smtp
    assert found is not None
    assert (found.host, found.port, found.security, found.user, found.password) == ("mail.example", 587, "starttls", "sys@gov", "机密")
    assert "机密" not in repr(found)
    with pytest.raises(ValueError, match="LIANSHEN_SMTP_PASSWORD"):
        settings.read(said | {"LIANSHEN_SMTP": "smtp://h", "LIANSHEN_SMTP_PASSWORD": "@nowhere/at/all"})


def test_quiet_hours_may_be_off() -> None:
    assert settings.read({"LIANSHEN_QUIET": "no"}).quiet is None
    assert settings.read({"LIANSHEN_QUIET": "22:00-06:00"}).quiet == (time(22), time(6))


def test_every_variable_is_described() -> None:
    for one in settings.VARIABLES:
        assert one.name.isupper()
        assert any("一" <= letter <= "龥" for letter in one.words)


def test_the_process_reads_its_environment_once() -> None:
    assert settings.settings() is settings.settings()
