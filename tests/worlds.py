"""A world made of dictionaries, with a clock that tests move: what the engine asks and tells, without a database."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from typing import Any

from domain.deadlines import Basis, DueOn
from domain.procedures import Fired, Where

BEIJING = timezone(timedelta(hours=8))


def at(text: str) -> datetime:
    """An aware moment: `at("2026-03-01 09:00")`, `at("2026-03-01")`."""
    return datetime.fromisoformat(text).replace(tzinfo=BEIJING)


@dataclass
class DictWorld:
    """Answers from `decisions`, `answers`, `facts` (function name → value or callable); remembers what it is told.

    `decisions`: element → outcomes, newest last. `opinions`: (element, activation) → outcomes of the parties so far.
    """

    now: datetime = datetime(2026, 3, 2, 9, tzinfo=BEIJING)
    decisions: dict[str, list[str]] = field(default_factory=dict)
    answers: dict[tuple[str, str], Any] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    parties: dict[str, list[str]] = field(default_factory=dict)
    opinions: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    operations: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    rows: list[Fired] = field(default_factory=list)
    asked: list[tuple[str, Where]] = field(default_factory=list)
    refuse: Callable[[str], None] | None = None

    @property
    def functions(self) -> frozenset[str]:
        own = {name.removeprefix("do_") for name in dir(self) if name.startswith("do_")}
        return frozenset(own | set(self.facts))

    @property
    def today(self) -> date:
        return self.now.astimezone(BEIJING).date()

    def call(self, name: str, where: Where, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        self.asked.append((name, where))
        if name in self.facts:
            fact = self.facts[name]
            return fact(*args, **kwargs) if callable(fact) else fact
        return getattr(self, f"do_{name}")(where, *args, **kwargs)

    def operate(self, where: Where, operation: str, params: Mapping[str, Any]) -> None:
        if self.refuse is not None:
            self.refuse(operation)
        self.operations.append((where.element, operation, dict(params)))

    def fired(self, fired: Fired) -> None:
        self.rows.append(fired)
        self.decide(fired.where.element, fired.output)

    # --- what tests tell it -------------------------------------------------------------------------------------------------------------

    def decide(self, element: str, outcome: str) -> None:
        self.decisions.setdefault(element, []).append(outcome)

    def sign(self, where: Where, outcome: str) -> None:
        """One party of a countersign gives its opinion."""
        self.opinions.setdefault((where.element, where.activation), []).append(outcome)

    def pass_days(self, days: float) -> None:
        self.now += timedelta(days=days)

    # --- what diagrams ask --------------------------------------------------------------------------------------------------------------

    def do_decision(self, where: Where, step: str) -> str | None:
        return self.decisions.get(step, [None])[-1]

    def do_times(self, where: Where, step: str, outcome: str) -> int:
        return self.decisions.get(step, []).count(outcome)

    def do_answer(self, where: Where, step: str, name: str) -> Any:
        return self.answers.get((step, name))

    def do_parties(self, where: Where, step: str) -> list[str]:
        return self.parties.get(step, [])

    def do_voters(self, where: Where, step: str) -> int:
        return len(self.parties.get(step, []))

    def do_votes(self, where: Where, step: str, outcome: str) -> int:
        return self.opinions.get((step, where.activation), []).count(outcome)

    def do_days(self, where: Where, count: int, after: date | None = None) -> DueOn:
        """The last day of a period of calendar days, with its reason."""
        start = after or self.today
        due = start + timedelta(days=count)
        return DueOn.of(Basis(start=start, rule=f"days({count})", words=f"{count} 日", due=due))
