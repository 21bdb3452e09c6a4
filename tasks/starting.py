"""What a person may begin (新办): procedures with computed availability and the reason, and beginning one, once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from adapters import engine
from adapters.database import Db, bans, cases, items, people, requests, rules, systems
from adapters.database.tables import Case, Project, SubjectKind
from domain.clauses import Clause
from domain.duties import holds
from domain.errors import ExpressionFailed
from domain.offices import Official
from domain.procedures import Procedure, Where
from domain.projects import Status
from domain.rulesets import Ruleset
from tasks import calendars, casefile, conditions, versions
from tasks import cases as case_tasks
from tasks.facts import SHANGHAI, Facts
from tasks.stores import CaseStore


@dataclass(frozen=True, slots=True)
class Option:
    """A procedure that may be begun, or why not. `units`: (id, name) for which this person may begin it."""

    code: str
    title: str
    kind: str
    clauses: tuple[Clause, ...]
    available: bool
    reason: str
    units: tuple[tuple[str, str], ...] = ()
    warnings: tuple[str, ...] = ()  #: bars in force on one of the units


@dataclass(frozen=True, slots=True)
class Begun:
    """Where to go on: the first item this person may do, else the case."""

    case: str
    item: str | None


def standing(db: Db, jurisdiction: str, *, now: datetime) -> str:
    """The regulation with its status (征求意见稿, 有效期…) as people read it. The setting `released_on` is its day."""
    _, ruleset = versions.current(db, jurisdiction)
    given = rules.settings(db, jurisdiction).get("released_on")
    return ruleset.standing(date.fromisoformat(str(given)) if given else None, now.astimezone(SHANGHAI).date())


def anew(db: Db, official: Official, jurisdiction: str, *, now: datetime) -> list[Option]:
    """Procedures that open a project or a batch, as far as this person's posts begin any."""
    _, ruleset = versions.current(db, jurisdiction)
    day = now.astimezone(SHANGHAI).date()
    found, sizes = [], {one.code: _size(ruleset, one) for one in ruleset.procedures.values()}
    for procedure in ruleset.procedures.values():
        if procedure.kind not in ("main", "batch") or not procedure.starters:
            continue
        units = tuple(_units(db, ruleset, procedure, official, day)) if procedure.kind == "main" else ()
        may = bool(units) if procedure.kind == "main" else any(holds(official, one, None, day) for one in procedure.starters)
        if may:
            found.append(
                Option(
                    code=procedure.code,
                    title=procedure.title or procedure.name,
                    kind=procedure.kind,
                    clauses=casefile.clauses(ruleset, procedure.clauses),
                    available=True,
                    reason="",
                    units=units,
                    warnings=tuple(_bars(db, ruleset, units, day)),
                )
            )
    return sorted(found, key=lambda one: (one.kind != "main", -sizes[one.code]))


def _size(ruleset: Ruleset, procedure: Procedure) -> int:
    """Steps of a procedure with those of the parts it calls: the longest way is the one most projects take, and stands first."""
    seen: dict[str, Procedure] = {}
    waiting = [procedure]
    while waiting:
        one = waiting.pop()
        if one.id not in seen:
            seen[one.id] = one
            waiting += [ruleset.procedures[name] for part in one.elements.values() if (name := part.called or "") in ruleset.procedures]
    return sum(element.kind == "userTask" for one in seen.values() for element in one.elements.values())


def on_project(db: Db, official: Official, jurisdiction: str, project: Project, *, now: datetime) -> Iterator[Option]:
    """Side procedures this person's posts begin on a project: available now, or why not."""
    version, ruleset = versions.current(db, jurisdiction)
    day = now.astimezone(SHANGHAI).date()
    for procedure in ruleset.procedures.values():
        if procedure.kind != "side" or not any(
            holds(official, name, project.unit if ruleset.offices[name].of_project else None, day)
            for name in procedure.starters
            if name in ruleset.offices
        ):
            continue
        clauses = casefile.clauses(ruleset, procedure.clauses)
        reason = _obstacle(db, ruleset, version.id, procedure, project, now)
        yield Option(procedure.code, procedure.title or procedure.name, "side", clauses, not reason, reason)


