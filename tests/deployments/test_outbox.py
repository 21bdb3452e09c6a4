"""`lianshen address` and `lianshen notices` as operators type them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters import settings
from adapters.database import notices, open_database, people
from adapters.database.tables import Delivery, Notice, Person
from deployments import cli
from tests.tasks.stages import MORNING


@pytest.fixture
def typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[object]:
    """Types a command; answers its exit status and what it said."""
    monkeypatch.setenv("LIANSHEN_DATA", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    settings.settings.cache_clear()

    def run(*words: str) -> tuple[int, str]:
        status = cli.main(words)
        said = capsys.readouterr()
        return status, said.out + said.err

    run("init")
    database = open_database(settings.settings().database_url)
    with database.transaction() as db:
        people.add(db, Person(id="p", jurisdiction="here", login="zhang", name="张三"))
        notices.add(
            db,
            Notice(id="n", key="n", jurisdiction="here", kind="待办", person="p", words="请办理", at=MORNING, addressed=True),
            [Delivery(notice="n", channel="邮件", recipient="p", status="dead", last_error="地址不存在", attempts=3, next_at=MORNING)],
        )
    database.close()
    yield run
    monkeypatch.undo()
    settings.settings.cache_clear()


def test_an_address_is_registered_shown_and_cleared(typed: object) -> None:
    assert callable(typed)
    assert typed("address", "zhang") == (0, "张三没有登记外部联系方式，通知只在系统内显示。\n")
    assert typed("address", "zhang", "zhang@example.gov.cn") == (0, "张三  邮件  zhang@example.gov.cn\n")
    assert typed("address", "zhang") == (0, "张三  邮件  zhang@example.gov.cn\n")
    assert "没有登记" in typed("address", "zhang", "--clear")[1]
    status, said = typed("address", "zhang", "nonsense")
    assert status == 1
    assert "姓名@单位域名" in said
    assert typed("address", "nobody")[0] == 1
    assert typed("address", "zhang", "13800138000", "--channel", "短信") == (0, "张三  短信  13800138000\n")


def test_dead_letters_are_listed_and_sent_again(typed: object) -> None:
    assert callable(typed)
    assert typed("notices", "dead") == (0, "邮件  张三  地址不存在  请办理\n")
    assert typed("notices", "retry") == (0, "1 条将由下一次投递重新送出。\n")
    assert typed("notices", "dead") == (0, "没有不能送达的通知。\n")
