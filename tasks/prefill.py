"""What a form already knows (预填): the draft, else what was answered here before, else facts of the project. Nothing is asked twice."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from adapters import forms
from adapters.database import batches, drafts, records
from adapters.database.tables import WorkItem
from domain.money import to_wan
from domain.offices import Official

if TYPE_CHECKING:
    from tasks.acts import Act

#: A new round means a new judgement: conclusions and signatures are not carried over.
AFRESH = ("outcome", "opinion", "signature", "signed_on", "signer")


def answers(act: Act, item: WorkItem, official: Official) -> tuple[dict[str, Any], datetime | None]:
    """What to show in the fields, and since when it stands as a draft (None: there is no draft)."""
    draft = drafts.find(act.db, item.id, official.id)
    schema = act.ruleset.forms.get(item.form or "", {})
    fields: Mapping[str, Any] = schema.get("properties", {})
    if draft is not None:
        return dict(draft.answers), draft.at
    found: dict[str, Any] = {}
    known = act.facts.project
    for name, field in fields.items():
        fact = known.get(field["x-project"]) if field.get("x-project") else None
        if fact is not None and fact != "（未命名项目）":
            found[name] = forms.to_json(fact)
        elif field.get("x-amount") and act.facts.amounts.get(field["x-amount"]) is not None:
            found[name] = forms.to_json(act.facts.amounts[field["x-amount"]])
        elif "default" in field:
            found[name] = field["default"]
    for one in reversed(records.rounds(act.db, act.case.id, item.scope, item.step)):
        if one.office == item.office and (item.idx is None or one.person == official.id):
            found |= {name: value for name, value in one.answers.items() if name in fields and name not in AFRESH}
            break
    if act.case.kind == "batch" and "entries" in fields:
        found["entries"] = _entries(act, fields["entries"].get("items", {}).get("properties", {}))
    return found, None


def _entries(act: Act, fields: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One row for each project that is still in the batch, by rank."""
    rows = []
    for number, one in enumerate((row for row in act.facts.entries if not row.get("out")), 1):
        row: dict[str, Any] = {"project": one["project"]}
        if "rank" in fields:
            row["rank"] = one.get("rank") or number
        if "amount" in fields:
            row["amount"] = forms.to_json(one.get("amount")) or _estimate(act, str(one["project"]))
        if "units" in fields and one.get("units"):
            row["units"] = list(one["units"])
        rows.append(row)
    return rows


def _estimate(act: Act, project: str) -> str | None:
    from adapters.database import projects

    found = projects.amounts(act.db, project)
    latest = found.get("reviewed") or found.get("estimate")
    return format(to_wan(latest.fen), "f") if latest is not None else None


def is_batch_rows(act: Act, item: WorkItem) -> bool:
    """Whether the rows `entries` of this form are the projects of the batch: none may be added or taken away."""
    return act.case.kind == "batch" and bool(batches.entries(act.db, act.case.id))
