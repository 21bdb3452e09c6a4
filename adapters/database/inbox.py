"""The inbox (待办列表): a page costs the same however many work items are open."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, func, literal_column, or_, select, tuple_, union_all

from adapters.database.connect import Db
from adapters.database.search import before, contains, needle
from adapters.database.tables import Case, Project, WorkItem

Condition = ColumnElement[bool]

_t = WorkItem.table
_c = Case.table
_p = Project.table
_open: Condition = literal_column("work_items.status = 'open'")  # spelt as in the partial indexes, so that they serve
_office: Condition = literal_column("work_items.person IS NULL")
_personal: Condition = literal_column("work_items.person IS NOT NULL")
_done: Condition = literal_column("work_items.status = 'done'")


@dataclass(frozen=True, slots=True)
class Desk:
    """A post one acts from. Items of the office without a unit, and those of this very unit, lie on it."""

    jurisdiction: str
    office: str
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A work item with what its line in a list shows. `mark` asks for the page after it."""

    item: WorkItem
    case_title: str
    procedure: str
    project_name: str | None
    project_unit: str | None

    @property
    def mark(self) -> str:
        at = self.item.opened_at if self.item.status == "open" else self.item.closed_at or self.item.opened_at
        return f"{self.item.urgency.isoformat()}~{at.isoformat()}~{self.item.id}"


def page(db: Db, desks: Sequence[Desk], person: str, *, search: str = "", after: str = "", limit: int = 50) -> list[Line]:
    """Open work items on these desks and those for this very person: most urgent first, then oldest.

    `search` looks into titles, project names and project codes. `after` is the `mark` of the last line seen.
    """
    seen = _marked(after)
    wanted = tuple(dict.fromkeys(desks))
    statement = _page(len(wanted), tuple(desk.unit is not None for desk in wanted), bool(search), seen is not None)
    params: dict[str, Any] = {"person": person, "limit": limit, **_desks(wanted), **needle(search)}
    if seen:
        params.update(zip(("urgency", "opened_at", "id"), seen, strict=True))
    return _lines(db, statement, params)


def count(db: Db, desks: Sequence[Desk], person: str) -> int:
    """How many open work items lie on these desks."""
    wanted = tuple(dict.fromkeys(desks))
    statement = _count(len(wanted), tuple(desk.unit is not None for desk in wanted))
    return int(db.run(statement, {"person": person, **_desks(wanted)}).scalar_one())


def done(db: Db, person: str, *, search: str = "", after: str = "", limit: int = 50) -> list[Line]:
    """What this person has done (已办), newest first."""
    seen = _marked(after)
    statement = _joined(select(*_t.c).where(_done, _t.c.closed_by == bindparam("person")), bool(search))
    if seen:
        statement = statement.where(before((_t.c.closed_at, _t.c.id), seen[1:]))
    statement = statement.order_by(_t.c.closed_at.desc(), _t.c.id.desc()).limit(bindparam("limit"))
    return _lines(db, statement, {"person": person, "limit": limit, **needle(search)})


def _desks(desks: Sequence[Desk]) -> dict[str, Any]:
    return {
        f"{name}{number}": value
        for number, desk in enumerate(desks)
        for name, value in (("jurisdiction", desk.jurisdiction), ("office", desk.office), ("unit", desk.unit))
        if value is not None
    }


def _branches(count: int, units: tuple[bool, ...]) -> list[list[Condition]]:
    """One set of conditions for each index range to read; no row is in two of them."""
    own: list[Condition] = [
        _open,
        literal_column("work_items.person IS NOT NULL"),
        _t.c.person == bindparam("person"),
    ]
    found = [own]
    for number in range(count):
        desk: list[Condition] = [
            _open,
            _office,
            _t.c.jurisdiction == bindparam(f"jurisdiction{number}"),
            _t.c.office == bindparam(f"office{number}"),
        ]
        found.append([*desk, _t.c.unit.is_(None)])
        if units[number]:
            found.append([*desk, _t.c.unit == bindparam(f"unit{number}")])
    return found


@functools.lru_cache(maxsize=256)
def _page(count: int, units: tuple[bool, ...], searched: bool, later: bool) -> Select[Any]:
    order = ("urgency", "opened_at", "id")
    parts = []
    for conditions in _branches(count, units):
        part = select(_t).where(*conditions)
        if searched:
            part = part.outerjoin(_p, _p.c.id == _t.c.project).where(_found())
        if later:
            part = part.where(tuple_(*(_t.c[name] for name in order)) > tuple_(*(bindparam(name, type_=_t.c[name].type) for name in order)))
        parts.append(select(part.order_by(*(_t.c[name] for name in order)).limit(bindparam("limit")).subquery()))
    every = union_all(*parts).subquery()
    joined = select(every, *_shown).outerjoin(_c, _c.c.id == every.c.case).outerjoin(_p, _p.c.id == every.c.project)
    return joined.order_by(*(every.c[name] for name in order)).limit(bindparam("limit"))


@functools.lru_cache(maxsize=64)
def _count(count: int, units: tuple[bool, ...]) -> Select[Any]:
    parts = union_all(
        *(select(func.count().label("n")).select_from(_t).where(*conditions) for conditions in _branches(count, units))
    ).subquery()
    return select(func.coalesce(func.sum(parts.c.n), 0))


_shown = (_c.c.title.label("case_title"), _c.c.procedure, _p.c.name.label("project_name"), _p.c.unit.label("project_unit"))


def _joined(items: Select[Any], searched: bool) -> Select[Any]:
    whole = items.add_columns(*_shown).outerjoin(_c, _c.c.id == _t.c.case).outerjoin(_p, _p.c.id == _t.c.project)
    return whole.where(_found()) if searched else whole


def _found() -> ColumnElement[bool]:
    return or_(contains(_t.c.title), contains(_p.c.name), contains(_p.c.code))


def _lines(db: Db, statement: Select[Any], params: dict[str, Any]) -> list[Line]:
    names = tuple(WorkItem.model_fields)
    found = []
    for row in db.run(statement, params).mappings():
        item = WorkItem.model_construct(None, **{name: row[name] for name in names})
        found.append(Line(item, row["case_title"], row["procedure"], row["project_name"], row["project_unit"]))
    return found


def _marked(mark: str) -> tuple[date, datetime, str] | None:
    """A mark as it was given out; a damaged one means the first page."""
    day, _, rest = mark.partition("~")
    at, _, item = rest.partition("~")
    try:
        return date.fromisoformat(day), datetime.fromisoformat(at), item
    except ValueError:
        return None
