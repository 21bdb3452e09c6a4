"""Which projects a person may see, on both databases."""

from __future__ import annotations

from typing import Any

from adapters.database import Database, Db, sight
from adapters.database.sight import Sight
from tests.adapters.database import examples as given


def listed(db: Db, one: Sight) -> set[str]:
    found = {project.id for project in sight.projects(db, one)}
    assert sight.count(db, one) == len(found)
    assert {project for project in ("p1", "p2", "p3") if sight.sees(db, one, project)} == found
    return found


def test_units_offices_lines_and_supervision(database: Database) -> None:
    with database.transaction() as db:
        for number, facts in (("p1", {}), ("p2", {"line": "甲局"}), ("p3", {"line": '乙"局%_'})):
            given.project(db, number, code=number, unit=f"unit-{number}", facts=facts)
            given.case(db, f"c-{number}", project=number, procedure=f"x_{number}")
            if number != "p1":
                given.open_items(db, given.item(f"i-{number}", f"c-{number}", project=number, office="lined"))
    with database.reading() as db:
        who: dict[str, Any] = {"jurisdiction": "here", "person": "somebody"}
        assert listed(db, Sight(**who, everything=True)) == {"p1", "p2", "p3"}
        assert listed(db, Sight(**who)) == set()
        assert listed(db, Sight(**who, units=("unit-p2",))) == {"p2"}
        assert listed(db, Sight(**who, offices=("lined",))) == {"p2", "p3"}
        assert listed(db, Sight(**who, lines=(("lined", "line", "甲局"),))) == {"p2"}
        assert listed(db, Sight(**who, lines=(("lined", "line", '乙"局%_'),))) == {"p3"}
        assert listed(db, Sight(**who, lines=(("lined", "line", '乙"局ab'),))) == set()
        assert listed(db, Sight(**who, lines=(("lined", "other", "甲局"),))) == {"p2", "p3"}, "nobody is named: it is everybody's"
        assert listed(db, Sight(**who, procedures=("x_p3",))) == {"p3"}
        assert listed(db, Sight(**{**who, "jurisdiction": "elsewhere"}, everything=True)) == set()
