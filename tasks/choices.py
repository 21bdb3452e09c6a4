"""What a form offers to choose from (选项): value lists of the jurisdiction, offices, experts, systems, projects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from adapters import forms
from adapters.database import batches, people, projects, systems
from tasks import drawing

if TYPE_CHECKING:
    from tasks.acts import Act

MOST = 500


@dataclass(frozen=True, slots=True)
class Choice:
    """One choice: what is kept, and what a person reads."""

    value: str
    label: str


def of_form(act: Act, schema: Mapping[str, Any], step: str = "") -> dict[str, tuple[Choice, ...]]:
    """Dotted field name → its choices. Fields without a list are left out."""
    found = {}
    for name, field in forms.fields(schema):
        items = field.get("items", {}) if field.get("type") == "array" else {}
        widget = field.get("x-widget") or items.get("x-widget")
        if field.get("enum") or items.get("enum"):
            found[name] = tuple(Choice(str(one), str(one)) for one in field.get("enum") or items["enum"])
        elif listed := field.get("x-choices") or items.get("x-choices"):
            found[name] = tuple(Choice(one, one) for one in act.ruleset.choices.get(listed, ()))
        elif widget is not None and widget in _WIDGETS:
            found[name] = tuple(_WIDGETS[widget](act, step))
    return found


def _offices(act: Act, step: str) -> Iterator[Choice]:
    for one in act.ruleset.offices.values():
        if one.side == "reviewer":
            yield Choice(one.id, one.name)


def _experts(act: Act, step: str) -> Iterator[Choice]:
    """Those who may be named here: where a panel is drawn, of the right pool and without the recused; elsewhere the recused are marked."""
    known = drawing.pool(act)
    out = drawing.recused(act, known)
    drawn = next((one for process in act.ruleset.procedures.values() for one in drawing.drawings(process, step)), None)
    wanted = drawn.arguments.get("named_pool", "").strip("'\"") if drawn is not None else ""
    for one in known:
        if drawn is not None and (one.id in out or (wanted and one.pool != wanted)):
            continue
        away = f"，{out[one.id]}" if one.id in out else ""
        yield Choice(one.id, f"{one.name}（{one.pool}，{one.employer}，{one.field}{away}）")


def _systems(act: Act, step: str) -> Iterator[Choice]:
    unit = act.project.unit if act.project is not None else None
    for one in systems.listing(act.db, act.case.jurisdiction, unit=unit)[:MOST]:
        yield Choice(one.name, f"{one.name}（{one.status or '状态未登记'}）")


def _units(act: Act, step: str) -> Iterator[Choice]:
    for one in people.units(act.db, act.case.jurisdiction):
        yield Choice(one.name, one.name)


def _projects(act: Act, step: str) -> Iterator[Choice]:
    if act.case.kind == "batch":
        rows = batches.entries(act.db, act.case.id)
        known = {one.id: one for one in projects.listing(act.db, [act.case.jurisdiction], ids=[row.project for row in rows], limit=MOST)}
        for row in rows:
            if row.project in known:
                yield Choice(row.project, known[row.project].name)
    for project in projects.listing(act.db, [act.case.jurisdiction], limit=MOST):
        if act.case.kind != "batch" or project.id not in known:
            yield Choice(project.id, project.name)


_WIDGETS: Mapping[str, Any] = {
    "offices": _offices,
    "experts": _experts,
    "system": _systems,
    "unit": _units,
    "project": _projects,
}
