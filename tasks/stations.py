"""Where a running project may stand (环节): the steps of all main procedures in the order of their flows, each with a name of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from domain.procedures import Element, Procedure
from domain.rulesets import Ruleset

STEPS = frozenset({"userTask", "manualTask"})


@dataclass(frozen=True, slots=True)
class Station:
    """A step of a main procedure. `label` is unique among all of the jurisdiction."""

    procedure: Procedure
    calls: tuple[Element, ...]  #: the call activities around it, outermost first
    element: Element
    label: str = ""

    @property
    def scope(self) -> str:
        """As in `domain.procedures.Where`."""
        return "/".join(one.id for one in self.calls)

    @property
    def path(self) -> str:
        """Scope and element in one word."""
        return f"{self.scope}/{self.element.id}".lstrip("/")

    @property
    def open(self) -> bool:
        """Whether a project can stand here: somebody has to act, or a message is awaited. Else only a result is on record (决策表)."""
        return self.element.kind in STEPS or self.element.message is not None


def of(ruleset: Ruleset) -> tuple[Station, ...]:
    """Every station of the main procedures. What runs once for each of several is left out: nobody stands there alone."""
    mains = [list(_within(ruleset, one, one, ())) for one in ruleset.procedures.values() if one.kind == "main"]
    mains.sort(key=len, reverse=True)  # the usual way first
    return tuple(_labelled([found for main in mains for found in main]))


def find(stations: Sequence[Station], said: str) -> list[Station]:
    """The station by its label or path; else all of that name."""
    exact = [one for one in stations if said in (one.label, one.path, f"{one.procedure.code}/{one.path}")]
    if len(exact) == 1:
        return exact
    return [one for one in stations if one.element.name == said]


def _within(ruleset: Ruleset, main: Procedure, here: Procedure, calls: tuple[Element, ...]) -> Iterator[Station]:
    for element in _in_order(here):
        if _repeated(here, element):
            continue
        if element.called is not None:
            called = ruleset.procedures.get(element.called)
            if called is not None and not element.multi:
                yield from _within(ruleset, main, called, (*calls, element))
        elif element.kind in STEPS or element.kind == "businessRuleTask" or (element.message and element.kind != "boundaryEvent"):
            yield Station(main, calls, element)


def _repeated(procedure: Procedure, element: Element) -> bool:
    """Whether an embedded part around it runs once for each of several."""
    outer = procedure.elements.get(element.scope or "")
    return outer is not None and (outer.multi or _repeated(procedure, outer))


def _in_order(procedure: Procedure) -> list[Element]:
    """As the flows go from the start; what a deadline leads to comes after its step."""
    after: dict[str, list[str]] = {}
    for _, source, target, _ in procedure.flows:
        after.setdefault(source, []).append(target)
    for one in procedure.elements.values():
        if one.attached_to:
            after.setdefault(one.attached_to, []).append(one.id)
        if one.scope and one.kind == "startEvent":
            after.setdefault(one.scope, []).insert(0, one.id)
    seen: dict[str, None] = {}
    queue = [one.id for one in procedure.elements.values() if one.kind == "startEvent" and not one.scope]
    while queue:
        name = queue.pop(0)
        if name not in seen and name in procedure.elements:
            seen[name] = None
            queue += after.get(name, [])
    return [procedure.elements[name] for name in seen]


def _labelled(found: Sequence[Station]) -> Iterator[Station]:
    """The plain name where it is the only one; else with the calls around it, the procedure, at last its path."""
    ways: Mapping[int, list[str]] = {number: _names(one) for number, one in enumerate(found)}
    counts = Counter(name for names in ways.values() for name in names)
    for number, one in enumerate(found):
        yield replace(one, label=next((name for name in ways[number] if counts[name] == 1), f"{ways[number][-1]}（{one.path}）"))


def _names(one: Station) -> list[str]:
    plain = one.element.name or one.element.id
    inner = "·".join([*(call.name or call.id for call in one.calls), plain])
    return list(dict.fromkeys([plain, inner, f"{one.procedure.title or one.procedure.name}·{inner}"]))
