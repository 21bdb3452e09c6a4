"""Facts of a case out of the database, each kind read at most once in an act and only when a question needs it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from adapters import forms
from adapters.database import Db, bans, batches, cases, items, people, projects, records, rules, systems
from adapters.database.tables import Case, Project, SubjectKind, Submission, System
from domain.money import to_wan
from domain.rulesets import Ruleset
from tasks.lookup import Record


class CaseStore:
    """`tasks.facts.Store` over the tables, for one case and its project."""

    def __init__(self, db: Db, ruleset: Ruleset, case: Case, project: Project | None, today: date) -> None:
        self.db = db
        self.ruleset = ruleset
        self.row = case
        self.owner = project
        self.today = today

    def records(self) -> list[Record]:
        """Submissions, messages and table answers of the case, oldest first."""
        found = [
            Record(
                seq=row.seq,
                step=row.step,
                scope=row.scope,
                activation=row.activation,
                outcome=row.outcome,
                at=row.at,
                answers=self._answers(row),
                vote=row.idx is not None,
                person=row.person,
                party=row.office,
                kind="form",
            )
            for row in records.submissions(self.db, self.row.id)
        ]
        found += [
            Record(
                seq=row.seq,
                step=row.step,
                scope=row.scope,
                activation=row.activation,
                outcome=row.outcome,
                at=row.at,
                kind=row.kind,
            )
            for row in records.decisions(self.db, self.row.id)
        ]
        found.sort(key=lambda one: (one.at, one.seq))
        return found

    def _answers(self, row: Submission) -> Mapping[str, Any]:
        schema = self.ruleset.forms.get(row.form_version)
        return forms.from_json(schema, row.answers) if schema is not None else row.answers

    def _facts(self, kept: Mapping[str, Any]) -> dict[str, Any]:
        """Facts of a project as its forms took them: figures as numbers again, also within rows."""
        fields = self.ruleset.fact_fields
        return {name: forms.from_json(fields[name], one) if name in fields else one for name, one in kept.items()}

    def project(self) -> Mapping[str, Any]:
        """Facts of the project with its unit."""
        if self.owner is None:
            return {}
        unit = people.unit(self.db, self.owner.unit)
        return {
            **self._facts(self.owner.facts),
            "id": self.owner.id,
            "name": self.owner.name,
            "unit": unit.name if unit else self.owner.unit,
            "unit_kind": unit.kind if unit else None,
            "stage": self.owner.stage,
            "status": self.owner.status,
            "code": self.owner.code,
            "entries": [entry.kind for entry in projects.entries(self.db, self.owner.id)],
        }

    def amounts(self) -> Mapping[str, Decimal]:
        """Kind → latest amount in 万元."""
        if self.owner is None:
            return {}
        return {kind: to_wan(row.fen) for kind, row in projects.amounts(self.db, self.owner.id).items()}

    def flags(self) -> Mapping[str, Any]:
        """Small facts noted on the project."""
        return projects.flags(self.db, self.owner.id) if self.owner is not None else {}

    def settings(self) -> Mapping[str, Any]:
        """Figures an administrator set."""
        return rules.settings(self.db, self.row.jurisdiction)

    def bans(self) -> frozenset[str]:
        """Kinds of bars in force today."""
        if self.owner is None:
            return frozenset()
        subjects: list[tuple[SubjectKind, str]] = [("project", self.owner.id), ("unit", self.owner.unit)]
        subjects += [("system", one.id) for one in systems.of_project(self.db, self.owner.id)]
        return frozenset(one.kind for one in bans.standing(self.db, self.row.jurisdiction, subjects, self.today))

    def overridden(self) -> frozenset[str]:
        """Clauses with an exception on record, for the project or this case."""
        found = bans.overrides(self.db, project=self.owner.id, day=self.today) if self.owner is not None else []
        found += bans.overrides(self.db, case=self.row.id, day=self.today)
        return frozenset(one.clause for one in found)

    def system(self, named: Any = None) -> Mapping[str, Any]:
        """The system the case is about; `named` is what the project names by now, also when this very act said so."""
        found = system_of(self.db, self.row, self.owner, named)
        return {**found.facts, **found.model_dump(exclude={"facts"})} if found is not None else {}

    def case(self) -> Mapping[str, Any]:
        """Facts of the case itself."""
        return {**self.row.facts, "opened_on": self.row.opened_at.date()}

    def entries(self) -> Sequence[Mapping[str, Any]]:
        """Entries of a batch case."""
        if self.row.kind != "batch":
            return []
        return [
            {
                **one.model_dump(),
                "out": any(said != "通过" for said in one.per_step.values()),
                "amount": None if one.fen is None else to_wan(one.fen),
            }
            for one in batches.entries(self.db, self.row.id)
        ]

    def noted(self, project: str) -> Mapping[str, Any]:
        """Facts and flags of a project of the batch."""
        return {**self._facts(projects.get(self.db, project).facts), **projects.flags(self.db, project)}

    def panels(self) -> Sequence[tuple[str, tuple[str, ...]]]:
        """(scope, expert ids) of the case's panels, newest last."""
        return [(row.scope, (*row.named, *row.drawn)) for row in batches.panels(self.db, self.row.id)]

    def rounds(self) -> Sequence[tuple[str, str, str, str]]:
        """(step, scope, activation, party) of every multi-instance item, oldest first."""
        return [
            (one.step, one.scope, one.activation, one.person or one.office)
            for one in items.of_case(self.db, self.row.id)
            if one.idx is not None
        ]

    def running(self, procedure: str, *, same_system: bool = False) -> int:
        """How many cases of a procedure are not closed yet in the jurisdiction; `same_system`: other cases, about this one's system."""
        wanted = self.ruleset.procedure(procedure)
        if wanted is None or not same_system:
            return cases.count_running(self.db, self.row.jurisdiction, wanted.id) if wanted is not None else 0
        own = system_of(self.db, self.row, self.owner)
        others = [one for one in cases.running(self.db, self.row.jurisdiction, wanted.id) if one.id != self.row.id]
        about = [system_of(self.db, one, projects.find(self.db, one.project) if one.project else None) for one in others]
        return sum(one is not None and own is not None and one.id == own.id for one in about)

    def ledger(self) -> Sequence[Mapping[str, Any]]:
        """Projects of the jurisdiction with their units."""
        units = {one.id: one for one in people.units(self.db, self.row.jurisdiction, all=True)}
        return [
            {
                **self._facts(one.facts),
                "id": one.id,
                "name": one.name,
                "unit": units[one.unit].name if one.unit in units else one.unit,
                "stage": one.stage,
                "status": one.status,
            }
            for one in projects.listing(self.db, [self.row.jurisdiction], limit=100_000)
        ]


