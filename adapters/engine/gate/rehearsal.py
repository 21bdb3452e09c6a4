"""The world of a dry run: answers that forms allow, kept in memory, on a clock that only the walk moves."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from adapters.engine import runner
from adapters.engine.gate.choices import Choices
from adapters.engine.gate.context import Context
from adapters.engine.gate.diagram import Diagram, Node
from adapters.engine.gate.literals import Literals
from adapters.engine.vocabulary import FUNCTIONS
from domain.deadlines import Basis, DueOn
from domain.procedures import Fired, Where

BEIJING_NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Said:
    """One conclusion: of a step, a message, a table, or one vote."""

    where: Where
    outcome: str | None
    day: date
    answers: Mapping[str, Any] = field(default_factory=dict)
    vote: bool = False


class Rehearsal:
    """Implements `domain.procedures.World`. `choices` learns over all walks what was tried and where it led."""

    functions = frozenset(FUNCTIONS)

    def __init__(self, diagrams: Mapping[str, Diagram], context: Context, literals: Literals, rng: random.Random, choices: Choices) -> None:
        self.diagrams, self.context, self.literals, self.rng, self.choices = diagrams, context, literals, rng, choices
        self.now = BEIJING_NOON
        self.said: list[Said] = []
        self.facts: dict[tuple[str, str], Any] = {}
        self.rounds: dict[str, str] = {}  #: activation of a multi-instance → what most parties say
        self.guessed = False  #: the act under way was given an answer that nobody in this case had given

    @property
    def today(self) -> date:
        """Day of the virtual clock in China."""
        return (self.now + timedelta(hours=8)).date()

    # --- acts ---------------------------------------------------------------------------------------------------------------------

    def fill(self, where: Where) -> str:
        """Hand in the form of an open step; answers the conclusion, "" when the form has none."""
        node = self.node(where)
        form = self.diagrams[where.process].form(node) if node else where.element
        if where.index is not None and where.activation not in self.rounds:
            self.rounds[where.activation] = self._choose((where.element, "round"), list(self.context.outcomes(form)) or [""])
        properties = self.context.properties(form)
        answers = {name: self._answer(where.element, form, name, prop) for name, prop in properties.items() if isinstance(prop, Mapping)}
        if (agreed := self.rounds.get(where.activation)) and self.rng.random() < 0.9:
            answers["outcome"] = agreed  # parties mostly agree: else a round of many would never be unanimous
        outcome = answers.get("outcome")
        self.said.append(Said(where, str(outcome) if outcome is not None else None, self.today, answers, vote=where.index is not None))
        return str(outcome or "")

    def receive(self, where: Where) -> str:
        """Let a message arrive with one of the words the diagrams ask for."""
        words = sorted(str(one) for one in self.literals.values.get(("decision", where.element), ())) or ["送达"]
        outcome = self._choose((where.process, where.element), words)
        self.said.append(Said(where, outcome, self.today))
        return outcome

    def node(self, where: Where) -> Node | None:
        """The element a place speaks of."""
        diagram = self.diagrams.get(where.process)
        return diagram.nodes.get(where.element) if diagram else None

    def _answer(self, step: str, form: str, name: str, prop: Mapping[str, Any]) -> Any:
        if words := self.context.values(form, name):
            return self._choose((step, name), list(words))
        kind = prop.get("type")
        if kind == "boolean":
            return self._choose((step, name), ["", "1"]) == "1"
        if kind in ("number", "integer"):
            return self._figure(("answer", name), prop.get("minimum"), prop.get("maximum"), whole=kind == "integer")
        if kind == "array":
            items = prop.get("items")
            inner = items.get("properties") if isinstance(items, Mapping) else None
            if isinstance(inner, Mapping):
                return [
                    {key: self._answer(step, form, key, one) for key, one in inner.items() if isinstance(one, Mapping)} for _ in range(2)
                ]
            choices = items.get("enum") if isinstance(items, Mapping) else None
            return self.rng.sample(list(choices), min(2, len(choices))) if choices else self._people()
        if prop.get("format") == "date" or prop.get("x-widget") == "date" or self.literals.kind(("answer", name)) == "date":
            return self.today + timedelta(days=self.rng.randrange(-20, 40))
        known = sorted(str(one) for one in self.literals.values.get(("answer", name), ()))
        return self._choose((step, name), [*known, "说明"])

    def _figure(self, key: tuple[str, str], low: Any = None, high: Any = None, *, whole: bool = False) -> Decimal | int:
        near = [Decimal(one) for one in self.literals.values.get(key, ()) if isinstance(one, int | Decimal) and not isinstance(one, bool)]
        bounds = sorted(set(near)) or sorted(self.literals.numbers)[:40] or [Decimal(3)]
        value = Decimal(self._choose(key, [str(bound + step) for bound in bounds for step in (-1, 0, 1)]))
        value = max(value, Decimal(str(low)) if isinstance(low, int | float) else Decimal(0))
        if isinstance(high, int | float):
            value = min(value, Decimal(str(high)))
        return int(value) if whole else value

    def _people(self) -> list[str]:
        offices = sorted(self.context.offices) or ["office"]
        return self.rng.sample(offices, min(3, len(offices)))

    def _choose(self, place: tuple[str, ...], words: list[str]) -> str:
        return self.choices.pick(self.rng, place, words)

    # --- what the engine asks ------------------------------------------------------------------------------------------------------

    def call(self, name: str, where: Where, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """Answer a function of the vocabulary."""
        if name in ("workdays", "days", "months", "years", "end_of"):
            return self._period(name, args, kwargs)
        text = str(args[0]) if args else ""
        match name:
            case "decision" | "answer" | "done_on" | "votes" | "voters" | "times" | "parties":
                return self._of_step(name, where, text, args, kwargs)
            case "param":
                return where.params.get(text)
            case "today":
                return self.today
            case "panel":
                return ["expert_1", "expert_2", "expert_3"]
            case "ledger":
                return ["项目甲", "项目乙"]
            case "round_year":
                return self.today.year
            case "round_day":
                return self.today
            case "entries_left":
                self.guessed = True
                return self.rng.randrange(3)
            case "amount" | "project":
                return self._known_fact(name, "x-amount" if name == "amount" else "x-project", text)
            case "banned" | "overridden":
                return self.facts.setdefault((name, text), self.rng.random() < 0.3)
            case "setting":
                value = self.context.settings.get(text)
                return value if value is not None else self._guess(name, text)
            case "held_by":
                return None
            case "kept":
                return self.facts.get((name, text))
            case "flag" if (name, text) not in self.facts and self.rng.random() < 0.5:
                self.guessed = True
                return None
        return self._guess(name, text)

    def _of_step(self, name: str, where: Where, path: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        found = self._nearest(where, path)
        if name == "decision":
            return next((one.outcome for one in reversed(found) if not one.vote and one.outcome is not None), None)
        if name == "answer":
            return next((one.answers[args[1]] for one in reversed(found) if len(args) > 1 and args[1] in one.answers), None)
        if name == "done_on":
            return found[-1].day if found else None
        if name == "times":
            since = args[2] if len(args) > 2 else kwargs.get("since")
            return sum(not one.vote and one.outcome == args[1] and (since is None or one.day > since) for one in found)
        if name == "votes":
            last = found[-1].where.activation if found else None
            return sum(one.vote and one.outcome == args[1] and one.where.activation == last for one in found)
        return self._parties(where, path) if name == "parties" else len(self._parties(where, path))

    def _nearest(self, where: Where, path: str) -> list[Said]:
        """Own call scope first, then each enclosing one, then anywhere."""
        inner, _, step = path.rpartition("/")
        named = [one for one in self.said if one.where.element == step]
        outer = where.scope
        while True:
            wanted = "/".join(part for part in (outer, inner) if part)
            if found := [one for one in named if one.where.scope == wanted]:
                return found
            if not outer:
                break
            outer = outer.rpartition("/")[0]
        return [one for one in named if not inner or one.where.scope.endswith(inner)]

    def _parties(self, where: Where, path: str) -> list[str]:
        step = path.rpartition("/")[2]
        places = [where.process, *sorted(self.diagrams)]
        node = next((self.diagrams[one].nodes[step] for one in places if one in self.diagrams and step in self.diagrams[one].nodes), None)
        note = node.note("parties") if node is not None else None
        if note is None:
            return self._people()
        parties = [one.strip() for one in (note.get("offices") or "").split(",") if one.strip()]
        if source := note.get("source"):
            listed = runner.evaluate(source, {}, self, where)
            parties += [str(one) for one in listed] if isinstance(listed, list) else str(listed or "").split(",")
        return list(dict.fromkeys(parties))

    def _known_fact(self, name: str, mark: str, text: str) -> Any:
        marked = dict.fromkeys(key for _, key in self.context.marked(mark).get(text, []))
        for one in reversed(self.said):
            for key in marked:
                if key in one.answers:
                    return one.answers[key]
        if (name, text) not in self.facts:
            words = [word for form, key in self.context.marked(mark).get(text, []) for word in self.context.values(form, key)]
            words += self.context.choices.get(text, ())
            if words:
                self.facts[name, text] = self._choose((name, text), words)
        return self._guess(name, text)

    def _guess(self, name: str, text: str) -> Any:
        """Something of the kind that expressions use it as; the same for the rest of the walk."""
        self.guessed = True
        key = (name, text)
        if key not in self.facts:
            match "number" if name == "amount" else self.literals.kind(key):
                case "date":
                    self.facts[key] = self.today - timedelta(days=self.rng.randrange(5, 60))
                case "number":
                    self.facts[key] = self._figure(key)
                case "boolean":
                    self.facts[key] = self._choose(key, ["", "1"]) == "1"
                case "list":
                    self.facts[key] = self._people()
                case _:
                    words = sorted(str(one) for one in self.literals.values.get(key, ()))
                    self.facts[key] = self._choose(key, [*words, "其他"])
        return self.facts[key]

    def _period(self, name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> DueOn:
        after = kwargs.get("after", args[1] if len(args) > 1 else None) or self.today
        start = after if isinstance(after, date) else date.fromisoformat(str(after))
        if name == "end_of":
            month, day = (int(part) for part in str(args[0]).split("-"))
            due = date(start.year, month, min(day, 28))
            due = due if due >= start else due.replace(year=due.year + 1)
        else:
            days = {"workdays": Decimal("1.4"), "days": Decimal(1), "months": Decimal(30), "years": Decimal(365)}[name]
            due = start + timedelta(days=int(Decimal(args[0]) * days))
        return DueOn.of(Basis(start, name, name, due))

    def operate(self, where: Where, operation: str, params: Mapping[str, Any]) -> None:
        """Only flags matter to what comes later in the walk."""
        if operation in ("flag", "keep"):
            self.facts["flag" if operation == "flag" else "kept", str(params.get("name"))] = params.get("value")

    def fired(self, fired: Fired) -> None:
        """The output of a table is the decision of its step."""
        self.said.append(Said(fired.where, fired.output, self.today))
