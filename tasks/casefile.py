"""A case as one reader may see it (办件): where it stands, what happened, what was handed in, and its diagram."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from adapters.database import Db, attachments, items, people, projects, records, rules, timers, waits
from adapters.database.tables import Attachment, Case, HistoryLine, Project, WorkItem
from domain.clauses import Clause
from domain.errors import NotFound
from domain.offices import Official
from domain.procedures import Procedure
from domain.rulesets import Ruleset
from tasks import boards, drawing, pauses, reading, sight, versions
from tasks.facts import SHANGHAI
from tasks.worklist import Light, light

_ID = re.compile(r"\s*\[[A-Z]{2}-[^\]]*\]")
STATUSES = {
    "open": "办理中",
    "waiting": "等待中",
    "suspended": "已暂停",
    "completed": "已办结",
    "terminated": "已终止",
    "incident": "异常待处理",
}


@dataclass(frozen=True, slots=True)
class Standing:
    """An open step: who has it, until when."""

    item: str
    step: str
    scope: str
    title: str
    who: str
    light: Light
    since: datetime
    mine: bool
    explained: str = ""  #: why the last day is this one


@dataclass(frozen=True, slots=True)
class File:
    """An attached document."""

    id: str
    name: str
    size: int
    material: str
    step: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Line:
    """A line of history with its articles."""

    at: datetime
    who: str
    words: str
    clauses: tuple[Clause, ...]


@dataclass(frozen=True, slots=True)
class Level:
    """One diagram on the way from the top of the case inwards."""

    scope: str
    name: str


@dataclass(frozen=True, slots=True)
class Diagram:
    """The diagram of one level of a case, of the version it runs on: what was passed and what waits."""

    case: str
    scope: str
    name: str
    content: bytes
    done: tuple[str, ...]
    now: tuple[str, ...]
    levels: tuple[Level, ...]  #: from the top to this one
    inner: tuple[Level, ...]  #: parts that this one calls and that have begun


@dataclass(frozen=True, slots=True)
class RuleVersion:
    """The version of the rules a case runs on, as people name it."""

    id: str
    name: str
    published_at: datetime | None
    status: str  #: of the regulation: 征求意见稿, 暂行…


@dataclass(frozen=True, slots=True)
class CaseView:
    """Everything the page of a case shows."""

    case: Case
    status: str
    procedure: Procedure
    clauses: tuple[Clause, ...]
    project: Project | None
    unit: str
    standing: tuple[Standing, ...]
    waiting: tuple[str, ...]
    running: tuple[tuple[str, date, str], ...]  #: periods that run without a step: (what for, last day, why)
    history: tuple[Line, ...]
    opinions: tuple[reading.Opinion, ...]
    files: tuple[File, ...]
    diagram: Diagram
    version: RuleVersion
    board: boards.Board | None
    draws: tuple[boards.Draw, ...]
    replaceable: tuple[drawing.Replaceable, ...]


def case_view(db: Db, official: Official, jurisdiction: str, case_id: str, *, now: datetime, scope: str | None = None) -> CaseView:
    """A case for its page; `scope` chooses the level of the diagram, without it the one where work waits. Raises NotFound."""
    case = sight.case(db, official, jurisdiction, case_id)
    ruleset = versions.ruleset(db, case.version)
    procedure = ruleset.procedures[case.procedure]
    project = projects.get(db, case.project) if case.project else None
    unit = people.unit(db, project.unit) if project else None
    standing = open_steps(db, [case], ruleset, official, now=now)
    if scope is None:
        scope = standing[0].scope if standing else ""
    return CaseView(
        case=case,
        status=STATUSES[case.status],
        procedure=procedure,
        clauses=clauses(ruleset, procedure.clauses),
        project=project,
        unit=unit.name if unit else "",
        standing=tuple(standing),
        waiting=waiting(db, case, ruleset),
        running=tuple(_running(db, case, ruleset)),
        history=tuple(history(db, case, ruleset, official)),
        opinions=tuple(reading.opinions(db, case.id, official)),
        files=tuple(files(db, case, ruleset, official)),
        diagram=diagram(db, case, ruleset, scope),
        version=_version(db, case.version, ruleset),
        board=boards.board(db, case, ruleset),
        draws=tuple(boards.draws(db, case, ruleset, official)),
        replaceable=tuple(drawing.replaceable(db, case, official, now=now)),
    )


def _version(db: Db, version: str, ruleset: Ruleset) -> RuleVersion:
    row = rules.get(db, version)
    return RuleVersion(row.id, row.name, row.published_at, ruleset.catalogue.status)


def diagram_of(db: Db, official: Official, jurisdiction: str, case_id: str, scope: str) -> Diagram:
    """The diagram of one level of a case. Raises NotFound."""
    case = sight.case(db, official, jurisdiction, case_id)
    return diagram(db, case, versions.ruleset(db, case.version), scope)


def clauses(ruleset: Ruleset, ids: Iterable[str]) -> tuple[Clause, ...]:
    """Clauses by id, each once, unknown ones left out."""
    known = ruleset.catalogue.by_id()
    return tuple(known[one] for one in dict.fromkeys(ids) if one in known)


def open_steps(db: Db, cases: Sequence[Case], ruleset: Ruleset, official: Official, *, now: datetime) -> list[Standing]:
    """The open steps of cases; who the experts are stays hidden from applicants."""
    today = now.astimezone(SHANGHAI).date()
    own = {(post.office, post.unit) for post in official.posts}
    found = []
    for case in cases:
        outside = reading.applicant_side(db, ruleset, case, official)
        pause = pauses.standing(db, case)
        for one in items.open_of(db, case.id):
            office = ruleset.offices.get(one.office)
            mine = one.person == official.id if one.person else any(name == one.office and one.unit in (None, unit) for name, unit in own)
            found.append(
                Standing(
                    item=one.id,
                    step=one.step,
                    scope=one.scope,
                    title=one.title,
                    who=performer(db, one, ruleset, hide=outside and not mine),
                    light=light(one.due, today),
                    since=one.opened_at,
                    mine=mine and office is not None,
                    explained=pauses.explained(one.basis, pause),
                )
            )
    return found


def performer(db: Db, item: WorkItem, ruleset: Ruleset, *, hide: bool) -> str:
    """To whom an item belongs, in words."""
    office = ruleset.offices.get(item.office)
    name = office.name if office else item.office
    if item.person is not None:
        if hide:
            return reading.HIDDEN
        person = people.find(db, item.person)
        return f"{person.name}（{name}）" if person else name
    unit = people.unit(db, item.unit) if item.unit else None
    return f"{unit.name} · {name}" if unit else name


def said(words: str) -> str:
    """Words of a history line or a table row without the ids of clauses, which stand beside them as articles.

    >>> said("30 万元以上，先纳入年度计划 [AB-06-plan]")
    '30 万元以上，先纳入年度计划'
    """
    return _ID.sub("", words).replace("→ （）", "→ 没有触发任何限制")


def history(db: Db, case: Case, ruleset: Ruleset, official: Official) -> list[Line]:
    """The history of a case, newest first. What single experts did is not for readers from whom they are hidden."""
    return [
        Line(one.at, one.who, said(one.words), clauses(ruleset, one.clauses))
        for one in reversed(reading.history(db, case.id, official))
        if one.who != reading.HIDDEN
    ]


def files(db: Db, case: Case, ruleset: Ruleset, official: Official) -> list[File]:
    """The documents of a case that this reader may open, oldest first."""
    outside = reading.applicant_side(db, ruleset, case, official)
    offices = {one.id: one.office for one in items.of_case(db, case.id)}
    return [
        _file(one, ruleset)
        for one in attachments.of_case(db, case.id)
        if not (outside and _hidden(one, ruleset, offices.get(one.item or "", "")) and one.by != official.id)
    ]


def attachment(db: Db, official: Official, jurisdiction: str, attachment_id: str) -> Attachment:
    """A document this person may open. Raises NotFound."""
    row = attachments.get(db, attachment_id)
    case = sight.case(db, official, jurisdiction, row.case)
    ruleset = versions.ruleset(db, case.version)
    if row.withdrawn_at is not None or row.id not in {one.id for one in files(db, case, ruleset, official)}:
        raise NotFound("没有这个附件，或者您不能查看。", todo="请返回办件页面重新选择。")
    return row


def _hidden(row: Attachment, ruleset: Ruleset, office: str) -> bool:
    """What experts attach may name them, whatever the form says."""
    known = ruleset.offices.get(office)
    return row.private or (known is not None and known.side == "expert")


def _file(row: Attachment, ruleset: Ruleset) -> File:
    kind = ruleset.materials.get(row.material or "")
    return File(row.id, row.name, row.size, kind.name if kind else "其他材料", row.step, row.at)


def diagram(db: Db, case: Case, ruleset: Ruleset, scope: str) -> Diagram:
    """The diagram of one level. An unknown scope means the top."""
    levels = _levels(ruleset, case.procedure, scope)
    scope = levels[-1][0].scope
    procedure = levels[-1][1]
    passed = _passed(records.history(db, case.id, limit=100_000))
    done = {name for where, name in passed if where == scope}
    waiting = [(one.scope, one.step) for one in items.open_of(db, case.id)] + [(one.scope, one.step) for one in waits.open_of(db, case.id)]
    now = {step for where, step in waiting if where == scope}
    prefix = f"{scope}/" if scope else ""
    now |= {where[len(prefix) :].split("/")[0] for where, _ in waiting if where.startswith(prefix) and where != scope}
    begun = {where[len(prefix) :].split("/")[0] for where, _ in [*passed, *waiting] if where.startswith(prefix) and where != scope}
    inner = [
        Level(prefix + one.id, one.name) for one in procedure.elements.values() if one.id in begun and one.called in ruleset.procedures
    ]
    return Diagram(
        case=case.id,
        scope=scope,
        name=procedure.name,
        content=ruleset.files[procedure.file],
        done=tuple(sorted((done | {one.id for one in procedure.elements.values() if one.id in begun}) - now)),
        now=tuple(sorted(now & procedure.elements.keys())),
        levels=tuple(level for level, _ in levels),
        inner=tuple(inner),
    )


def _levels(ruleset: Ruleset, process: str, scope: str) -> list[tuple[Level, Procedure]]:
    procedure = ruleset.procedures[process]
    found = [(Level("", procedure.title or procedure.name), procedure)]
    for name in scope.split("/") if scope else ():
        element = procedure.elements.get(name)
        inner = ruleset.procedures.get(element.called or "") if element else None
        if element is None or inner is None:
            break
        outer = found[-1][0].scope
        procedure = inner
        found.append((Level(f"{outer}/{name}" if outer else name, element.name or inner.name), inner))
    return found


def _passed(lines: Sequence[HistoryLine]) -> list[tuple[str, str]]:
    return [(str(one[0]), str(one[1])) for line in lines for one in line.detail.get("passed", ())]


def waiting(db: Db, case: Case, ruleset: Ruleset) -> tuple[str, ...]:
    """What the case waits for while nobody has anything to do: a plan, a year that must pass."""
    return tuple(_wait_words(ruleset, case, one.scope, one.step) for one in waits.open_of(db, case.id))


def _running(db: Db, case: Case, ruleset: Ruleset) -> Iterator[tuple[str, date, str]]:
    """Timers that belong to no step: a year to wait, a cut-off."""
    pause = pauses.standing(db, case)
    for one in timers.active(db, case.id):
        if one.host is None and one.due is not None:
            yield _wait_words(ruleset, case, one.scope, one.step), one.due, pauses.explained(one.basis, pause)


def _wait_words(ruleset: Ruleset, case: Case, scope: str, step: str) -> str:
    procedure = _levels(ruleset, case.procedure, scope)[-1][1]
    element = procedure.elements.get(step)
    return element.name if element is not None and element.name else step
