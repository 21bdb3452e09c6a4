"""Figures that administrators set, and rounds they open by hand."""

from __future__ import annotations

from datetime import date

import pytest

from adapters import clock
from adapters.database import audit, cases, rules
from domain.errors import NotFound, Refusal
from tasks import governing
from tests.tasks.stages import Town


def test_a_figure_keeps_its_history_and_is_audited(town: Town) -> None:
    for value in ("2026-01-15", "2026-02-01"):
        with town.database.transaction() as db:
            governing.set_figure(db, "jinjiang", "released_on", value, by="admin", now=clock.now())

    with town.database.reading() as db:
        assert {one.id: value for one, value in governing.listed(db, "jinjiang")}["released_on"] == "2026-02-01"
        assert [one.value for one in rules.setting_history(db, "jinjiang", "released_on")] == ["2026-02-01", "2026-01-15"]
        assert [one.act for one in audit.every(db)].count("setting") == 2


@pytest.mark.parametrize(
    ("name", "value", "kind"),
    [("released_on", "明年", Refusal), ("panel_minimum", "三", Refusal), ("panel_minimum", "0", Refusal), ("nothing", "1", NotFound)],
)
def test_a_figure_of_the_wrong_shape_is_refused(hamlet: Town, name: str, value: str, kind: type[Refusal]) -> None:
    with pytest.raises(kind) as caught, hamlet.database.transaction() as db:
        governing.set_figure(db, "jinjiang", name, value, by="admin", now=clock.now())
    assert caught.value.todo


def test_a_missed_round_is_opened_by_hand_once(town: Town) -> None:
    day = date(2025, 12, 31)

    assert governing.open_round(town.database, "jinjiang", "annual_plan_first", day, now=clock.now()) == 1
    assert governing.open_round(town.database, "jinjiang", "annual_plan_first", day, now=clock.now()) == 0
    with town.database.reading() as db:
        assert [one.facts["round_year"] for one in cases.listing(db, "jinjiang", kind="batch")] == [2026]
