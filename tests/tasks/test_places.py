"""What must not pass by a rule: posts of another place, names written otherwise, a status lost on the way, a body invited late."""

from __future__ import annotations

from datetime import date

import pytest

from adapters import clock
from adapters.database import projects, systems
from adapters.database.tables import System
from domain.errors import InvalidAnswers, NotAssigned
from domain.projects import Status
from tasks import cases as case_tasks
from tasks import overrides, rounds
from tasks.scenarios.language import Begin
from tests.tasks.stages import Town

ELSEWHERE = {"jurisdiction": "quzhou"}


def test_the_same_post_of_another_place_opens_nothing(hamlet: Town) -> None:
    case = hamlet.begin("declare")
    item = hamlet.item(case, "declare")
    stranger = hamlet.official(item).model_copy(update=ELSEWHERE)
    with pytest.raises(NotAssigned, match="不在本地区"):
        hamlet.complete(item, by=stranger)
    with pytest.raises(NotAssigned, match="不在本地区"), hamlet.database.transaction() as db:
        case_tasks.open_case(db, jurisdiction="jinjiang", procedure="project", official=stranger, now=clock.now(), unit=item.unit)
    with hamlet.database.reading() as db:
        leaders = hamlet.stage.cast.named(db, "leading_group", None, clock.today()).model_copy(update=ELSEWHERE)
    with pytest.raises(NotAssigned, match="不在本地区"), hamlet.database.transaction() as db:
        overrides.record(db, clause="JJ-07-reserve", project=str(item.project), reason="急需", official=leaders, now=clock.now())
    assert hamlet.official(item).jurisdiction == "jinjiang"


@pytest.mark.parametrize("written", ["婚姻登记 系统", "婚姻登记系统。", "区婚姻登记信息系統"])
def test_a_registered_system_is_written_as_registered(hamlet: Town, written: str) -> None:
    known = "婚姻登记系统" if "信息" not in written else "区婚姻登记信息系统"
    with hamlet.database.transaction() as db:
        systems.add(db, System(id="s1", jurisdiction="jinjiang", unit="edu", name=known, status="已停运"))
    item = hamlet.item(hamlet.begin("declare"), "declare")
    with pytest.raises(InvalidAnswers) as refused:
        hamlet.complete(item, nature="维护类", system=written)
    assert (list(refused.value.fields), known in refused.value.what) == (["system"], True)


def test_a_filed_project_is_filed_again_when_it_goes_on(hamlet: Town) -> None:
    from adapters.database import cases
    from domain.procedures import Where
    from tasks import operations

    hamlet.stage.begin(Begin(procedure="outside_funding", unit="区教育局", until="end"), "filed")
    case = hamlet.stage.names["filed"]
    for operate in (operations.suspend_project, operations.resume_project):
        with hamlet.database.transaction() as db:
            act = case_tasks.load(db, cases.get(db, case), now=clock.now())
            act.case = act.case.model_copy(update={"closed_at": clock.now()})
            operate(act, Where(scope="", process=act.case.procedure, element="start", task="", activation=""), reason="复查")
            projects.change(db, str(act.case.project), **act.project_changes)
    with hamlet.database.reading() as db:
        assert projects.get(db, str(cases.get(db, case).project)).status == Status.FILED


def test_a_system_without_a_project_gets_one_and_keeps_it(hamlet: Town) -> None:
    with hamlet.database.transaction() as db:
        since = date(2020, 1, 1)
        systems.add(db, System(id="s1", jurisdiction="jinjiang", unit="edu", name="旧系统", status="在用", in_use_since=since))
    ruleset = hamlet.stage.ruleset
    for year in (2024, 2025):
        sweep = rounds.Sweep("jinjiang", ruleset.rounds["annual_evaluation"], date(year, 11, 30))
        opened = rounds.run(hamlet.database, sweep, now=clock.now())
        assert [one.system for one in opened] == ["s1"]
    with hamlet.database.reading() as db:
        assert len(projects.listing(db, ["jinjiang"], limit=10)) == 1
        found = systems.find(db, "s1")
        assert found is not None
        assert found.project is not None
