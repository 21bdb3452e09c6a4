"""What a diagram may ask (`decision("pre_review")`, `amount("estimate")`, `workdays(7, after=…)`), answered from our tables.

Every function is named in the guide docs/编写流程.md; the publish gate knows their arguments. Answers are plain values. A question about
something that has not happened yet answers None (or 0 for counts), never an error: the diagram's default flow then decides.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from domain import workdays
from domain.deadlines import DueOn
from domain.errors import ExpressionFailed
from domain.procedures import Fired, Where
from domain.rulesets import Ruleset
from domain.workdays import WorkCalendar
from tasks import lookup
from tasks.lookup import Record

SHANGHAI = ZoneInfo("Asia/Shanghai")
KEPT = "kept:"  #: before the name of a fact that a procedure keeps beside the settings of a jurisdiction


class Store(Protocol):
    """Where the facts of a case come from. Each is asked for at most once in an act, and only when a question needs it."""

    def records(self) -> list[Record]:
        """Everything concluded in the case so far, oldest first."""

    def project(self) -> Mapping[str, Any]:
        """Facts of the project, with name, unit (name), unit_kind, stage and status."""

    def amounts(self) -> Mapping[str, Decimal]:
        """Kind → latest amount in 万元."""

    def flags(self) -> Mapping[str, Any]:
        """Small facts that procedures noted on the project."""

    def settings(self) -> Mapping[str, Any]:
        """Figures that an administrator set, over the defaults of the rule set."""

    def bans(self) -> frozenset[str]:
        """Kinds of bars in effect today on the project, its unit or its system."""

    def overridden(self) -> frozenset[str]:
        """Clauses for which an exception (原则上) is on record here."""

    def system(self, named: Any = None) -> Mapping[str, Any]:
        """Fields of the system that the case is about; `named`: what the project names by now (id or name)."""

    def case(self) -> Mapping[str, Any]:
        """Facts of the case itself: round_year, …"""

    def entries(self) -> Sequence[Mapping[str, Any]]:
        """Entries of a batch: project, rank, units, outcome, out."""

    def noted(self, project: str) -> Mapping[str, Any]:
        """Facts and flags of a project of the batch."""

    def panels(self) -> Sequence[tuple[str, tuple[str, ...]]]:
        """(scope, expert ids) of the panels of this case, newest last."""

    def rounds(self) -> Sequence[tuple[str, str, str, str]]:
        """(step, scope, activation, party) of every multi-instance work item, oldest first."""

    def running(self, procedure: str, *, same_system: bool = False) -> int:
        """How many cases of a procedure are not closed yet in the jurisdiction; `same_system`: other cases, about this one's system."""

    def ledger(self) -> Sequence[Mapping[str, Any]]:
        """Every project of the jurisdiction with its facts, as `project` answers them for one."""


