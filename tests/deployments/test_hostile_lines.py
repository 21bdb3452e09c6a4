"""Commands that cannot work say so in Chinese: no traceback, no silence, status 1, and nothing written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters import clock, settings
from adapters.database import open_database, people
from deployments import cli
from tasks import accounts, installing, sessions


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    for one in settings.VARIABLES:
        monkeypatch.delenv(one.name, raising=False)
    monkeypatch.setenv("LIANSHEN_DATA", str(tmp_path / "data"))
    settings.settings.cache_clear()
    yield tmp_path
    settings.settings.cache_clear()


def said(line: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    status = cli.main(line)
    words = capsys.readouterr()
    return status, words.out + words.err


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (["scenario", "run", "没有.yaml"], "读不出场景文件 没有.yaml"),
        (["versions", "nowhere"], "还没有发布规则集"),
        (["panels", "nope"], "没有找到该办件"),
        (["reset", "nobody"], "没有账号“nobody”"),
        (["override", "p", "JX-99", "--by", "nobody", "--reason", "急用"], "没有账号“nobody”"),
    ],
)
def test_what_is_not_there(home: Path, line: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    status, words = said(line, capsys)
    assert (status, says in words) == (1, True), words


def test_a_story_that_is_no_text(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "story.yaml").write_bytes(b"\xff\xfe\x00")
    status, words = said(["scenario", "run", str(home / "story.yaml")], capsys)
    assert (status, "不是 UTF-8 文本" in words) == (1, True), words
    assert said(["scenario", "run", str(home)], capsys)[0] == 1, "a folder"


@pytest.mark.parametrize(
    ("content", "says"),
    [(None, "读不出文件"), (b"a: [", "写法不对"), (b"- a\n- b\n", "不是栏目和内容"), (b"\xff\xfe\x00", "写法不对")],
)
def test_an_idea_that_cannot_be_read(home: Path, content: bytes | None, says: str, capsys: pytest.CaptureFixture[str]) -> None:
    if content is not None:
        (home / "idea.yaml").write_bytes(content)
    status, words = said(["eligible", "quzhou", "--unit", "市教育局", "--file", str(home / "idea.yaml")], capsys)
    assert (status, says in words) == (1, True), words


def test_an_answer_that_is_no_yaml(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, words = said(["eligible", "quzhou", "--unit", "市教育局", "name=[未完"], capsys)
    assert (status, "“name=[未完”写法不对" in words) == (1, True), words


@pytest.mark.parametrize(
    ("name", "value", "line", "says"),
    [
        ("DATABASE_URL", "garbage", ["init"], "DATABASE_URL 写法不对"),
        ("DATABASE_URL", "mysql://x/y", ["init"], "只支持 SQLite 和 PostgreSQL"),
        ("DATABASE_URL", "postgresql://u:geheim@127.0.0.1:1/x", ["tick"], "连不上数据库 PostgreSQL"),
        ("LIANSHEN_URL", "ftp://x", ["init"], "设置有误：LIANSHEN_URL"),
        ("LIANSHEN_QUIET", "foo", ["tick"], "设置有误：LIANSHEN_QUIET"),
        ("LIANSHEN_DATA", "/proc/none", ["init"], "建不起来"),
        ("LIANSHEN_BPMN", "/nonexistent", ["check"], "没有规则集"),
        ("LIANSHEN_BPMN", "/nonexistent", ["clauses"], "没有规则集"),
    ],
)
def test_settings_that_make_no_sense(
    home: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, line: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(name, value)
    status, words = said(line, capsys)
    assert (status, says in words) == (1, True), words
    assert "geheim" not in words


def test_a_file_that_is_no_database_is_left_alone(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "data").mkdir()
    file = home / "data" / "lianshen.db"
    file.write_bytes(bytes(range(256)) * 20)
    status, words = said(["init"], capsys)
    assert (status, "连不上数据库 SQLite" in words) == (1, True), words
    assert file.read_bytes() == bytes(range(256)) * 20


def test_an_installation_without_a_working_administrator_is_opened_again(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Killed between the first accounts and the moment they are shown, or the one who knew the password has left."""
    assert said(["init"], capsys)[0] == 0
    database = open_database(settings.settings().database_url)
    try:
        now = clock.now()
        installing.first_accounts(database, settings.SHIPPED, trial=False, now=now)
        for _ in range(sessions.ALLOWED):
            with pytest.raises(sessions.SignInRefused):
                sessions.sign_in(database, "sysadmin", "wrong", address="", now=now)
        status, words = said(["reset", "SysAdmin"], capsys)
        found = re.search(r"新口令：(\S+)（", words)
        assert (status, found is not None) == (0, True), words
        assert found is not None
        token = sessions.sign_in(database, "sysadmin", found[1], address="", now=now)
        me = sessions.who(database, token, now=now)
        assert me is not None
        assert me.must_change
        with database.reading() as db:
            assert people.get(db, me.person.id).login == "sysadmin"
    finally:
        database.close()
    assert accounts.INSTALLER not in words
