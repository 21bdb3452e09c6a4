"""Importing a ledger (导入台账): all of a workbook in one transaction, or nothing of it. The same file twice imports nothing twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from adapters import engine, forms
from adapters.database import Database, Db, audit, cases, ids, people, projects, records
from adapters.database.tables import Amount, Case, Decision, Project, Submission, UnitRow
from domain.duties import SYSTEM_ADMIN
from domain.errors import EngineFault, Refusal
from domain.money import to_fen
from domain.projects import Status
from tasks import cases as case_tasks
from tasks import settling, versions
from tasks.accounts import must_hold
from tasks.facts import SHANGHAI
from tasks.importing import later, rows
from tasks.importing.asking import Asking, wanted
from tasks.importing.columns import CODE, NAME, PROJECTS, STEP, Layout
from tasks.importing.faults import Faults
from tasks.importing.rows import Line, Past
from tasks.stations import STEPS, Station

ACT = "ledger-imported"
SIGNED = "存量台账导入"


@dataclass(frozen=True, slots=True)
class Landed:
    """A project that stands where the ledger says."""

    number: str
    name: str
    unit: str
    step: str
    stage: str
    due: date | None
    late: bool  #: its last day is over already
    lacks: tuple[str, ...]  #: what later steps ask of earlier ones, and the ledger does not state


@dataclass(frozen=True, slots=True)
class Report:
    """What an import does, or would do. `known`: numbers that were imported before."""

    landed: tuple[Landed, ...]
    known: tuple[str, ...]
    digest: str  #: SM3 of the file


class _Undone(Exception):
    """Takes the report of a rehearsal out of its transaction."""

    def __init__(self, report: Report) -> None:
        super().__init__()
        self.report = report


def rehearse(database: Database, code: str, content: bytes, *, by: str, now: datetime) -> Report:
    """Do everything, tell what came of it, and keep nothing. Raises as `carry_out`."""
    try:
        with database.transaction() as db:
            raise _Undone(carry_out(db, code, content, by=by, now=now))
    except _Undone as undone:
        return undone.report


def carry_out(db: Db, code: str, content: bytes, *, by: str, now: datetime) -> Report:
    """Import a workbook in the caller's transaction, which must not be committed when this raises.

    Raises NotAssigned, NotFound, BadUpload; InvalidAnswers with a line for each cell that is wrong.
    """
    must_hold(db, by, SYSTEM_ADMIN, now)
    version, ruleset = versions.current(db, code)
    layout, faults = Layout(ruleset), Faults()
    today = now.astimezone(SHANGHAI).date()
    lines = rows.read(content, layout, people.units(db, code, all=True), today, faults)
    keys = {_key(code, one.number): one.number for one in lines}
    used = cases.rounds_opened(db, list(keys))
    fresh = [one for one in lines if _key(code, one.number) not in used]
    _strangers(db, code, fresh, faults)
    importer = _Importer(db, layout, code, version.id, by, now, faults)
    ready = [one for one in fresh if one.unit is not None and one.station is not None and one.station.open and one.number]
    landed = [done for one in ready if (done := importer.project(one)) is not None]
    faults.refuse()
    report = Report(tuple(landed), tuple(keys[one] for one in sorted(used)), audit.sm3(content))
    body = {"file": report.digest, "projects": [one.number for one in landed], "known": len(report.known)}
    audit.append(db, at=now, actor=by, act=ACT, target=code, version=version.id, body=body)
    return report


def _key(code: str, number: str) -> str:
    """The once-only key of a project of an earlier ledger."""
    return f"import:{code}:{number}"


def _strangers(db: Db, code: str, lines: Sequence[Line], faults: Faults) -> None:
    """Projects that are in the register already, though not from a ledger."""
    there = {(one.unit, one.name): one for one in projects.listing(db, [code], limit=1_000_000)}
    codes = {one.code for one in there.values() if one.code}
    for line in lines:
        if line.unit is not None and (line.unit.id, line.name) in there:
            faults.add(PROJECTS, line.refs[NAME], f"系统中已有“{line.unit.name}”的同名项目，没有重复导入；确为另一个项目的，请改名")
        if line.code in codes:
            faults.add(PROJECTS, line.refs[CODE], f"项目代码 {line.code} 已由另一个项目使用")
        elif line.code:
            codes.add(line.code)


@dataclass
class _Importer:
    db: Db
    layout: Layout
    code: str
    version: str
    by: str
    now: datetime
    faults: Faults
    coming: dict[str, tuple[later.Later, ...]] = field(default_factory=dict)  #: procedure and step → what is asked later

    def project(self, line: Line) -> Landed | None:
        """One project with its case, on its step. None when it cannot stand there; then that is noted."""
        assert line.unit is not None
        assert line.station is not None
        station = line.station
        case = self._case(line, self._register(line, line.unit), line.unit)
        self._past(case, line)
        moment = self._moment(line.since) if line.since else self.now
        act = Asking.of(case_tasks.load(self.db, case, now=moment))
        act.actor = self.by
        try:
            step = engine.place(act.spec, station.scope, station.element.id, act)
            self._missing(act, line)
            act.now = self.now
            act.say(
                "imported", f"{SIGNED}：原编号 {line.number}，停在“{station.label}”", clauses=station.element.clauses, number=line.number
            )
            items = settling.settle(act, step)
            case_tasks.after(act)
        except (EngineFault, Refusal) as fault:
            if act.vain:
                act.missing[tuple(act.vain)] = None
            self._missing(act, line)
            at = getattr(fault, "element", None)
            beside = next((one.element.name for one in self.layout.stations if one.element.id == at != station.element.id), "")
            why = (f"同时进行的“{beside}”" if beside else "") + str(fault).rstrip("。")
            self.faults.add(PROJECTS, line.refs[STEP], f"不能停在“{station.label}”：{why}。请改从前面的环节导入")
            return None
        due = min((one.due for one in items if one.due is not None), default=None)
        late = due is not None and due < self.now.astimezone(SHANGHAI).date()
        stage = act.project.stage if act.project is not None else ""
        lacks = tuple(one.words for one in self._later(station, act.spec) if not one.stated(line.past))
        return Landed(line.number, line.name, line.unit.name, station.label, stage, due, late, lacks)

    def _later(self, station: Station, spec: engine.Spec) -> tuple[later.Later, ...]:
        key = f"{station.procedure.id}/{station.path}"
        if key not in self.coming:
            self.coming[key] = later.of(self.layout, spec, station)
        return self.coming[key]

    def _missing(self, act: Asking, line: Line) -> None:
        if line.station is not None and (words := wanted(act.missing, self.layout, line.station)):
            self.faults.add(PROJECTS, line.refs[STEP], f"“{line.station.label}”的期限从前面的日期起算，请填写{words}")

    def _moment(self, day: date) -> datetime:
        return min(datetime.combine(day, time(12), tzinfo=SHANGHAI), self.now)

    def _register(self, line: Line, unit: UnitRow) -> Project:
        facts = {self.layout.facts[title]: forms.to_json(value) for title, value in line.values.items() if title in self.layout.facts}
        stated: dict[str, Any] = {}
        for past in line.past.values():
            marks = (self.layout.form_of(past.station.element) or {}).get("properties", {})
            stated |= {
                mark["x-project"]: forms.to_json(past.answers[name])
                for name, mark in marks.items()
                if name in past.answers and mark.get("x-project")
            }
        project = Project(
            id=ids.new(),
            jurisdiction=self.code,
            name=line.name,
            unit=unit.id,
            facts={name: value for name, value in {**stated, **facts}.items() if name != "name"},
            status=Status.ACTIVE,
            created_at=self._moment(line.registered) if line.registered else self.now,
            code=line.code,
        )
        projects.add(self.db, project)
        for name, value in line.flags.items():
            projects.set_flag(self.db, project.id, name, value)
        return project

    def _case(self, line: Line, project: Project, unit: UnitRow) -> Case:
        assert line.station is not None
        procedure = line.station.procedure
        case = Case(
            id=ids.new(),
            project=project.id,
            jurisdiction=self.code,
            version=self.version,
            procedure=procedure.id,
            kind=procedure.kind,
            title=procedure.title or procedure.name,
            opened_at=self.now,
            opened_by=self.by,
            round_key=_key(self.code, line.number),
            facts={"starter": next(iter(procedure.starters), None), "starter_unit": unit.id, "imported": line.number},
        )
        cases.add(self.db, case)
        self._amounts(case, project, line)
        return case

    def _amounts(self, case: Case, project: Project, line: Line) -> None:
        """Those of past steps first, each at its day; what the columns say counts."""
        found: list[Amount] = []

        def note(kind: str, wan: Any, step: str, at: datetime) -> None:
            found.append(Amount(project=project.id, kind=kind, fen=to_fen(Decimal(wan)), case=case.id, step=step, at=at))

        for past in sorted(line.past.values(), key=lambda one: one.day or date.max):
            marks = (self.layout.form_of(past.station.element) or {}).get("properties", {})
            for name, value in past.answers.items():
                if kind := marks.get(name, {}).get("x-amount"):
                    note(kind, value, past.station.element.id, self._moment(past.day) if past.day else self.now)
        for title, kind in self.layout.amounts.items():
            if title in line.values:
                note(kind, line.values[title], line.station.element.id if line.station else "", self.now)
        projects.add_amounts(self.db, found)

    def _past(self, case: Case, line: Line) -> None:
        """Results of steps that are done, as records that the diagrams find."""
        for past in sorted(line.past.values(), key=lambda one: one.day or date.max):
            if past.day is None:
                continue
            if past.station.element.kind in STEPS:
                records.add_submissions(self.db, [self._submission(case, past, self._moment(past.day))])
            else:
                records.add_decisions(self.db, [self._decision(case, past, self._moment(past.day))])

    def _submission(self, case: Case, past: Past, at: datetime) -> Submission:
        element, scope = past.station.element, past.station.scope
        kept: Mapping[str, Any] = past.answers | ({"outcome": past.outcome} if past.outcome is not None else {})
        return Submission(
            id=ids.new(),
            case=case.id,
            step=element.id,
            scope=scope,
            activation=f"import:{past.station.path}",
            person=self.by,
            office=element.lane or "",
            answers=forms.to_json(kept),
            outcome=past.outcome,
            signature=SIGNED,
            form_version=form if (form := element.form or element.id) in self.layout.ruleset.forms else "",
            at=at,
        )

    def _decision(self, case: Case, past: Past, at: datetime) -> Decision:
        element = past.station.element
        return Decision(
            case=case.id,
            step=element.id,
            scope=past.station.scope,
            activation=f"import:{past.station.path}",
            kind="message" if element.message is not None else "table",
            outcome=past.outcome or "",
            note=SIGNED,
            clauses=list(element.clauses),
            at=at,
        )
