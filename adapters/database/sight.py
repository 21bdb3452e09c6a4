"""Which projects a person may see, filtered where they are kept: a page costs the same however many there are."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, and_, func, not_, or_, select, type_coerce

from adapters.database.connect import Db
from adapters.database.search import before, contains, needle
from adapters.database.tables import Case, Project, WorkItem

_p = Project.table
_w = WorkItem.table
_c = Case.table


@dataclass(frozen=True, slots=True)
class Sight:
    """What a person may see of a jurisdiction.

    Everything, or their units' projects and those their offices or they themselves worked on. `lines`: (office, project fact, own body) of
    offices that several bodies fill, each for projects that name it; `procedures`: those they supervise.
    """

    jurisdiction: str
    person: str
    everything: bool = False
    units: tuple[str, ...] = ()
    offices: tuple[str, ...] = ()
    lines: tuple[tuple[str, str, str], ...] = ()
    procedures: tuple[str, ...] = ()

    def clause(self) -> ColumnElement[bool]:
        """The condition on projects."""
        here = _p.c.jurisdiction == self.jurisdiction
        if self.everything:
            return here
        offices: list[ColumnElement[bool]] = [_w.c.office.in_(self.offices)]
        facts = type_coerce(_p.c.facts, Text())
        for office, fact, body in self.lines:
            nobody = not_(facts.contains(f"{_json(fact)}:", autoescape=True))
            own = facts.contains(f"{_json(fact)}:{_json(body)}", autoescape=True)
            offices.append(and_(_w.c.office == office, or_(nobody, own)))
        office_items = and_(_w.c.person.is_(None), _w.c.unit.is_(None), or_(*offices))
        worked = select(_w.c.project).where(_w.c.project == _p.c.id, or_(_w.c.person == self.person, office_items)).exists()
        seen = [_p.c.unit.in_(self.units), worked]
        if self.procedures:
            seen.append(select(_c.c.id).where(_c.c.project == _p.c.id, _c.c.procedure.in_(self.procedures)).exists())
        return and_(here, or_(*seen))


def _json(text: str) -> str:
    """A text as it stands in a column of JSON."""
    return json.dumps(text, ensure_ascii=False)


def sees(db: Db, sight: Sight, project: str) -> bool:
    """Whether this project is among them."""
    return db.run(select(_p.c.id).where(_p.c.id == project, sight.clause())).first() is not None


def projects(
    db: Db,
    sight: Sight,
    *,
    stage: str = "",
    status: str = "",
    search: str = "",
    after: tuple[datetime, str] | None = None,
    limit: int = 50,
) -> list[Project]:
    """Projects, newest first. `after` = (created_at, id) of the last one seen."""
    statement = _chosen(select(_p), sight, stage, status, search)
    if after is not None:
        statement = statement.where(before((_p.c.created_at, _p.c.id), after))
    return db.many(Project, statement.order_by(_p.c.created_at.desc(), _p.c.id.desc()).limit(limit), needle(search))


def count(db: Db, sight: Sight, *, stage: str = "", status: str = "", search: str = "") -> int:
    """How many projects `projects` would find in all."""
    return int(db.run(_chosen(select(func.count()).select_from(_p), sight, stage, status, search), needle(search)).scalar_one())


def stages(db: Db, sight: Sight) -> list[tuple[str, int]]:
    """(stage, number of projects), most frequent first."""
    statement = select(_p.c.stage, func.count().label("n")).where(sight.clause()).group_by(_p.c.stage)
    return sorted(((row.stage, row.n) for row in db.run(statement)), key=lambda one: (-one[1], one[0]))


def batches(db: Db, jurisdiction: str, *, limit: int = 50) -> list[Case]:
    """Batch cases of a jurisdiction (批次), newest first, without their state."""
    columns = [column for column in _c.c if column.name != "state"]
    statement = select(*columns).where(_c.c.jurisdiction == jurisdiction, _c.c.kind == "batch")
    return db.many(Case, statement.order_by(_c.c.opened_at.desc(), _c.c.id).limit(limit))


def next_due(db: Db, projects: Sequence[str]) -> dict[str, WorkItem]:
    """Project → its most urgent open work item."""
    found: dict[str, WorkItem] = {}
    statement = select(_w).where(_w.c.status == "open", _w.c.project.in_(tuple(projects))).order_by(_w.c.urgency, _w.c.opened_at, _w.c.id)
    for one in db.many(WorkItem, statement):
        found.setdefault(str(one.project), one)
    return found


def _chosen(statement: Select[Any], sight: Sight, stage: str, status: str, search: str) -> Select[Any]:
    statement = statement.where(sight.clause())
    if stage:
        statement = statement.where(_p.c.stage == stage)
    if status:
        statement = statement.where(_p.c.status == status)
    return statement.where(or_(contains(_p.c.name), contains(_p.c.code))) if search else statement
