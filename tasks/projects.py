"""The project register as one reader may see it (项目台账): the list, and one project's whole life."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from adapters import forms
from adapters.database import Db, bans, cases, people, projects, records, sight, systems
from adapters.database.tables import Case, Entry, OverrideRow, Project, SubjectKind, System
from domain.clauses import Clause
from domain.offices import Official
from domain.rulesets import Ruleset
from tasks import casefile, reading, starting, versions
from tasks import sight as views
from tasks.casefile import File, Line, Standing
from tasks.facts import SHANGHAI
from tasks.worklist import Light, light

PAGE = 20
TIMELINE = 200


@dataclass(frozen=True, slots=True)
class ProjectRow:
    """One line of the list."""

    project: Project
    unit: str
    light: Light
    waiting: str  #: the most urgent open step


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of the list."""

    rows: tuple[ProjectRow, ...]
    after: str
    total: int
    stages: tuple[tuple[str, int], ...]
    measured: bool  #: whether the regulation wants metrics shown


@dataclass(frozen=True, slots=True)
class AmountLine:
    """An amount as one step stated it. `counts`: it is the latest of its kind."""

    title: str
    fen: int
    step: str
    at: datetime
    counts: bool


@dataclass(frozen=True, slots=True)
class CaseLine:
    """A case of the project with what waits in it."""

    case: Case
    status: str
    standing: tuple[Standing, ...]
    waiting: tuple[str, ...]  #: what it waits for while nobody has anything to do


@dataclass(frozen=True, slots=True)
class BanLine:
    """A bar with its rule."""

    title: str
    until: Any
    reason: str
    cure: str
    clauses: tuple[Clause, ...]


@dataclass(frozen=True, slots=True)
class ProjectView:
    """Everything the page of a project shows."""

    project: Project
    unit: str
    unit_kind: str
    facts: tuple[tuple[str, str], ...]
    stages: tuple[tuple[str, datetime], ...]  #: stages entered so far, oldest first
    amounts: tuple[AmountLine, ...]
    cases: tuple[CaseLine, ...]
    files: tuple[File, ...]
    entries: tuple[Entry, ...]
    bans: tuple[BanLine, ...]
    overrides: tuple[tuple[OverrideRow, tuple[Clause, ...]], ...]
    systems: tuple[System, ...]
    timeline: tuple[tuple[str, Line], ...]  #: (title of the case, line), newest first
    starts: tuple[starting.Option, ...]


def listing(
    db: Db,
    official: Official,
    jurisdiction: str,
    *,
    now: datetime,
    search: str = "",
    stage: str = "",
    status: str = "",
    after: str = "",
) -> Listing:
    """Projects this person may see, newest first."""
    _, ruleset = versions.current(db, jurisdiction)
    seen = views.of(ruleset, official)
    search = search.strip()
    at, _, last_id = after.partition("~")
    try:
        mark = (datetime.fromisoformat(at), last_id) if after else None
    except ValueError:
        mark = None
    found = sight.projects(db, seen, search=search, stage=stage, status=status, after=mark, limit=PAGE + 1)
    units = {one.id: one.name for one in people.units(db, jurisdiction, all=True)}
    urgent = sight.next_due(db, [one.id for one in found[:PAGE]])
    today = now.astimezone(SHANGHAI).date()
    rows = []
    for one in found[:PAGE]:
        item = urgent.get(one.id)
        rows.append(ProjectRow(one, units.get(one.unit, one.unit), light(item.due if item else None, today), item.title if item else ""))
    last = found[PAGE - 1] if len(found) > PAGE else None
    return Listing(
        tuple(rows),
        f"{last.created_at.isoformat()}~{last.id}" if last else "",
        sight.count(db, seen, search=search, stage=stage, status=status),
        tuple(sight.stages(db, seen)),
        bool(ruleset.metrics),
    )


