"""The catalogue: every round has its deployment, every flow is served, every tag is a clause; cron never misses a day of the calendar."""

from __future__ import annotations

import importlib
from datetime import date
from pathlib import Path

import pytest
from prefect import Flow
from prefect.client.schemas.schedules import CronSchedule

from adapters import library
from adapters.database import Database
from adapters.settings import SHIPPED
from deployments import schedules
from domain import rounds
from domain.rulesets import Round, Ruleset
from tests.tasks import stages

ROOT = Path(__file__).parents[2]
CODES = library.codes(SHIPPED)


@pytest.fixture(scope="module", params=CODES)
def place(request: pytest.FixtureRequest) -> Ruleset:
    files = library.files_of(SHIPPED, request.param)
    return library.read(library.bundle(files, request.param), request.param)


def test_every_round_has_one_deployment_with_its_clauses(place: Ruleset) -> None:
    jobs = list(schedules.of_rounds(place))
    assert [job.parameters["round_id"] for job in jobs] == list(place.rounds)
    clauses = {clause.id for clause in place.catalogue.clauses}
    for job, one in zip(jobs, place.rounds.values(), strict=True):
        assert job.name == f"{place.name}·{one.title}"
        assert set(one.clauses) <= set(job.tags) & clauses
        assert place.name in job.tags
        assert bool(job.crons) == (one.opens != "manual")
        assert all(clause in job.description for clause in one.clauses)
    assert len({job.name for job in jobs}) == len(jobs)


def test_every_flow_is_in_the_catalogue_and_nothing_else() -> None:
    found = {
        f"flows.{path.stem}.{name}": flow
        for path in sorted((ROOT / "flows").glob("*.py"))
        for name, flow in vars(importlib.import_module(f"flows.{path.stem}")).items()
        if isinstance(flow, Flow)
    }
    assert {name: flow.name for name, flow in found.items()} == dict(schedules.FLOWS)
    assert {job.flow for job in schedules.TICKS} | {"flows.rounds.open_round"} == set(found)
    for flow in found.values():
        assert flow.isasync, "a sync flow costs a second for each run"
        assert flow.retries
        assert flow.on_failure_hooks


def test_cron_lines_are_understood_by_prefect(place: Ruleset) -> None:
    for job in [*schedules.TICKS, *schedules.of_rounds(place)]:
        for cron in job.crons:
            CronSchedule(cron=cron, timezone=schedules.TIMEZONE)


@pytest.mark.parametrize(
    ("opens", "lines"),
    [
        ("yearly 12-31", ("10 0 31 12 *",)),
        ("yearly 02-29", ("10 0 28,29 2 *",)),
        ("monthly 1", ("10 0 1 1-12 *",)),
        ("quarterly 40", ("10 0 9 2,8,11 *", "10 0 10 5 *")),
        ("workday 5 of 1,4", ("10 0 5-19 1,4 *",)),
        ("manual", ()),
    ],
)
def test_a_rule_becomes_cron_lines(opens: str, lines: tuple[str, ...]) -> None:
    assert schedules.crons(Round(id="r", title="批次", clauses=(), procedure="p", opens=opens)) == lines


@pytest.mark.parametrize(
    "opens",
    [
        "yearly 06-30",
        "yearly 02-29",
        "monthly 1",
        "monthly 31",
        "quarterly 1",
        "quarterly 45",
        "workday 1 of 1,4,7,10",
        "workday 5 of 1,2,10",
    ],
)
def test_cron_looks_on_every_day_on_which_a_round_falls(opens: str) -> None:
    """Twelve years with their real holidays: the schedule may look too often, never too rarely."""
    looked = {(month, day) for month, days in rounds.possible(opens).items() for day in days}
    for fallen in rounds.days(opens, date(2019, 1, 1), date(2030, 12, 31), library.calendar(SHIPPED)):
        assert (fallen.month, fallen.day) in looked


def test_the_catalogue_follows_what_is_published(memory: Database) -> None:
    assert schedules.catalogue(memory) == list(schedules.TICKS)
    before = schedules.signature(memory)
    town = stages.town(memory)
    jobs = schedules.catalogue(memory)
    assert len(jobs) == len(schedules.TICKS) + len(town.stage.ruleset.rounds)
    assert schedules.signature(memory) != before
    assert len({job.digest for job in jobs}) == len(jobs)
