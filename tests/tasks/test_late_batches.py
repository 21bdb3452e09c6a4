"""A plan batch that was opened days late still closes with its own day (JJ-07-batches)."""

from __future__ import annotations

from datetime import date, datetime

from adapters import clock
from adapters.database import batches
from tasks import cases, rounds
from tests.tasks.stages import Town


def test_a_batch_opened_late_takes_only_what_waited_on_its_day(hamlet: Town) -> None:
    # given: one project waits on 30 June, another passes on 2 July; the batch of 30 June is opened on 3 July
    with clock.at(datetime(2026, 6, 30, 17, 0, tzinfo=clock.SHANGHAI)):
        before = hamlet.begin(until="wait_plan", choose_experts={"size": 1})
    with clock.at(datetime(2026, 7, 2, 9, 0, tzinfo=clock.SHANGHAI)):
        hamlet.begin(until="wait_plan", unit="区民政局", choose_experts={"size": 1})
    ruleset = hamlet.stage.ruleset
    due = rounds.Due(ruleset.code, ruleset.rounds["annual_plan_second"], date(2026, 6, 30))

    # when
    moment = datetime(2026, 7, 3, 8, 0, tzinfo=clock.SHANGHAI)
    with clock.at(moment):
        with hamlet.database.transaction() as db:
            opened = rounds.open_one(db, due, now=moment)
        assert opened is not None
        with hamlet.database.transaction() as db:
            cases.wake(db, opened.case, now=moment)

    # then
    with hamlet.database.reading() as db:
        assert [one.case for one in batches.entries(db, opened.case)] == [before]
