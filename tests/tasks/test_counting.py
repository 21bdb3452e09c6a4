"""What is concluded in an act counts once, in that act and in the next; cases still running are counted by their procedure."""

from __future__ import annotations

import pytest

from adapters import engine
from adapters.database import cases, items
from tasks import inbox
from tasks.acts import Act
from tests.tasks.stages import Town


def test_a_step_counts_once_within_its_own_act(hamlet: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    # given
    case = hamlet.begin()
    seen: list[list[str]] = []
    complete = engine.complete

    def watched(spec: engine.Spec, state: bytes, task: str, world: Act) -> object:
        seen.append([one.step for one in world.facts.records])
        return complete(spec, state, task, world)

    monkeypatch.setattr(inbox.engine, "complete", watched)
    # when
    for _ in range(2):
        with hamlet.database.reading() as db:
            item = items.open_of(db, case)[0]
        hamlet.attach(item)
        hamlet.complete(item)
    # then
    first, second = seen
    assert first == ["declare"]
    assert [one for one in second if one in ("declare", item.step)] == ["declare", item.step]


def test_cases_that_run_are_counted_until_they_are_closed(hamlet: Town) -> None:
    # given
    case = hamlet.begin()
    hamlet.begin(unit="区民政局")
    assert hamlet.ask(case, 'running("project")') == 2
    assert hamlet.ask(case, 'running("annual_plan")') == 0
    # when
    with hamlet.database.transaction() as db:
        cases.save(db, cases.get(db, case), status="terminated")
    # then
    assert hamlet.ask(case, 'running("project")') == 1
