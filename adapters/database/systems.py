"""Information systems in use or stopped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, update

from adapters.database.connect import Db
from adapters.database.tables import System

_t = System.table
_CHANGES = {"project", "unit", "name", "status", "in_use_since", "planned_stop", "stopped_on", "facts"}


def add(db: Db, system: System) -> None:
    """Register a system."""
    db.add(system)


def find(db: Db, system: str) -> System | None:
    """A system, or None."""
    return db.one(System, select(_t).where(_t.c.id == system))


def change(db: Db, system: str, **changes: Any) -> None:
    """Set columns of a system."""
    if unknown := set(changes) - _CHANGES:
        raise TypeError(f"not a column that changes: {sorted(unknown)}")
    if changes:
        db.run(update(_t).where(_t.c.id == system).values(**changes))


def of_project(db: Db, project: str) -> list[System]:
    """The systems a project built, by name."""
    return db.many(System, select(_t).where(_t.c.project == project).order_by(_t.c.name, _t.c.id))


def listing(db: Db, jurisdiction: str, *, unit: str | None = None, statuses: Sequence[str] = ()) -> list[System]:
    """The systems of a jurisdiction, by name."""
    statement = select(_t).where(_t.c.jurisdiction == jurisdiction)
    if unit is not None:
        statement = statement.where(_t.c.unit == unit)
    if statuses:
        statement = statement.where(_t.c.status.in_(statuses))
    return db.many(System, statement.order_by(_t.c.name, _t.c.id))
