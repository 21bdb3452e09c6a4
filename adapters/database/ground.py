"""What one act on a work item stands on (办理依据): its case, locked, and what waits there, asked for in one exchange."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import bindparam, literal_column, select

from adapters.database.connect import Db
from adapters.database.prepared import Prepared
from adapters.database.tables import Case, Project, Submission, Timer, Wait, WorkItem

_case = select(WorkItem.table.c.case).where(WorkItem.table.c.id == bindparam("item")).scalar_subquery()
_project = select(Case.table.c.project).where(Case.table.c.id == _case).scalar_subquery()
_w, _t, _q, _s = WorkItem.table, Timer.table, Wait.table, Submission.table

# in this order: what follows the lock is seen as whoever held it before has left it
_locked = Prepared(select(Case.table).where(Case.table.c.id == _case).with_for_update(key_share=True))
_standing = Prepared(select(_w).where(_w.c.case == _case, literal_column("work_items.status = 'open'")))
_running = Prepared(select(_t).where(_t.c.case == _case, literal_column("timers.status IN ('wait', 'held')")))
_waiting = Prepared(select(_q).where(_q.c.case == _case, literal_column("waits.status = 'open'")))
_owner = Prepared(select(Project.table).where(Project.table.c.id == _project))
_acted = Prepared(
    select(_s.c.office)
    .join(Case.table, Case.table.c.id == _s.c.case)
    .where(Case.table.c.project == _project, _s.c.person == bindparam("person"))
)


@dataclass(frozen=True, slots=True)
class Ground:
    """A locked case, its project, and its open work items, timers and waits, oldest first."""

    case: Case
    project: Project | None
    standing: list[WorkItem]
    running: list[Timer]
    waiting: list[Wait]
    acted: list[str]  #: offices for which the person submitted anything in any case of the project


def of_item(db: Db, item: str, person: str) -> Ground | None:
    """The ground of a work item, for this person; None when there is no such item. Raises Conflict when the case stays locked too long."""
    asked = {"item": item}
    found, standing, running, waiting, owner, acted = db.values_each(
        (_locked, asked),
        (_standing, asked),
        (_running, asked),
        (_waiting, asked),
        (_owner, asked),
        (_acted, {"item": item, "person": person}),
    )
    if not found:
        return None
    return Ground(
        case=Case.read(found[0]),
        project=Project.read(owner[0]) if owner else None,
        standing=sorted((WorkItem.read(one) for one in standing), key=lambda one: (one.opened_at, one.id)),
        running=sorted((Timer.read(one) for one in running), key=lambda one: (one.fires_at, one.task)),
        waiting=sorted((Wait.read(one) for one in waiting), key=lambda one: (one.since, one.task)),
        acted=sorted({str(one["office"]) for one in acted}),
    )