def project_view(db: Db, official: Official, jurisdiction: str, project_id: str, *, now: datetime) -> ProjectView:
    """A project for its page. Cases the reader may not open are left out. Raises NotFound."""
    project = views.project(db, official, jurisdiction, project_id)
    _, ruleset = versions.current(db, jurisdiction)
    unit = people.unit(db, project.unit)
    own = [one for one in cases.of_project(db, project.id) if reading.may_read(db, one, official)]
    rulesets = {one.id: versions.ruleset(db, one.version) for one in own}
    today = now.astimezone(SHANGHAI).date()
    subjects: list[tuple[SubjectKind, str]] = [("project", project.id), ("unit", project.unit)]
    timeline = [(one.title, line) for one in own for line in casefile.history(db, one, rulesets[one.id], official)]
    timeline.sort(key=lambda one: one[1].at, reverse=True)
    return ProjectView(
        project=project,
        unit=unit.name if unit else project.unit,
        unit_kind=unit.kind if unit else "",
        facts=tuple(_facts(db, ruleset, project, [one.id for one in own])),
        stages=tuple((line.words.partition("：")[2], line.at) for _, line in reversed(timeline) if line.words.startswith("进入阶段：")),
        amounts=tuple(_amounts(db, ruleset, project)),
        cases=tuple(
            CaseLine(
                one,
                casefile.STATUSES[one.status],
                tuple(casefile.open_steps(db, [one], rulesets[one.id], official, now=now)),
                casefile.waiting(db, one, rulesets[one.id]),
            )
            for one in own
        ),
        files=tuple(file for one in own for file in casefile.files(db, one, rulesets[one.id], official)),
        entries=tuple(projects.entries(db, project.id)),
        bans=tuple(
            BanLine(
                title=rule.title if (rule := ruleset.bans.get(one.kind)) else one.kind,
                until=one.until,
                reason=one.reason,
                cure=rule.cure if rule else "",
                clauses=casefile.clauses(ruleset, [one.clause]),
            )
            for one in bans.standing(db, jurisdiction, subjects, today)
        ),
        overrides=tuple((one, casefile.clauses(ruleset, [one.clause])) for one in bans.overrides(db, project=project.id)),
        systems=tuple(systems.of_project(db, project.id)),
        timeline=tuple(timeline[:TIMELINE]),
        starts=tuple(starting.on_project(db, official, jurisdiction, project, now=now)),
    )


def _facts(db: Db, ruleset: Ruleset, project: Project, own: list[str]) -> list[tuple[str, str]]:
    """Facts with the words of the forms that stated them; forms of other procedures may name the same fact otherwise."""
    used = [one.form_version for case in own for one in records.submissions(db, case)]
    labels: dict[str, str] = {}
    for form in dict.fromkeys([*used, *ruleset.forms]):
        for name, field in forms.fields(ruleset.forms.get(form, {})):
            if field.get("x-project") and not field.get("x-private"):
                labels.setdefault(field["x-project"], str(field.get("title", name)))
    return [(labels[name], _words(value)) for name, value in project.facts.items() if name in labels and value not in (None, "", [])]


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        return "、".join(_words(one) for one in value)
    if isinstance(value, Mapping):
        return "，".join(_words(one) for one in value.values())
    return str(value)


def amount_titles(ruleset: Ruleset) -> dict[str, str]:
    """Kind of amount → its title in the form that states it."""
    return {
        field["x-amount"]: str(field.get("title", name))
        for schema in ruleset.forms.values()
        for name, field in forms.fields(schema)
        if field.get("x-amount")
    }


def _amounts(db: Db, ruleset: Ruleset, project: Project) -> list[AmountLine]:
    titles = amount_titles(ruleset)
    latest = {kind: one.seq for kind, one in projects.amounts(db, project.id).items()}
    steps = {name: element.name for procedure in ruleset.procedures.values() for name, element in procedure.elements.items()}
    return [
        AmountLine(titles.get(one.kind, one.kind), one.fen, steps.get(one.step, one.step), one.at, latest.get(one.kind) == one.seq)
        for one in projects.amount_history(db, project.id)
    ]
