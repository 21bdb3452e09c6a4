"""May it apply? The procedure answers on trial, with clause, end and cure; and nothing of it stays."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from adapters import clock
from adapters.database import Database, audit, bans, cases, open_database
from adapters.database.tables import Ban
from domain.errors import NotFound
from tasks import eligibility
from tests.tasks import stages
from tests.tasks.stages import Town

PLACE = "jinjiang"


@pytest.fixture
def bare() -> Iterator[Database]:
    """In memory, still without tables."""
    opened = open_database("sqlite://")
    yield opened
    opened.close()


def idea(town: Town, **given: Any) -> dict[str, Any]:
    return {**town.stage.defaults["declare"], **given}


def ask(town: Town, unit: str, **given: Any) -> eligibility.Answer:
    answers = {name: value for name, value in idea(town, **given).items() if not str(value).startswith("=")}
    return eligibility.ask(town.database, PLACE, unit=unit, procedure="project", answers=answers, now=clock.now())


def ask_yeji(database: Database, **said: Any) -> eligibility.Answer:
    """A sound project of next year, and what was said beyond its first form."""
    usual = stages.town(database, "yeji").stage.defaults["declare"]
    given = {name: 2027 if str(value) == "=today().year + 1" else value for name, value in usual.items()}
    return eligibility.ask(database, "yeji", unit="区教育局", procedure="", answers={**given, **said}, now=clock.now())


def test_a_sound_idea_may_apply_and_is_told_what_comes_next(town: Town) -> None:
    answer = ask(town, "区教育局")

    assert (answer.outcome, answer.obstacles) == ("可以申报", ())
    assert answer.following == (("建设类需求方案", "项目建设单位（区教育局）"),) or answer.following[0][0] == "建设类需求方案"


def test_a_body_outside_the_scope_is_refused_with_the_article(town: Town) -> None:
    answer = ask(town, "某社会企业")

    assert answer.outcome == "不能申报"
    assert "第二条" in {one.article for one in answer.obstacles}
    assert any("申报单位不是区级部门" in one.what for one in answer.obstacles)


def test_missing_fields_are_named_and_nothing_is_judged(town: Town) -> None:
    answer = ask(town, "区教育局", name="")

    assert answer.outcome == "还不能判断"
    assert answer.fields is not None
    assert set(answer.fields) == {"name"}


def test_a_bar_is_shown_with_its_last_day_and_its_cure(town: Town) -> None:
    with town.database.transaction() as db:
        bans.add(
            db,
            Ban(
                id="b1", jurisdiction=PLACE, subject_kind="unit", subject="edu", kind="expert_review", clause="JJ-08.1-three-fails",
                reason="三次未通过", since=date(2026, 1, 1), until=date(2027, 1, 1),
            ),
        )  # fmt: skip
    found = [one for one in ask(town, "区教育局").obstacles if one.until is not None]

    assert [(one.article, one.until) for one in found] == [("第八条（一）", date(2027, 1, 1))]


@pytest.mark.parametrize("unit", ["区教育局", "某社会企业"])
def test_nothing_of_a_trial_stays(town: Town, unit: str) -> None:
    with town.database.reading() as db:
        before = (len(cases.listing(db, PLACE)), sum(1 for _ in audit.every(db)))
    ask(town, unit)
    with town.database.reading() as db:
        assert (len(cases.listing(db, PLACE)), sum(1 for _ in audit.every(db))) == before


def test_the_question_is_the_first_form_with_its_choices(town: Town) -> None:
    found = eligibility.question(town.database, PLACE, unit="edu", procedure="project", now=clock.now())

    assert "nature" in found.schema["properties"]
    assert [one.value for one in found.choices["nature"]] == ["建设类", "维护类"]
    assert "征求意见稿" in found.regulation


@pytest.mark.parametrize(
    ("said", "outcome", "articles"),
    [
        ({}, "可以申报", []),
        ({"own_centre": "是"}, "不能申报", ["第十六条"]),
        ({"share": "否", "statutory": "否"}, "不能申报", ["第二十四条"]),
        ({"share": "否"}, "还不能判断", ["第二十四条"]),
        ({"share": "否", "statutory": "是"}, "可以申报", []),
        ({"share": "是", "own_centre": "否"}, "可以申报", []),
    ],
)
def test_what_a_later_form_would_find_is_told_beforehand(bare: Database, said: dict[str, str], outcome: str, articles: list[str]) -> None:
    answer = ask_yeji(bare, **said)

    assert (answer.outcome, [one.article for one in answer.obstacles]) == (outcome, articles), answer
    assert all("登记例外" in one.cure for one in answer.obstacles)
    assert all(("还要看" in one.what) == (outcome == "还不能判断") for one in answer.obstacles)


def test_a_word_that_a_later_form_does_not_know_is_refused(bare: Database) -> None:
    answer = ask_yeji(bare, share="也许")

    assert (answer.outcome, set(answer.fields or {})) == ("还不能判断", {"share"})


def test_the_question_offers_what_later_forms_ask(bare: Database) -> None:
    stages.town(bare, "yeji")
    found = eligibility.question(bare, "yeji", unit="区教育局", procedure="", now=clock.now())

    assert found.procedure.code == "project"
    assert {"own_centre", "share", "statutory"} <= found.later
    assert found.later.isdisjoint(found.schema["required"])
    assert [one.value for one in found.choices.get("share", ())] in ([], ["是", "否"])


def test_an_unknown_unit_is_refused_with_the_known_ones(town: Town) -> None:
    with pytest.raises(NotFound, match="没有名为“某局”的单位") as refused:
        ask(town, "某局")
    assert "区教育局" in refused.value.todo
