"""Project codes (项目代码) compared with the platform's register, outside of every act: what does not agree is told, nothing is stopped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from adapters import settings
from adapters.database import Database, audit, ids, notices, people, projects, rules
from adapters.database.tables import Notice, Project
from adapters.project_codes import Register, Registration, Unreachable, register
from domain.rulesets import Ruleset
from tasks import versions

MARK = "project_code"  #: what a form field's `x-register` says
MOST = 50  #: codes asked for in one run


def fields(ruleset: Ruleset) -> dict[str, str | None]:
    """Project facts that hold a code of the register → the clause of their field."""
    found: dict[str, str | None] = {}
    for schema in ruleset.forms.values():
        for mark in schema.get("properties", {}).values():
            if mark.get("x-register") == MARK and mark.get("x-project"):
                clause = mark.get("x-clause")
                found[mark["x-project"]] = clause if isinstance(clause, str) else next(iter(clause or ()), None)
    return found


def sweep(database: Database, known: Register, *, now: datetime) -> list[str]:
    """Ask for every code not compared yet; keep the answer with the project, tell the owner what does not agree. Answers Chinese lines."""
    lines = []
    for project, fact, clause in list(_waiting(database))[:MOST]:
        code = str(project.facts[fact])
        try:
            found = known.find(code)
        except Unreachable as error:
            lines.append(f"项目代码未能核对：{error}")
            break
        lines.append(f"项目代码 {code}：{_keep(database, project, fact, clause, code, found, now)}")
    return lines


def sweep_if_known(database: Database, *, now: datetime) -> list[str]:
    """`sweep` with the register of the settings; nothing without one."""
    said = settings.settings()
    known = register(said.project_codes, said.project_codes_secret)
    return sweep(database, known, now=now) if known is not None else []


def verdict(project: Project, unit: str, code: str, found: Registration | None) -> str:
    """What the comparison says, in Chinese."""
    if found is None:
        return "平台没有这个代码"
    differs = [
        words
        for words, ours, theirs in (("代码", code, found.code), ("项目名称", project.name, found.name), ("项目单位", unit, found.unit))
        if theirs and ours.strip() != theirs.strip()
    ]
    return f"{'、'.join(differs)}与平台不一致" if differs else "与平台一致"


def _waiting(database: Database) -> Iterator[tuple[Project, str, str | None]]:
    with database.reading() as db:
        for code in rules.jurisdictions(db):
            marked = fields(versions.current(db, code)[1])
            for project in projects.listing(db, [code], limit=100_000) if marked else ():
                for fact, clause in marked.items():
                    value = project.facts.get(fact)
                    if value and _compared(project, fact) != value:
                        yield project, fact, clause


def _compared(project: Project, fact: str) -> Any:
    kept = project.facts.get(f"{fact}_compared")
    return kept.get("value") if isinstance(kept, Mapping) else None


def _keep(database: Database, project: Project, fact: str, clause: str | None, code: str, found: Registration | None, now: datetime) -> str:
    with database.transaction() as db:
        fresh = projects.lock(db, project.id)
        unit = people.unit(db, fresh.unit)
        said = verdict(fresh, unit.name if unit else "", code, found)
        if fresh.facts.get(fact) != code or _compared(fresh, fact) == code:
            return said  # changed or compared meanwhile
        kept = {"value": code, "result": said, "at": now.isoformat()}
        projects.change(db, fresh.id, facts={**fresh.facts, f"{fact}_compared": kept})
        audit.append(db, at=now, actor="clock", act="project-code", target=fresh.id, body={"code": code, "result": said})
        if said != "与平台一致":
            notices.add(
                db,
                Notice(
                    id=ids.new(), key=f"project-code:{fresh.id}:{code}", jurisdiction=fresh.jurisdiction, kind="project-code",
                    office=_office(versions.current(db, fresh.jurisdiction)[1]), unit=fresh.unit, clause=clause, project=fresh.id, at=now,
                    words=f"“{fresh.name}”填报的项目代码 {code}：{said}。请核对；填错的，请联系受理单位更正。",
                ),
            )  # fmt: skip
    return said


def _office(ruleset: Ruleset) -> str | None:
    return next((one.id for one in ruleset.offices.values() if one.of_project and one.side == "applicant"), None)
