"""An expert who cannot take part is replaced by the next of the same draw; the record is replayed like the first (JJ-08.1-panel)."""

from __future__ import annotations

import pytest

from adapters import clock
from adapters.database import batches, cases, chases, items, notices, people
from adapters.database.tables import WorkItem
from domain import panels
from domain.errors import AlreadyDone, BadPanel, InvalidAnswers, NotAssigned, NotFound
from domain.offices import Official, Post
from tasks import boards, chasing, choices, drawing, ledger, reading, versions
from tasks.cases import load
from tests.tasks.stages import Town

READER = Official(id="reader", name="甲", posts=(Post(office="leading_group_office"),))
ASKED = {"needs_proposal": {"estimate": 29}, "choose_experts": {"size": 1}, "form_panel": {"size": 5, "named": []}}


def waiting(town: Town, case: str) -> list[WorkItem]:
    with town.database.reading() as db:
        return [one for one in items.open_of(db, case) if one.step == "expert_opinion"]


def replace(town: Town, item: WorkItem, reason: str = "生病住院", office: str = "operation_centre") -> str:
    with town.database.transaction() as db:
        organiser = town.stage.cast.named(db, office, None, clock.today())
        return drawing.replace(db, item.id, organiser, reason, now=clock.now())


def test_the_next_of_the_draw_takes_the_seat(town: Town) -> None:
    case = town.begin("expert_opinion", **ASKED)
    ill = waiting(town, case)[0]
    new = replace(town, ill)
    with town.database.reading() as db:
        before, after = batches.panels(db, case, step="draw_experts")
        assert (after.seed, after.round, len(after.drawn)) == (before.seed, 2, len(before.drawn))
        assert list(after.drawn) == panels.order(after.pool, after.seed)[: len(after.drawn)]
        assert "生病住院" in after.excluded[next(one for one in before.drawn if one not in after.drawn)]
        assert items.get(db, ill.id).person == new
        assert any(one.person == new and "递补" in one.words for one in notices.of_case(db, case))
        assert all(one.sound for one in boards.draws(db, cases.get(db, case), versions.ruleset(db, cases.get(db, case).version), READER))
    for one in waiting(town, case):
        town.complete(one)
    assert town.item(case, "conclude_review").office == "operation_centre"
    assert town.ask(case, 'votes("expert_review/expert_opinion", "通过")') == 5


def test_the_applicant_reads_that_somebody_was_replaced_not_who(town: Town) -> None:
    case = town.begin("expert_opinion", **ASKED)
    ill = waiting(town, case)[0]
    replace(town, ill)
    with town.database.reading() as db:
        name = people.get(db, str(ill.person)).name
        owner = town.stage.cast.named(db, "owner", town.stage.cast.unit("区教育局").id, clock.today())
        told = [one.words for one in reading.history(db, case, owner) if one.words.startswith("更换专家")]
        assert len(told) == 1
        assert name not in told[0]
        assert name not in reading.everything_readable(db, case, owner)
        assert any(name in one.words for one in reading.history(db, case, READER)), "the organiser reads it"


def test_who_may_read_everything_does_not_learn_the_experts_of_their_own_project(town: Town) -> None:
    """区财政局 reads all notices, but applies for projects too: of those it learns no more than any applicant."""
    case = town.begin("expert_opinion", **ASKED)
    item = waiting(town, case)[0]
    with town.database.transaction() as db:
        name = people.get(db, str(item.person)).name
        chasing.demand(db, READER, "jinjiang", item.id, f"请{name}专家尽快提出意见", "3", now=clock.now())
        chase = chases.of_case(db, case)[0]
        expert = town.stage.cast.for_item(db, item, clock.today())
        chasing.reply(db, expert, "jinjiang", chase.id, f"我是{name}，明天提交意见", now=clock.now())
    own = Official(
        id="both", name="乙", posts=(Post(office="finance_bureau"), Post(office="owner", unit=town.stage.cast.unit("区教育局").id))
    )
    for reader, known in ((own, False), (READER, True)):
        with town.database.reading() as db:
            rows = ledger.export(db, reader, "jinjiang", ledger.Ask())
            lines = chasing.of_item(db, reader, item, now=clock.now())
            told = reading.everything_readable(db, case, reader)
        assert len(rows) > 3
        assert any(name in cell for row in rows for cell in row) is known
        assert any(name in (one.chase.words + (one.chase.reply or "")) for one in lines) is known
        assert (name in told) is known
        assert [one.chase.reply is not None for one in lines] == [True]


def test_only_the_organiser_with_a_reason_before_the_signature(town: Town) -> None:
    case = town.begin("expert_opinion", **ASKED)
    first, second = waiting(town, case)[:2]
    with pytest.raises(InvalidAnswers):
        replace(town, first, " ")
    with pytest.raises(NotAssigned):
        replace(town, first, office="finance_bureau")
    town.complete(second)
    with pytest.raises(AlreadyDone):
        replace(town, second)
    with pytest.raises(NotFound):
        replace(town, town.item(town.begin(unit="区民政局"), "declare"))


def test_a_pool_that_is_used_up_says_so(town: Town) -> None:
    case = town.begin("expert_opinion", **ASKED)
    ill = waiting(town, case)[0]
    with town.database.transaction() as db:
        drawn = batches.panels(db, case, step="draw_experts")[0].drawn
        for one in people.experts(db, "jinjiang"):
            if one.id not in drawn:
                people.add_expert(db, one.model_copy(update={"active": False}))
    with pytest.raises(BadPanel, match="用完"):
        replace(town, ill)
    assert waiting(town, case)[0].person == ill.person


def test_who_may_be_named_is_offered_and_nobody_else(town: Town) -> None:
    case = town.begin("form_panel", **ASKED)
    with town.database.transaction() as db:
        away = people.experts_by_ids(db, ["e12"])["e12"]
        people.add_expert(db, away.model_copy(update={"employer": "区教育局"}))
    with town.database.reading() as db:
        act = load(db, cases.get(db, case), now=clock.now())
        offered = {one.value for one in choices.of_form(act, act.ruleset.forms["form_panel"], "form_panel")["named"]}
        known = {one.id: one for one in people.experts(db, "jinjiang", clock.today())}
    assert offered
    assert {known[one].pool for one in offered} == {"智慧蓉城"}
    assert away.id in known
    assert away.id not in offered, "the recused are left out"
