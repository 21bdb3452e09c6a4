"""Due timers (到期): wake the cases whose moment has come, each in its own transaction, oldest first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from adapters.database import Database, timers
from domain.errors import Conflict
from tasks import cases, incidents

BATCH = 200


@dataclass
class Swept:
    """What a sweep did: how many timers fired, in which cases, and the incidents it met."""

    fired: int = 0
    cases: list[str] = field(default_factory=list)
    incidents: list[str] = field(default_factory=list)


def fire_due(database: Database, *, now: datetime, progress: Callable[[int, int], None] | None = None) -> Swept:
    """Fire every timer with `fires_at <= now`. A case that fails becomes an incident; the others go on."""
    swept = Swept()
    total = 0
    if progress is not None:
        with database.reading() as db:
            total = timers.count_due(db, now)
    for number, case in enumerate(_due(database, now)):
        if progress is not None:
            progress(number, total)
        try:
            with database.transaction() as db:
                count = cases.wake(db, case, now=now)
        except Conflict:
            continue  # somebody is working on it; the next sweep comes soon
        except Exception as failure:  # whatever one case runs into, the others go on
            fault = incidents.fault_of(failure)
            swept.incidents.append(incidents.record(database, case, fault, request={"act": "wake", "case": case}, now=now))
            continue
        if count:
            swept.fired += count
            swept.cases.append(case)
    return swept


def _due(database: Database, now: datetime) -> Iterator[str]:
    after: tuple[datetime, str] | None = None
    seen: set[str] = set()
    while True:
        with database.reading() as db:
            found = timers.due_cases(db, now, limit=BATCH, after=after)
        for _, case in found:
            if case not in seen:
                seen.add(case)
                yield case
        if len(found) < BATCH:
            return
        after = found[-1]
