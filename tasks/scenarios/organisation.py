"""The cast of a story: units, one official for each office (for offices of the project one in each unit), and the experts.

Read from `scenarios/_organisation.yaml` of the jurisdiction; the same cast serves the demo and a trial installation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from adapters import library
from adapters.database import Db, people, projects
from adapters.database.tables import Expert, Person, PostRow, UnitRow, WorkItem
from domain.offices import Official, Unit
from domain.rulesets import Ruleset
from tasks import people as officials
from tasks.scenarios.language import ScenarioError

EXPERT = "expert"
FILE = "_organisation.yaml"


@dataclass
class Cast:
    """Who plays. People are found by office, by office and unit, or by expert id."""

    ruleset: Ruleset
    units: dict[str, Unit]  #: by name
    experts: dict[str, str]  #: id → name
    officials: frozenset[tuple[str, str]] = frozenset()  #: (office, unit id) of offices that several units fill, each for its own line

    def unit(self, name: str) -> Unit:
        """A unit by name or id. Raises ScenarioError."""
        for one in self.units.values():
            if name in (one.name, one.id):
                return one
        raise ScenarioError(f"场景中没有单位“{name}”。", todo="单位写在 _organisation.yaml。")

    def person(self, office: str, unit: str | None) -> str:
        """The account that acts for an office (of a unit, or of the line of a unit)."""
        return f"{self.ruleset.code}.{office}" + (f".{unit}" if unit else "")

    def for_item(self, db: Db, item: WorkItem, day: date) -> Official:
        """Who would normally do this item; of an office with a body for each line, the body that the project names."""
        office = self.ruleset.offices[item.office]
        body = projects.get(db, item.project).facts.get(office.line) if office.line and item.project else None
        line = self.units.get(str(body))
        unit = line.id if line is not None and (office.id, line.id) in self.officials else item.unit
        return officials.official(db, item.person or self.person(item.office, unit), self.ruleset.code, day)

    def named(self, db: Db, name: str, unit: str | None, day: date) -> Official:
        """An official by office id, office name, `office@unit name`, or expert id."""
        office, _, where = name.partition("@")
        if office in self.experts:
            return officials.official(db, office, self.ruleset.code, day)
        found = self.ruleset.offices.get(office) or next((one for one in self.ruleset.offices.values() if one.name == office), None)
        if found is None:
            raise ScenarioError(f"场景中没有岗位或专家“{name}”。", todo="岗位编号见 offices.yaml，专家写在 _organisation.yaml。")
        of = self.unit(where).id if where else unit
        own = found.of_project or (bool(where) and (found.id, of) in self.officials)
        return officials.official(db, self.person(found.id, of if own else None), self.ruleset.code, day)


def read(ruleset: Ruleset, files: Mapping[str, bytes]) -> tuple[Cast, list[dict[str, Any]]]:
    """The cast as the jurisdiction's file says, and its experts as they are to be kept."""
    raw = library.from_yaml(files.get(f"{ruleset.code}/scenarios/{FILE}", b"{}")) or {}
    units = {one["name"]: Unit.model_validate(one) for one in raw.get("units", [])}
    experts = list(raw.get("experts", []))
    lines = frozenset((str(one["office"]), units[one["unit"]].id) for one in raw.get("officials", []))
    return Cast(ruleset, units, {one["id"]: one["name"] for one in experts}, lines), experts


def settle(db: Db, cast: Cast, experts: list[dict[str, Any]], *, apart: bool = False) -> None:
    """Keep units, people, posts and experts. `apart`: beside other places, whose units and experts may be called alike."""
    code = cast.ruleset.code
    own = f"{code}." if apart else ""
    for unit in cast.units.values():
        people.add_unit(db, UnitRow(id=f"{own}{unit.id}", jurisdiction=code, name=unit.name, kind=unit.kind))
    for office in cast.ruleset.offices.values():
        if office.id == EXPERT:
            continue
        for unit_or_none in cast.units.values() if office.of_project else (None,):
            unit_id = unit_or_none.id if unit_or_none else None
            account = cast.person(office.id, unit_id)
            employer = unit_or_none.name if unit_or_none else office.unit or office.name
            name = f"{unit_or_none.name}{office.name}" if unit_or_none else office.name
            people.add(db, Person(id=account, jurisdiction=code, login=account, name=f"{name}经办人", unit=employer))
            held = f"{own}{unit_id}" if unit_id else None
            people.add_post(db, PostRow(id=account, person=account, jurisdiction=code, office=office.id, unit=held))
    for name, unit_id in sorted(cast.officials):
        account, unit = cast.person(name, unit_id), cast.unit(unit_id)
        label = f"{unit.name}{cast.ruleset.offices[name].name}经办人"
        people.add(db, Person(id=account, jurisdiction=code, login=account, name=label, unit=unit.name))
        people.add_post(db, PostRow(id=account, person=account, jurisdiction=code, office=name))
    for one in experts:
        key, login = f"{own}{one['id']}", f"{code}.{one['id']}"
        people.add(db, Person(id=key, jurisdiction=code, login=login, name=one["name"], unit=one["employer"]))
        people.add_post(db, PostRow(id=login, person=key, jurisdiction=code, office=EXPERT))
        people.add_expert(db, Expert(**{**one, "id": key, "jurisdiction": code, "person": key}))