class NoCase:
    """`tasks.facts.Store` of a case that has not begun: nothing is known yet."""

    def records(self) -> list[Record]:
        return []

    def project(self) -> Mapping[str, Any]:
        return {}

    def amounts(self) -> Mapping[str, Decimal]:
        return {}

    def flags(self) -> Mapping[str, Any]:
        return {}

    def settings(self) -> Mapping[str, Any]:
        return {}

    def bans(self) -> frozenset[str]:
        return frozenset()

    def overridden(self) -> frozenset[str]:
        return frozenset()

    def system(self, named: Any = None) -> Mapping[str, Any]:
        return {}

    def case(self) -> Mapping[str, Any]:
        return {}

    def entries(self) -> Sequence[Mapping[str, Any]]:
        return []

    def noted(self, project: str) -> Mapping[str, Any]:
        return {}

    def panels(self) -> Sequence[tuple[str, tuple[str, ...]]]:
        return []

    def rounds(self) -> Sequence[tuple[str, str, str, str]]:
        return []

    def running(self, procedure: str, *, same_system: bool = False) -> int:
        return 0

    def ledger(self) -> Sequence[Mapping[str, Any]]:
        return []


def system_of(db: Db, case: Case, project: Project | None, named: Any = None) -> System | None:
    """The system a case is about.

    The one the case names, else the one the project names (by id or name), else the project's own first one.
    """
    named = case.facts.get("system") or named or (project.facts.get("system") if project is not None else None)
    if named:
        found = systems.find(db, str(named))
        if found is None:
            same = [one for one in systems.listing(db, case.jurisdiction) if one.name == named]
            own = [one for one in same if project is not None and one.unit == project.unit]  # two units may call theirs alike
            found = next(iter([*own, *same]), None)
        if found is not None:
            return found
    return next(iter(systems.of_project(db, project.id)), None) if project is not None else None