class Facts:
    """The state of one case and its project as questions see it. `records` grows while the act goes on."""

    def __init__(self, store: Store, *, ruleset: Ruleset, calendar: Callable[[], WorkCalendar], now: datetime) -> None:
        self.store = store
        self.ruleset = ruleset
        self._calendar = calendar
        self._changed: dict[str, Any] = {}
        self.named_system: Any = None  #: by the form that is handed in, before its answers are facts of the project
        self.now = now
        self.today: date = now.astimezone(SHANGHAI).date()

    @cached_property
    def calendar(self) -> WorkCalendar:
        """Read when the first deadline is counted."""
        return self._calendar()

    @cached_property
    def records(self) -> list[Record]:
        """Loaded once, then extended by the act itself."""
        return self.store.records()

    @cached_property
    def project(self) -> dict[str, Any]:
        """Loaded once, then changed by the act itself."""
        return {**self.store.project(), **self._changed}

    def change_project(self, changes: Mapping[str, Any]) -> None:
        """Facts of the project that this act has changed."""
        self._changed.update(changes)
        if "project" in self.__dict__:
            self.project.update(changes)

    def note(self, record: Record, *, written: bool = False) -> None:
        """Something was concluded in this act, after everything before it. `written`: its row is in the tables already, so that whoever
        reads the records later finds it there."""
        if not written or "records" in self.__dict__:
            self.records.append(replace(record, seq=max((one.seq for one in self.records), default=0) + 1))

    @cached_property
    def amounts(self) -> dict[str, Decimal]:
        """Loaded once, then changed by the act itself."""
        return dict(self.store.amounts())

    @cached_property
    def flags(self) -> dict[str, Any]:
        """Loaded once, then changed by the act itself."""
        return dict(self.store.flags())

    @cached_property
    def bans(self) -> set[str]:
        """Loaded once, then changed by the act itself."""
        return set(self.store.bans())

    @cached_property
    def overridden(self) -> frozenset[str]:
        """Loaded once."""
        return self.store.overridden()

    @cached_property
    def entries(self) -> list[dict[str, Any]]:
        """Loaded once, then changed by the act itself."""
        return [dict(one) for one in self.store.entries()]

    @cached_property
    def panels(self) -> list[tuple[str, tuple[str, ...]]]:
        """Loaded once, then extended by the act itself."""
        return list(self.store.panels())

    @cached_property
    def rounds(self) -> list[tuple[str, str, str, str]]:
        """Loaded once, then extended by the act itself."""
        return list(self.store.rounds())

    @cached_property
    def settings(self) -> Mapping[str, Any]:
        """Loaded once."""
        return self.store.settings()

    @cached_property
    def ledger(self) -> Sequence[Mapping[str, Any]]:
        """Loaded once; the case's own project as this act has it."""
        own = self.project
        return [{**one, **own} if own and one["id"] == own.get("id") else one for one in self.store.ledger()]

    @property
    def functions(self) -> frozenset[str]:
        """Names that expressions may call."""
        return frozenset(FUNCTIONS)

    def operate(self, where: Where, operation: str, params: Mapping[str, Any]) -> None:
        """Facts only answer questions."""
        raise ExpressionFailed(f"这里不能执行系统操作 {operation}", element=where.element)

    def fired(self, fired: Fired) -> None:
        """Facts only answer questions; an act keeps what fired."""

    def call(self, name: str, where: Where, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """Answer one question. Raises ExpressionFailed with a Chinese reason when the arguments make no sense."""
        function = FUNCTIONS.get(name)
        if function is None:
            raise ExpressionFailed(f"未知函数 {name}", element=where.element)
        try:
            return function(self, where, *args, **kwargs)
        except ExpressionFailed:
            raise
        except (TypeError, ValueError, ArithmeticError) as error:
            raise ExpressionFailed(f"{name}(…) 的参数不对：{error}", element=where.element) from error

    def of(self, where: Where, path: str) -> tuple[Record, ...]:
        """All records that `path` means here."""
        return lookup.nearest(self.records, path, where.scope)

    def panel(self, scope: str) -> tuple[str, ...]:
        """The newest panel of this call or of the nearest enclosing one."""
        for outer in lookup.enclosing(scope):
            found = [members for where, members in self.panels if where == outer]
            if found:
                return found[-1]
        return self.panels[-1][1] if self.panels else ()


def decision(facts: Facts, where: Where, step: str) -> str | None:
    """Latest conclusion of a step, table or message; None before there is one."""
    found = [record for record in facts.of(where, step) if not record.vote and record.outcome is not None]
    return found[-1].outcome if found else None


def answer(facts: Facts, where: Where, step: str, name: str) -> Any:
    """Value of a form field as last handed in; dates as date. None when it was left out then, whatever an earlier round said.

    Of several parties of one round, the last that filled it in.
    """
    given = [record for record in facts.of(where, step) if record.kind == "form"]
    found = [record for record in given if record.activation == given[-1].activation and name in record.answers]
    return as_value(found[-1].answers[name]) if found else None


def done_on(facts: Facts, where: Where, step: str) -> date | None:
    """Day of the latest conclusion of a step."""
    found = facts.of(where, step)
    return found[-1].at.astimezone(facts.now.tzinfo).date() if found else None


def votes(facts: Facts, where: Where, step: str, outcome: str) -> int:
    """How many parties said `outcome` in the current round."""
    return sum(record.outcome == outcome for record in lookup.latest_round(facts.of(where, step)))


def voters(facts: Facts, where: Where, step: str) -> int:
    """How many parties sign in the current round, whether they have already or not."""
    records = facts.of(where, step)
    _, name = lookup.split_path(step)
    scope = records[-1].scope if records else where.scope
    rounds = [one for one in facts.rounds if one[0] == name and one[1] == scope]
    return sum(one[2] == rounds[-1][2] for one in rounds) if rounds else len(parties(facts, where, step))


def times(facts: Facts, where: Where, step: str, outcome: str, since: date | None = None) -> int:
    """How often a step was concluded with `outcome` in this case; `since` a day, that day not included."""
    return sum(
        not record.vote and record.outcome == outcome and (since is None or record.at.astimezone(facts.now.tzinfo).date() > since)
        for record in facts.of(where, step)
    )


def parties(facts: Facts, where: Where, step: str) -> list[str]:
    """Who signs the step in this round: office ids or expert ids."""
    from tasks.parties import of_step

    return of_step(facts, where, step)


def amount(facts: Facts, where: Where, kind: str) -> Decimal | None:
    """Latest amount of a kind, in 万元."""
    return facts.amounts.get(kind)


def project(facts: Facts, where: Where, name: str) -> Any:
    """A fact of the project."""
    return as_value(facts.project.get(name))


def param(facts: Facts, where: Where, name: str) -> Any:
    """A parameter of the nearest enclosing call."""
    return where.params.get(name)


def setting(facts: Facts, where: Where, name: str) -> Any:
    """A figure that the text leaves open and an administrator has set."""
    if name not in facts.ruleset.settings:
        raise ExpressionFailed(f"没有名为 {name} 的设置项", element=where.element)
    value = facts.settings.get(name, facts.ruleset.settings[name].value)
    return as_value(value)


def held_by(facts: Facts, where: Where, office: str) -> str | None:
    """Name of the unit that fills an office, when it may also apply."""
    known = facts.ruleset.offices.get(office)
    return known.unit if known else None


def kept(facts: Facts, where: Where, name: str) -> Any:
    """A fact of the whole jurisdiction that a procedure has kept, e.g. the service units of a year (YJ-18-supervisor-pool)."""
    return as_value(facts.settings.get(f"{KEPT}{name}"))


def entry(facts: Facts, where: Where, name: str) -> Any:
    """A field of the only entry of a batch (for parts that run per entry)."""
    return facts.entries[0].get(name) if facts.entries else None


def fact_of(facts: Facts, where: Where, owner: str, name: str) -> Any:
    """A fact or flag of one project of the batch, so that a table of many projects is checked row by row."""
    if all(one.get("project") != owner for one in facts.entries):
        return None
    return as_value(facts.store.noted(owner).get(name))


def entries_left(facts: Facts, where: Where) -> int:
    """How many projects of the batch are still in it."""
    return sum(not row.get("out") for row in facts.entries)


def ledger(facts: Facts, where: Where, name: str, by: str | None = None, value: Any = None) -> list[Any]:
    """The different values of a fact over the projects of the jurisdiction; `by` and `value` narrow it to projects with that fact."""
    rows = [one for one in facts.ledger if by is None or as_value(one.get(by)) == value]
    return list(dict.fromkeys(as_value(one[name]) for one in rows if one.get(name) is not None))


def running(facts: Facts, where: Where, procedure: str, about: str | None = None) -> int:
    """How many cases of a procedure are not closed yet; about `"system"`: other cases, about the same system."""
    if about not in (None, "system"):
        raise ExpressionFailed(f"running 的第二个参数只能是 system，不能是 {about}", element=where.element)
    return facts.store.running(procedure, same_system=about is not None)


def _after(facts: Facts, after: Any) -> date:
    day = facts.today if after is None else as_value(after)
    if isinstance(day, datetime):
        return day.date()
    if not isinstance(day, date):
        raise ExpressionFailed(f"期限的起算日不是日期：{after!r}")
    return day


def working_days(facts: Facts, where: Where, count: Any, after: Any = None) -> DueOn:
    """Last day of `count` working days after the day of the event."""
    return workdays.add_working_days(_after(facts, after), int(count), facts.calendar)


def months(facts: Facts, where: Where, count: Any, after: Any = None) -> DueOn:
    """Last day of `count` months: the matching day, or the last of a shorter month."""
    return workdays.add_months(_after(facts, after), int(count))


def years(facts: Facts, where: Where, count: Any, after: Any = None) -> DueOn:
    """Last day of `count` years."""
    return workdays.add_years(_after(facts, after), int(count))


def days(facts: Facts, where: Where, count: Any, after: Any = None) -> DueOn:
    """Last day of `count` calendar days; 0 is the day itself."""
    return workdays.add_days(_after(facts, after), int(count))


def end_of(facts: Facts, where: Where, day: str, after: Any = None) -> DueOn:
    """Next `MM-DD` on or after the start."""
    return workdays.end_of(day, _after(facts, after))


def as_value(value: Any) -> Any:
    """ISO date text becomes a date, also within rows; everything else stays."""
    if isinstance(value, Mapping):
        return {name: as_value(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [as_value(one) for one in value]
    if isinstance(value, str) and len(value) == 10 and value[4] == value[7] == "-":
        try:
            return date.fromisoformat(value)
        except ValueError:
            return value
    return value


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "decision": decision,
    "answer": answer,
    "done_on": done_on,
    "votes": votes,
    "voters": voters,
    "times": times,
    "parties": parties,
    "amount": amount,
    "project": project,
    "param": param,
    "setting": setting,
    "held_by": held_by,
    "kept": kept,
    "entry": entry,
    "fact_of": fact_of,
    "entries_left": entries_left,
    "ledger": ledger,
    "workdays": working_days,
    "months": months,
    "years": years,
    "days": days,
    "end_of": end_of,
    "running": running,
    "panel": lambda facts, where: list(facts.panel(where.scope)),
    "today": lambda facts, where: facts.today,
    "banned": lambda facts, where, kind: kind in facts.bans,
    "overridden": lambda facts, where, clause: clause in facts.overridden,
    "flag": lambda facts, where, name: as_value(facts.flags.get(name)),
    "starter": lambda facts, where, what="office": facts.store.case().get("starter" if what == "office" else f"starter_{what}"),
    "round_year": lambda facts, where: facts.store.case().get("round_year"),
    "round_day": lambda facts, where: as_value(facts.store.case().get("round_day")),
    "system": lambda facts, where, name: as_value(facts.store.system(facts.named_system or facts.project.get("system")).get(name)),
}
