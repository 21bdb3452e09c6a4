"""A sixth jurisdiction is data alone: docs/新增地区.md is carried out to the letter in a temporary folder, and runs."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from adapters import clock, library
from adapters.database import Database, cases, rules
from adapters.engine import layout
from adapters.settings import SHIPPED, settings
from deployments import cli
from tasks import coverage, ticks, versions
from tasks.scenarios.language import parse
from tasks.scenarios.player import Theatre, play

GUIDE = (Path(__file__).resolve().parent.parent / "docs/新增地区.md").read_text("utf-8")
BLOCKS = re.findall(r"^`(pingshan/[^`]+)`\n```\w+\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
COMMAND = re.search(r"^lianshen (new .*)$", GUIDE, re.MULTILINE)
PLACE = "pingshan"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Path]:
    """The library folder after every step of the guide."""
    root = tmp_path / "bpmn"
    shutil.copytree(SHIPPED / "national", root / "national")
    monkeypatch.setenv("LIANSHEN_BPMN", str(root))
    settings.cache_clear()
    assert COMMAND is not None
    assert cli.main(COMMAND[1].split()) == 0, capsys.readouterr().out
    made = {path.relative_to(root).as_posix() for path in (root / PLACE).rglob("*") if path.is_file()}
    for name, text in BLOCKS:
        made.discard(name)
        (root / name).write_text(text, encoding="utf-8")
    for one in ("project.bpmn", "plan.bpmn"):
        path = root / PLACE / one
        path.write_bytes(layout.lay_out(path.read_bytes()))
    assert made == {f"{PLACE}/forms/apply.json", f"{PLACE}/forms/review.json", f"{PLACE}/materials.yaml"}, "what the guide keeps of `new`"
    yield root
    settings.cache_clear()


def test_it_passes_the_publish_gate_and_every_clause_is_proven(root: Path) -> None:
    assert [one.line() for one in versions.check(root, PLACE)] == []
    assert coverage.of(root, PLACE).gaps == []


@pytest.mark.parametrize("story", sorted(name for name, _ in BLOCKS if "scenarios/" in name and "/_" not in name))
def test_its_stories_come_out_as_written(root: Path, story: str, tmp_path: Path) -> None:
    outcome = play(parse((root / story).read_text("utf-8"), story), Theatre.of(root, PLACE, tmp_path / "files"), reload=True)

    assert outcome.passed, "\n".join([*outcome.lines, *outcome.differences])


def test_its_batch_is_opened_by_the_clock(root: Path, database: Database) -> None:
    day = datetime(2026, 9, 30, 8, tzinfo=clock.SHANGHAI)
    with clock.at(datetime(2026, 9, 29, 8, tzinfo=clock.SHANGHAI)), database.transaction() as db:
        versions.publish(db, root, PLACE, by="admin", now=clock.now())
    with clock.at(day):
        ticks.run(database, now=day)
    with database.reading() as db:
        assert rules.jurisdictions(db) == [PLACE]
        assert [(one.procedure, one.title) for one in cases.listing(db, PLACE)] == [("pingshan_plan", "平山县年度计划（2027年）")]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["new", "Ping", "平山县"], "不能作为地区编号"),
        (["new", "national", "平山县"], "不能作为地区编号"),
        (["new", "pingshan2", " "], "不能作为地区名称"),
        (["new", "pingshan2", "平山县", "--prefix", "p"], "不能作为条款编号的缩写"),
        (["new", PLACE, "平山县"], "已经存在"),
    ],
)
def test_what_cannot_be_begun_is_refused(root: Path, arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    before = library.files_of(root, PLACE)

    assert cli.main(arguments) == 1
    assert words in capsys.readouterr().err
    assert library.files_of(root, PLACE) == before
