"""Incidents (异常): one case in trouble rests, the others go on, and nothing that was decided or typed is lost."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from adapters import clock
from adapters.database import Db, cases, drafts, incidents, waits
from domain.errors import EngineFault, Refusal
from tasks import cases as case_tasks
from tasks import inbox, integrity, repairs, timers
from tasks import incidents as incident_tasks
from tasks.acts import Letter
from tests.tasks.stages import Town

DIRECT: dict[str, dict[str, Any]] = {
    "declare": {"nature": "维护类", "system": "某系统"},
    "maintenance_proposal": {"estimate": 20},
    "implementation_plan": {"budget": 20},
    "cost_review": {"reviewed": 20},
    "apply_budget": {"requested": 20},
    "arrange_budget": {"arranged": 20},
    "procurement": {"price": 20},
    "sign_contract": {"price": 20},
}


def test_a_damaged_state_stops_its_own_case_only(town: Town) -> None:
    # given: two cases, one of whose stored states is damaged
    hurt, well = town.begin(), town.begin(unit="区民政局")
    with town.database.transaction() as db:
        row = cases.get(db, hurt)
        cases.save(db, row, state=row.state[:-9] + b"damaged!!")
    item, official = town.item(hurt, "declare"), town.official(town.item(hurt, "declare"))
    answers = town.answers(town.item(well, "declare"), name="填了很久的内容")

    # when
    with pytest.raises(incident_tasks.ActFailed) as caught:
        incident_tasks.perform(
            town.database,
            lambda db: inbox.complete(db, item.id, official, answers, now=clock.now()),
            case_of=lambda db: hurt,
            request={"act": "complete", "item": item.id, "person": official.id, "answers": answers},
            now=clock.now(),
        )

    # then: an incident with cause and next step, the typed form kept, the other case goes on
    assert caught.value.todo
    with town.database.reading() as db:
        assert [one.case for one in incidents.open_in(db)] == [hurt]
        kept = drafts.find(db, item.id, official.id)
        assert kept is not None
        assert kept.answers["name"] == "填了很久的内容"
    assert town.complete(town.item(well, "declare")).opened
    assert [one.case for one in integrity.check(town.database, None, now=clock.now())] == [hurt]


def test_a_failing_timer_becomes_one_incident_and_the_others_fire(town: Town) -> None:
    # given: two cases that wait for a deadline; one is damaged
    hurt, well = (town.begin(until="file_contract", unit=unit, **DIRECT) for unit in ("区教育局", "区民政局"))
    with town.database.transaction() as db:
        row = cases.get(db, hurt)
        cases.save(db, row, state=b"\x00" + row.state[1:])

    # when
    with clock.at(clock.moment(town.item(well, "file_contract").due.replace(day=28))) as now:  # type: ignore[union-attr]  # it has a deadline
        first = timers.fire_due(town.database, now=now)
        again = timers.fire_due(town.database, now=now)

    # then
    assert well in first.cases
    assert len(first.incidents) == 1
    assert not again.incidents, "the same trouble is told once"


def test_a_timer_that_leads_to_a_refusal_becomes_an_incident_and_the_others_fire(hamlet: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    # given: two cases whose deadlines are due; what follows from one of them is refused
    hurt, well = (hamlet.begin(until="file_contract", unit=unit, **DIRECT) for unit in ("区教育局", "区民政局"))
    wake = case_tasks.wake

    def refusing(db: Db, case: str, *, now: datetime) -> int:
        if case == hurt:
            raise Refusal("项目已暂停，不能接收办理结果。")
        return wake(db, case, now=now)

    monkeypatch.setattr(case_tasks, "wake", refusing)

    # when
    with clock.at(clock.moment(hamlet.item(well, "file_contract").due.replace(day=28))) as now:  # type: ignore[union-attr]  # it has a deadline
        swept = timers.fire_due(hamlet.database, now=now)

    # then
    assert swept.cases == [well]
    with hamlet.database.reading() as db:
        assert [(one.case, repairs.KINDS[one.kind]) for one in incidents.open_in(db)] == [(hurt, "流程不能继续")]
        assert cases.get(db, hurt).status == "incident"


def test_a_message_moves_a_case_in_an_incident_which_stays_one_until_it_is_settled(hamlet: Town) -> None:
    # given: a case that waits for the plan, and rests in an incident
    case = hamlet.begin(until="wait_plan")
    request = {"act": "wake", "case": case}
    incident = incident_tasks.record(hamlet.database, case, EngineFault("期限无法计算"), request=request, now=clock.now())

    # when
    with hamlet.database.transaction() as db:
        wait = waits.open_of(db, case)[0]
        case_tasks.deliver(db, Letter(case, wait.task, "纳入"), now=clock.now())

    # then: nothing that was decided is lost, and the timers it began go off after the incident is settled
    item = hamlet.item(case, "construction_plan")
    with hamlet.database.transaction() as db:
        assert cases.get(db, case).status == "incident"
        incident_tasks.resolve(db, incident, by="operator", note="已补录数据", now=clock.now())
        assert cases.get(db, case).status == "open"
    with clock.at(clock.now() + timedelta(days=40)) as now:
        assert timers.fire_due(hamlet.database, now=now).cases == [case]
    assert item.status == "open"