def begin(
    db: Db,
    official: Official,
    jurisdiction: str,
    *,
    procedure: str,
    unit: str | None = None,
    project: str | None = None,
    key: str | None = None,
    now: datetime,
) -> Begun:
    """Open a case once, however often the button is pressed. Raises NotFound, NotAssigned, RuleRefused, KeyReused."""
    if key is not None:
        key = f"{official.id}:{key}"
        asked = json.dumps(["begin", official.id, jurisdiction, procedure, unit, project], ensure_ascii=False)
        answered = requests.begin(db, key, hashlib.sha256(asked.encode()).hexdigest(), at=now)
        if answered is not None:
            return Begun(**answered.response)
    opened = case_tasks.open_case(
        db, jurisdiction=jurisdiction, procedure=procedure, official=official, now=now, unit=unit, project=project
    )
    assert opened is not None  # only rounds have a key of their own
    own = {(post.office, post.unit) for post in official.posts}
    standing = items.open_of(db, opened.case)
    mine = [
        one for one in standing if one.person == official.id or any(one.office == office and one.unit in (None, of) for office, of in own)
    ]
    begun = Begun(opened.case, mine[0].id if mine else None)
    if key is not None:
        requests.answer(db, key, {"case": begun.case, "item": begun.item})
    return begun


def _units(db: Db, ruleset: Ruleset, procedure: Procedure, official: Official, day: date) -> Iterator[tuple[str, str]]:
    names = {one.id: one.name for one in people.units(db, ruleset.code)}
    for post in official.posts:
        if post.unit in names and post.office in procedure.starters and post.holds(day):
            yield str(post.unit), names[str(post.unit)]


def _bars(db: Db, ruleset: Ruleset, units: tuple[tuple[str, str], ...], day: date) -> Iterator[str]:
    for unit, name in units:
        for one in bans.standing(db, ruleset.code, [("unit", unit)], day):
            rule = ruleset.bans.get(one.kind)
            until = f"，至 {one.until:%Y年%-m月%-d日}（含）止" if one.until else ""
            article = ruleset.catalogue.cite([one.clause])
            yield f"{name}：{rule.title if rule else one.kind}{until}（{article}）。{rule.cure if rule else ''}"


def _obstacle(db: Db, ruleset: Ruleset, version: str, procedure: Procedure, project: Project, now: datetime) -> str:
    """Why a side procedure cannot begin on this project now; nothing when it can."""
    if project.status == Status.TERMINATED:
        return "项目已终止，不能再办理新事项。"
    running = [
        one for one in cases.of_project(db, project.id) if one.procedure == procedure.id and one.status not in ("completed", "terminated")
    ]
    if not procedure.when:
        return ""
    probe = Case(
        id="", project=project.id, jurisdiction=ruleset.code, version=version, procedure=procedure.id, kind="side", title="",
        opened_at=now, opened_by="",
    )  # fmt: skip
    store = CaseStore(db, ruleset, probe, project, now.astimezone(SHANGHAI).date())
    facts = Facts(store, ruleset=ruleset, calendar=calendars.current, now=now)
    where = Where(scope="", process=procedure.id, element="start", task="", activation="")
    subjects: list[tuple[SubjectKind, str]] = [("project", project.id), ("unit", project.unit)]
    subjects += [("system", one.id) for one in systems.of_project(db, project.id)]
    standing = bans.standing(db, ruleset.code, subjects, facts.today)
    try:
        if engine.evaluate(procedure.when, {}, facts, where):
            return ""
        found = conditions.obstacles(procedure.when, ruleset, holds=lambda source: engine.evaluate(source, {}, facts, where), bans=standing)
    except ExpressionFailed as error:
        return f"条件暂时无法判断：{error.what}"
    article = ruleset.catalogue.cite(procedure.clauses)
    what = "；".join(one.what for one in found) or "还不符合办理条件"
    cures = dict.fromkeys(one.cure.rstrip("。") for one in found if one.cure)
    busy = "已有一件正在办理；" if running and "正在办理" not in what else ""
    return f"{busy}{what}{f'（{article}）' if article else ''}。" + "".join(f"{one}。" for one in cures)
