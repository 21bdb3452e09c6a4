"""The clock (时钟): the moment in Asia/Shanghai. Tests and scenarios move it; nothing else of ours asks the machine for the time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")

_moved: ContextVar[datetime | None] = ContextVar("moved", default=None)


def now() -> datetime:
    """The aware moment in Asia/Shanghai; where the clock was moved to, it stands still."""
    return _moved.get() or datetime.now(SHANGHAI)


def today() -> date:
    """The day in Asia/Shanghai."""
    return now().date()


def move(to: datetime | date | None) -> None:
    """Set the clock of this context (thread, task) to a moment or to 09:00 of a day; None gives it back to the machine."""
    _moved.set(None if to is None else moment(to))


@contextmanager
def at(to: datetime | date) -> Iterator[datetime]:
    """The clock stands at `to` within the block."""
    token = _moved.set(moment(to))
    try:
        yield now()
    finally:
        _moved.reset(token)


def moment(of: datetime | date) -> datetime:
    """A moment in Asia/Shanghai; a day means its 09:00. Refuses a naive moment, since nobody knows which hour it means."""
    if not isinstance(of, datetime):
        return datetime.combine(of, time(9), tzinfo=SHANGHAI)
    if of.tzinfo is None:
        raise ValueError("时刻缺少时区")
    return of.astimezone(SHANGHAI)
