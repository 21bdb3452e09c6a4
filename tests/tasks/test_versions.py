"""Versions of the rules: which one is in force, an earlier one again, and rounds that a new one must not lose."""

from __future__ import annotations

import shutil
from datetime import date, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from adapters import clock
from adapters.database import Database, cases, incidents, projects, systems
from adapters.database.tables import System
from adapters.settings import SHIPPED
from domain.projects import Status
from tasks import rounds, versions
from tests.tasks.stages import Town


@pytest.fixture
def changed(tmp_path: Path) -> Path:
    """The shipped rules with another word in them."""
    root = tmp_path / "bpmn"
    for name in ("jinjiang", "national"):
        shutil.copytree(SHIPPED / name, root / name)
    region = root / "jinjiang" / "region.yaml"
    region.write_text(region.read_text("utf-8") + "# 修改一处\n", "utf-8")
    return root


def publish(database: Database, root: Path, *, now: datetime, effective: date | None = None) -> str:
    with database.transaction() as db:
        return versions.publish(db, root, "jinjiang", by="editor", now=now, effective_on=effective, checked=False).id


def current(database: Database, day: date) -> str:
    with clock.at(day), database.reading() as db:
        return versions.current(db, "jinjiang")[0].id


def test_a_version_is_in_force_from_its_effective_day(hamlet: Town, changed: Path) -> None:
    before, today = current(hamlet.database, clock.today()), clock.today()

    after = publish(hamlet.database, changed, now=clock.now() + timedelta(minutes=1), effective=today + timedelta(days=10))

    assert current(hamlet.database, today + timedelta(days=9)) == before
    assert current(hamlet.database, today + timedelta(days=10)) == after != before


def test_an_earlier_version_published_again_is_in_force_again(hamlet: Town, changed: Path) -> None:
    first, now = current(hamlet.database, clock.today()), clock.now()
    second = publish(hamlet.database, changed, now=now + timedelta(minutes=1))
    assert current(hamlet.database, clock.today()) == second

    assert publish(hamlet.database, SHIPPED, now=now + timedelta(minutes=2)) == first

    assert current(hamlet.database, clock.today()) == first


def test_publishing_does_not_lose_a_round_that_was_not_swept(hamlet: Town, changed: Path) -> None:
    # given: nothing ran on 30 June, and on 1 July a new version is published
    morning = clock.moment(date(2026, 7, 1))
    publish(hamlet.database, changed, now=morning)

    # when
    with clock.at(morning):
        opened = rounds.open_due(hamlet.database, now=morning, only="annual_plan_second")

    # then
    assert [one.day for one in opened] == [date(2026, 6, 30)]


def test_a_round_leaves_out_the_systems_of_a_terminated_project(hamlet: Town) -> None:
    # given
    case = hamlet.begin()
    with hamlet.database.transaction() as db:
        project = cases.get(db, case).project or ""
        in_use = System(
            id=uuid4().hex, jurisdiction="jinjiang", project=project, unit="edu", name="平台", status="在用", in_use_since=date(2025, 1, 1)
        )
        systems.add(db, in_use)
        projects.change(db, project, status=Status.TERMINATED)
    november = clock.moment(date(2026, 11, 30))

    # when
    with clock.at(november):
        opened = rounds.open_due(hamlet.database, now=november, only="annual_evaluation")

    # then: nothing is opened, and nobody is called for it
    assert opened == []
    with hamlet.database.reading() as db:
        assert incidents.open_in(db) == []
