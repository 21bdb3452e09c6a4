"""Timers that only fire when told to, and never look at a clock.

SpiffWorkflow reads the wall clock whenever anything is refreshed, so completing a step could fire a deadline on the side, out of order.
Here a timer computes its moment once, when it is reached; `runner.fire` marks the oldest due one, one at a time.

A date is the last day of a period: the timer fires at 00:00+08:00 of the following day. `on(day)` fires at 00:00+08:00 of that day.
"""

from __future__ import annotations

# mypy: disallow-subclassing-any=False
import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta, timezone
from typing import Any

from SpiffWorkflow.bpmn.specs.event_definitions.multiple import MultipleEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.timer import (
    CycleTimerEventDefinition,
    DurationTimerEventDefinition,
    TimeDateEventDefinition,
    TimerEventDefinition,
)
from SpiffWorkflow.bpmn.specs.mixins.events.intermediate_event import EventBasedGateway
from SpiffWorkflow.util.task import TaskState

from adapters.engine.functions import OnDay, shown
from domain.errors import ExpressionFailed

BEIJING = timezone(timedelta(hours=8))
MAX_YEARS = 10
_PERIOD = re.compile(r"^P(?!$)(\d{1,4}Y)?(\d{1,4}M)?(\d{1,4}W)?(\d{1,5}D)?(T(?=\d)(\d{1,6}H)?(\d{1,6}M)?(\d{1,7}S)?)?$")
_CYCLE = re.compile(r"^R(\d{1,3})/(P.+)$")


def moment(value: Any) -> datetime:
    """The moment a timer fires, from what its expression answers. Text may be an ISO date, or a date-time with its offset."""
    if isinstance(value, str):
        try:
            value = date.fromisoformat(value) if len(value) <= 10 else datetime.fromisoformat(value)
        except ValueError:
            raise ExpressionFailed(f"期限{shown(value)}不是日期。") from None
        if isinstance(value, datetime):
            if value.tzinfo is None:
                raise ExpressionFailed(f"期限“{value.isoformat()}”没有写明时区，请加 +08:00。")
            return value
    if not isinstance(value, date) or isinstance(value, datetime):
        raise ExpressionFailed(f"期限应为日期，实为{shown(value)}。")
    if not 1900 < value.year < 2900:
        raise ExpressionFailed(f"期限{shown(value)}超出范围。")
    day = date(value.year, value.month, value.day)
    return datetime.combine(day if isinstance(value, OnDay) else day + timedelta(days=1), time(), BEIJING)


def period(text: Any, start: datetime) -> timedelta:
    """The length of an ISO period from `start` on: at most ten years, never negative."""
    match = _PERIOD.match(text) if isinstance(text, str) else None
    if match is None:
        raise ExpressionFailed(f"时长{shown(text)}写错，应如 P7D、PT2H。")
    length: timedelta = TimerEventDefinition.get_timedelta_from_start(TimerEventDefinition.parse_iso_duration(text), start)
    if length > timedelta(days=366 * MAX_YEARS):
        raise ExpressionFailed(f"时长{shown(text)}超过 {MAX_YEARS} 年。")
    return length


class _Told:
    """What all three kinds share. `slot`: several timers of one event-based gateway keep their moments apart."""

    slot: str = ""
    expression: str

    def fires_at(self, my_task: Any) -> str | None:
        """The moment of a reached timer, ISO text with offset, None when it will not fire (any more)."""
        value: str | None = my_task.internal_data.get("event_value" + self.slot)
        return value

    def put(self, my_task: Any, at: datetime) -> None:
        my_task.internal_data["event_value" + self.slot] = at.isoformat()

    def tell(self, my_task: Any) -> None:
        """Let it fire at the next refresh."""
        my_task.internal_data["told" + self.slot] = True

    def has_fired(self, my_task: Any) -> bool:
        if "event_value" + self.slot not in my_task.internal_data:
            self.put(my_task, self.first(my_task))
        return bool(my_task.internal_data.get("told" + self.slot))

    def first(self, my_task: Any) -> datetime:
        raise NotImplementedError

    def reset(self, my_task: Any) -> None:
        for name in ("event_value", "told", "left"):
            my_task.internal_data.pop(name + self.slot, None)

    __eq__ = object.__eq__
    __hash__ = object.__hash__


class DateTimer(_Told, TimeDateEventDefinition):
    """`timeDate`: our date grammar."""

    def first(self, my_task: Any) -> datetime:
        at: datetime = my_task.workflow.script_engine.moment(my_task, self.expression)
        return at


class PeriodTimer(_Told, DurationTimerEventDefinition):
    """`timeDuration`: an ISO period from now."""

    def first(self, my_task: Any) -> datetime:
        engine = my_task.workflow.script_engine
        now: datetime = engine.now
        return now + period(engine.evaluate(my_task, self.expression), now)


class CycleTimer(_Told, CycleTimerEventDefinition):
    """`timeCycle`: `R<n>/P…`, n below 1,000, at least a minute apart."""

    def _read(self, my_task: Any) -> tuple[int, timedelta]:
        engine = my_task.workflow.script_engine
        text = engine.evaluate(my_task, self.expression)
        match = _CYCLE.match(text) if isinstance(text, str) else None
        every = period(match[2], engine.now) if match else timedelta()
        if match is None or every < timedelta(minutes=1) or int(match[1]) < 1:
            raise ExpressionFailed(f"循环{shown(text)}写错，应如 R3/P7D，间隔至少一分钟。")
        return int(match[1]), every

    def first(self, my_task: Any) -> datetime:
        count, every = self._read(my_task)
        my_task.internal_data["left" + self.slot] = count
        now: datetime = my_task.workflow.script_engine.now
        return now + every

    def has_fired(self, my_task: Any) -> bool:
        super().has_fired(my_task)
        return bool(my_task.internal_data.get("left" + self.slot) == 0)

    def update_task(self, my_task: Any) -> None:
        """A tick: one token on the outgoing flows, and the next moment."""
        if not my_task.internal_data.pop("told" + self.slot, False):
            return
        last = datetime.fromisoformat(self.fires_at(my_task) or "")
        my_task.internal_data["left" + self.slot] -= 1
        if my_task.internal_data["left" + self.slot]:
            self.put(my_task, last + self._read(my_task)[1])
        for output in my_task.task_spec.outputs:
            child = my_task._add_child(output, TaskState.FUTURE)
            child.task_spec._update(child)
        if not my_task.internal_data["left" + self.slot]:
            my_task.task_spec._update(my_task)


KINDS: dict[type, type] = {
    TimeDateEventDefinition: DateTimer,
    DurationTimerEventDefinition: PeriodTimer,
    CycleTimerEventDefinition: CycleTimer,
}


def of(my_task: Any) -> Iterator[tuple[_Told, str | None]]:
    """The timers a waiting task stands for, each with the element of an event-based gateway's alternative or None."""
    definition = getattr(my_task.task_spec, "event_definition", None)
    if isinstance(definition, _Told):
        yield definition, None
    elif isinstance(my_task.task_spec, EventBasedGateway) and isinstance(definition, MultipleEventDefinition):
        for part, output in zip(definition.event_definitions, my_task.task_spec.outputs, strict=True):
            if isinstance(part, _Told):
                yield part, output.name
