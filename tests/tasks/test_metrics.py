"""Differences between amounts: signed as the text says, empty while an amount is missing, summed by year and unit."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from adapters.database import cases, projects
from adapters.database.tables import Amount
from domain.money import to_fen
from domain.rulesets import Metric
from tasks import metrics
from tests.tasks.stages import Town

AT = datetime(2026, 3, 2, tzinfo=UTC)
SAVED = Metric(id="saved", title="省减额", later="reviewed", earlier="estimate", clause="JJ-08.3-cost")
SIGNED = Metric(id="signed", title="合同省减额", later="contract", earlier="reviewed", clause="JJ-08.3-cost")


def test_each_case_is_an_item_and_units_are_summed(hamlet: Town) -> None:
    # given: two projects of a unit; the first has an amount more, and a second case with amounts of its own
    ruleset = hamlet.stage.ruleset.model_copy(update={"metrics": (SAVED, SIGNED)})
    first, second = hamlet.begin(), hamlet.begin()
    later = hamlet.begin(unit="区民政局")
    with hamlet.database.transaction() as db:
        owner = cases.get(db, first).project or ""
        other = cases.get(db, second).project or ""

        def note(project: str, case: str, **amounts: str) -> None:
            rows = [Amount(project=project, kind=kind, fen=to_fen(Decimal(wan)), case=case, at=AT) for kind, wan in amounts.items()]
            projects.add_amounts(db, rows)

        note(owner, first, estimate="500", reviewed="450.5", contract="460")
        note(owner, later, estimate="100", reviewed="90")
        note(other, second, estimate="30")
        # when
        found = []
        for project in (owner, other):
            found += metrics.of_project(db, ruleset, projects.get(db, project))
    # then
    values = {one.case: one.values for one in found}
    assert values[first] == {"saved": Decimal("-49.5"), "signed": Decimal("9.5")}
    assert values[later] == {"saved": Decimal("-10"), "signed": None}
    assert values[second] == {"saved": None, "signed": None}
    (total,) = metrics.totals(found)
    assert (total.year, total.unit, total.count) == (2026, "区教育局", 3)
    assert total.values == {"saved": Decimal("-59.5"), "signed": Decimal("9.5")}


def test_a_place_without_metrics_lists_none(hamlet: Town) -> None:
    hamlet.begin()
    with hamlet.database.reading() as db:
        assert metrics.items(db, hamlet.stage.ruleset.code) == []
