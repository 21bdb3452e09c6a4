"""What a batch and an expert draw decided, for their pages (计划批次、专家抽取). A draw shows everything needed to repeat it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from adapters.database import Db, batches, items, people, projects, sight
from adapters.database.tables import Case, Expert
from domain import panels
from domain.offices import Official
from domain.rulesets import Ruleset
from tasks import reading


@dataclass(frozen=True, slots=True)
class Entry:
    """One project of a batch: rank, amount, what each meeting said, the result."""

    project: str
    name: str
    unit: str
    rank: int | None
    fen: int | None
    units: tuple[str, ...]
    meetings: tuple[str, ...]  #: what each meeting of `Board.meetings` said
    outcome: str


@dataclass(frozen=True, slots=True)
class Board:
    """A batch as a table."""

    meetings: tuple[str, ...]
    entries: tuple[Entry, ...]
    total: int  #: fen of the projects that are still in it


@dataclass(frozen=True, slots=True)
class Seat:
    """A member of a panel, or somebody who had to stay away and why."""

    id: str
    name: str
    words: str


@dataclass(frozen=True, slots=True)
class Draw:
    """A panel as it was drawn."""

    title: str
    round: int
    at: datetime
    by: str
    named: tuple[Seat, ...]
    drawn: tuple[Seat, ...]
    excluded: tuple[Seat, ...]
    pool: int
    pool_hash: str
    seed: str
    sound: bool  #: the record, drawn again, gives the same people


@dataclass(frozen=True, slots=True)
class BatchLine:
    """A batch in the list: how many projects, and how many got which result."""

    case: Case
    projects: int
    results: tuple[tuple[str, int], ...]
    waiting: tuple[str, ...]  #: names of the steps that are open


def batches_of(db: Db, official: Official, jurisdiction: str) -> list[BatchLine]:
    """The batches this person may open, newest first."""
    found = []
    for case in sight.batches(db, jurisdiction):
        if not reading.may_read(db, case, official):
            continue
        counted = batches.counts(db, case.id)
        results = tuple((name, count) for name, count in counted.items() if name)
        waiting = tuple(dict.fromkeys(one.title for one in items.open_of(db, case.id)))
        found.append(BatchLine(case, sum(counted.values()), results, waiting))
    return found


def board(db: Db, case: Case, ruleset: Ruleset) -> Board | None:
    """The projects of a batch case by rank; None for any other case."""
    if case.kind != "batch":
        return None
    rows = batches.entries(db, case.id)
    elements = {name: one for procedure in ruleset.procedures.values() for name, one in procedure.elements.items()}
    steps = [name for name in elements if any(name in row.per_step for row in rows)]
    units = {one.id: one.name for one in people.units(db, case.jurisdiction, all=True)}
    found = []
    for row in rows:
        project = projects.get(db, row.project)
        found.append(
            Entry(
                project=project.id,
                name=project.name,
                unit=units.get(project.unit, project.unit),
                rank=row.rank,
                fen=row.fen,
                units=tuple(row.units),
                meetings=tuple(str(row.per_step.get(step, "")) for step in steps),
                outcome=row.outcome or "",
            )
        )
    total = sum(row.fen or 0 for row in rows if all(said == "通过" for said in row.per_step.values()))
    return Board(tuple(elements[step].name for step in steps), tuple(found), total)


def draws(db: Db, case: Case, ruleset: Ruleset, official: Official) -> list[Draw]:
    """The expert panels of a case, newest last; none for readers who must not know the experts."""
    if reading.applicant_side(db, ruleset, case, official):
        return []
    elements = {name: one for procedure in ruleset.procedures.values() for name, one in procedure.elements.items()}
    found = []
    for row in batches.panels(db, case.id):
        known = people.experts_by_ids(db, [*row.named, *row.drawn, *row.excluded])
        panel = panels.Panel(
            seed=row.seed,
            pool=tuple(row.pool),
            excluded=tuple(sorted(row.excluded.items())),
            named=tuple(row.named),
            drawn=tuple(row.drawn),
        )
        by = people.find(db, row.by)
        found.append(
            Draw(
                title=elements[row.step].name if row.step in elements else row.step,
                round=row.round,
                at=row.at,
                by=by.name if by else "系统",
                named=tuple(_seat(known, one) for one in row.named),
                drawn=tuple(_seat(known, one) for one in row.drawn),
                excluded=tuple(_seat(known, one, why) for one, why in row.excluded.items()),
                pool=len(row.pool),
                pool_hash=row.pool_hash,
                seed=row.seed,
                sound=panels.replay(panel) and panel.pool_hash == row.pool_hash,
            )
        )
    return found


def _seat(known: Mapping[str, Expert], expert: str, why: str = "") -> Seat:
    one = known.get(expert)
    if one is None:
        return Seat(expert, expert, why or "已不在专家库中")
    return Seat(expert, one.name, why or f"{one.pool}，{one.employer}，{one.field}")
