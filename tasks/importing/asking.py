"""What a deadline asks in vain (起算所需): an act that notes it while a project is placed, and the words in which people are told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from domain.procedures import Where
from tasks.acts import Act
from tasks.importing.columns import FLAG, PAST, Layout, titled
from tasks.lookup import enclosing
from tasks.stations import Station

PERIODS = frozenset({"workdays", "months", "years", "days", "end_of"})
QUESTIONS = frozenset({"answer", "done_on", "decision", "project", "amount", "flag", "system"})

Question = tuple[str, tuple[Any, ...]]


@dataclass
class Asking(Act):
    """Counts a period from today, as every act does, when its day of beginning is not on record; but remembers what was asked for it."""

    vain: list[Question] = field(default_factory=list)  #: asked at this place without an answer
    missing: dict[tuple[Question, ...], None] = field(default_factory=dict)  #: a period was to begin with one of these
    at: str = ""

    @classmethod
    def of(cls, act: Act) -> Asking:
        """The same act."""
        return cls(**{one.name: getattr(act, one.name) for one in fields(act)})

    def call(self, name: str, where: Where, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """Answer a question of the diagram."""
        if self.at != where.task:
            self.at = where.task
            self.vain.clear()
        if name in PERIODS:
            if "after" in kwargs and kwargs["after"] is None:
                self.missing[tuple(self.vain)] = None
            self.vain.clear()
        value = super().call(name, where, args, kwargs)
        if value is None and name in QUESTIONS:
            self.vain.append((name, args))
        return value


def wanted(missing: Iterable[tuple[Question, ...]], layout: Layout, station: Station) -> str:
    """All that is missing, in words: each of it, and of alternatives one."""
    return "；".join("或".join(told(one, layout, station.procedure.id, station.scope) for one in group) for group in missing if group)


def told(question: Question, layout: Layout, procedure: str, scope: str) -> str:
    """Where in the ledger the answer to a question belongs that is asked within the calls of `scope`."""
    name, args = question
    if name in ("answer", "done_on", "decision"):
        near = meant(str(args[0]), layout, procedure, scope)
        label = near.label if near is not None else str(args[0])
        if name == "answer":
            found = layout.field_of(near.element, str(args[1])) if near is not None else None
            return f"“{PAST}”表中“{label}”的“{titled(*found) if found else args[1]}”"
        return f"“{PAST}”表中“{label}”的{'办结日期' if name == 'done_on' else '结论'}"
    titles = {"project": layout.facts, "amount": layout.amounts}.get(name, {})
    column = next((title for title, one in titles.items() if one == args[0]), None)
    if column is not None:
        return f"“{column}”列"
    if name == "system":
        return "信息系统登记中的投入使用等日期（先登记系统，或从更早的环节导入）"
    return f"“{PAST}”表中以“{FLAG}”填写的 {args[0]}"


def meant(path: str, layout: Layout, procedure: str, scope: str) -> Station | None:
    """The step that a question asked within `scope` means: the nearest of that path, as `lookup.nearest` finds it."""
    own = {one.path: one for one in layout.stations if one.procedure.id == procedure}
    for outer in enclosing(scope):
        if (wanted := f"{outer}/{path}".lstrip("/")) in own:
            return own[wanted]
    return next((one for full, one in own.items() if f"/{full}".endswith(f"/{path}")), None)
