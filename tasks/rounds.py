"""Rounds (批次): open what is due today. Level-triggered: a round that should be open and is not is opened, however late; never twice.

The once-only key of a round (jurisdiction, round, day, subject) is unique in the database, so two ticks at the same time open one case.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from adapters import engine
from adapters.database import Database, Db, cases, projects, requests, rules, systems
from adapters.database.tables import Case, Project, Version
from domain.errors import Conflict, EngineFault, ExpressionFailed
from domain.procedures import Where
from domain.projects import Status
from domain.rounds import days, resolved, setting_of
from domain.rulesets import Round, Ruleset
from tasks import calendars, incidents, versions
from tasks import cases as case_tasks
from tasks.facts import SHANGHAI, Facts
from tasks.stores import CaseStore

LATE = timedelta(days=45)  #: a round missed for longer is opened by hand, not by surprise


@dataclass(frozen=True, slots=True)
class Due:
    """A round that should be open: on which day it fell, and for whom."""

    jurisdiction: str
    round: Round
    day: date
    project: str | None = None
    system: str | None = None

    @property
    def key(self) -> str:
        """There is one case for it."""
        subject = self.system or self.project or "-"
        return f"{self.jurisdiction}:{self.round.id}:{self.day:%Y-%m-%d}:{subject}"


@dataclass(frozen=True, slots=True)
class Sweep:
    """One round on one of its days. It is swept once: what came to fulfil its condition later waits for the next day of the round."""

    jurisdiction: str
    round: Round
    day: date

    @property
    def key(self) -> str:
        """Taken when the day has been swept."""
        return f"round:{self.jurisdiction}:{self.round.id}:{self.day:%Y-%m-%d}"


def sweeps(db: Db, jurisdiction: str, *, now: datetime) -> list[Sweep]:
    """Rounds whose day has come and was not swept yet, oldest first."""
    _, ruleset = versions.current(db, jurisdiction)
    today = now.astimezone(SHANGHAI).date()
    calendar = calendars.current()
    published = [version for version in rules.versions(db, jurisdiction) if version.status != "draft"]
    found = [
        Sweep(jurisdiction, one, day)
        for one in planned(db, ruleset)
        if one.procedure
        for day in days(one.opens, max(_begun(db, ruleset, published, one), today - LATE), today, calendar)
    ]
    swept = requests.known(db, [one.key for one in found])
    return sorted((one for one in found if one.key not in swept), key=lambda one: (one.day, one.key))


def planned(db: Db, ruleset: Ruleset) -> list[Round]:
    """The rounds of a place with the days that administrators have set (文本未规定的日期)."""
    given = {one.id: one.value for one in ruleset.settings.values()} | rules.settings(db, ruleset.code)
    return [
        one.model_copy(update={"opens": resolved(one.opens, given), "closes": resolved(one.closes, given)})
        for one in ruleset.rounds.values()
    ]


def _begun(db: Db, ruleset: Ruleset, published: Sequence[Version], planned: Round) -> date:
    """Since when the rules know this round at these times: publishing a version again must not lose a day that was not swept yet."""
    one = ruleset.rounds[planned.id]
    if (name := setting_of(one.opens)) and (given := rules.setting_history(db, ruleset.code, name)):
        return given[0].at.astimezone(SHANGHAI).date()
    same = [version for version in published if getattr(versions.ruleset(db, version.id).rounds.get(one.id), "opens", None) == one.opens]
    return min(version.effective_on or version.created_at.date() for version in same)


def due(db: Db, sweep: Sweep) -> list[Due]:
    """For whom a round is to be opened, asked as of its own day, without those it was opened for before a crash."""
    version, ruleset = versions.current(db, sweep.jurisdiction)
    moment = datetime.combine(sweep.day, time(23, 59), tzinfo=SHANGHAI)
    found = list(_subjects(db, ruleset, version.id, sweep.round, sweep.day, moment))
    used = cases.rounds_opened(db, [one.key for one in found])
    return [one for one in found if one.key not in used]


def _subjects(db: Db, ruleset: Ruleset, version: str, one: Round, day: date, now: datetime) -> Iterator[Due]:
    if one.per == "jurisdiction":
        yield Due(ruleset.code, one, day)
        return
    if one.per == "project":
        for project in projects.listing(db, [ruleset.code], limit=100_000):
            if (
                project.status != Status.TERMINATED
                and project.created_at.date() <= day
                and _wanted(db, ruleset, version, one, project, None, now)
            ):
                yield Due(ruleset.code, one, day, project=project.id)
        return
    for system in systems.listing(db, ruleset.code):
        owner = projects.find(db, system.project) if system.project else None
        if owner is not None and owner.status == Status.TERMINATED:
            continue
        if _wanted(db, ruleset, version, one, owner, system.id, now):
            yield Due(ruleset.code, one, day, project=owner.id if owner else None, system=system.id)


def _wanted(db: Db, ruleset: Ruleset, version: str, one: Round, project: Project | None, system: str | None, now: datetime) -> bool:
    if not one.where:
        return True
    probe = Case(
        id="",
        project=project.id if project else None,
        jurisdiction=ruleset.code,
        version=version,
        procedure="",
        kind="side",
        title=one.title,
        opened_at=now,
        opened_by="",
        facts={"system": system} if system else {},
    )
    store = CaseStore(db, ruleset, probe, project, now.astimezone(SHANGHAI).date())
    facts = Facts(store, ruleset=ruleset, calendar=calendars.current, now=now)
    where = Where(scope="", process="", element=one.id, task="", activation="")
    try:
        return bool(engine.evaluate(one.where, {}, facts, where))
    except ExpressionFailed as error:
        raise ExpressionFailed(f"批次“{one.title}”的条件无法判断：{error.what}", element=one.id) from error


def open_one(db: Db, due: Due, *, now: datetime) -> case_tasks.Opened | None:
    """Open one round; None when it is open already."""
    year = due.day.year + due.round.year_offset
    facts = {"round": due.round.id, "round_year": year, "round_day": due.day.isoformat()}
    if due.system:
        facts["system"] = due.system
    unit = found = None
    if due.project is None and due.system:
        found = systems.find(db, due.system)
        unit = found.unit if found else None
    title = f"{due.round.title}（{year}年）" if due.round.per == "jurisdiction" else due.round.title
    opened = case_tasks.open_case(
        db,
        jurisdiction=due.jurisdiction,
        procedure=due.round.procedure,
        official=None,
        now=now,
        project=due.project,
        unit=unit,
        facts=facts,
        project_facts={"name": found.name} if unit and found else None,
        round_key=due.key,
        title=title,
    )
    if opened is not None and found is not None and opened.project is not None:
        systems.change(db, found.id, project=opened.project)  # the next round finds it there, and opens no project of its own
    return opened


def open_due(
    database: Database,
    *,
    now: datetime,
    jurisdiction: str | None = None,
    only: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[Due]:
    """Open every round that is due in every jurisdiction (or `only` one round of one), each case in its own transaction.

    Answers what was opened.
    """
    with database.reading() as db:
        codes = rules.jurisdictions(db) if jurisdiction is None else [jurisdiction]
        waiting = [one for code in codes for one in sweeps(db, code, now=now) if only in (None, one.round.id)]
    return [one for sweep in waiting for one in run(database, sweep, now=now, progress=progress)]


def run(database: Database, sweep: Sweep, *, now: datetime, progress: Callable[[int, int], None] | None = None) -> list[Due]:
    """Sweep one round of one day; killed in the middle, the next run goes on where it stopped.

    What cannot be opened becomes an incident and is tried again by the next run; the others are opened.
    """
    opened: list[Due] = []
    try:
        with database.reading() as db:
            waiting = due(db, sweep)
    except Exception as error:  # the other rounds go on
        _note(database, sweep, sweep.key, incidents.fault_of(error), now)
        return opened
    whole = True
    for number, one in enumerate(waiting):
        if progress is not None:
            progress(number, len(waiting))
        try:
            with database.transaction() as db:
                if open_one(db, one, now=now) is not None:
                    opened.append(one)
        except Conflict:
            whole = False  # somebody is working on it; the next run comes soon
        except Exception as error:  # the others are opened
            whole = False
            _note(database, sweep, one.key, incidents.fault_of(error), now)
    if whole:
        with database.transaction() as db:
            if requests.begin(db, sweep.key, sweep.key, at=now) is None:
                requests.answer(db, sweep.key, {"opened": [one.key for one in opened]})
    return opened


def _note(database: Database, sweep: Sweep, key: str, fault: EngineFault, now: datetime) -> None:
    cause = f"批次“{sweep.round.title}”（{sweep.day:%Y-%m-%d}）未能开办：{fault.what}"
    todo = "请流程管理员核对批次的条件和流程，修正后发布新版本；下一次定时任务会自动补开。"
    incidents.note(database, kind="RoundFailed", cause=cause, todo=todo, about={"round": key}, now=now, detail=getattr(fault, "detail", ""))
