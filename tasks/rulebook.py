"""The regulation as people look it up (条款): every clause in our words, our reading, and the steps, tables and forms that carry it out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from adapters import library
from adapters.database import Db, people, rules
from domain.clauses import Clause
from domain.rounds import days
from domain.rulesets import Round, Ruleset
from tasks import calendars, comparison, eligibility, rounds, versions

_FILES = {"offices.yaml": "岗位", "materials.yaml": "材料", "rounds.yaml": "定期事项", "region.yaml": "参数和限制"}


@dataclass(frozen=True, slots=True)
class Line:
    """One clause: what it is about, and where it is carried out, in words."""

    clause: Clause
    topic: str
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Book:
    """The clauses of one jurisdiction under the version in force. `title` is the regulation's."""

    code: str
    name: str
    title: str
    lines: tuple[Line, ...]
    topics: Mapping[str, str]


def places(db: Db) -> list[tuple[str, str]]:
    """(code, name) of every jurisdiction that has published its rules."""
    return [(code, versions.current(db, code)[1].name) for code in rules.jurisdictions(db)]


def units(db: Db, code: str) -> list[tuple[str, str]]:
    """(id, name) of the bodies that may own projects."""
    return [(one.id, one.name) for one in people.units(db, code)]


def openers(db: Db, code: str) -> list[tuple[str, str]]:
    """(code, title) of the procedures with which a unit opens a project."""
    return [(one.code, one.title or one.name) for one in eligibility.procedures(versions.current(db, code)[1])]


def book(db: Db, code: str, *, search: str = "", topic: str = "") -> Book:
    """Clauses whose number, article, rule or reading holds every word of `search`. Raises NotFound for a place without rules."""
    _, ruleset = versions.current(db, code)
    topics = library.topics(ruleset.files)
    where = library.coverage(ruleset)
    lines = []
    for clause in ruleset.catalogue:
        text = " ".join((clause.id, clause.article, clause.rule, clause.reading or "", clause.reason or "", *clause.actors)).lower()
        if all(word in text for word in search.lower().split()) and topic in ("", clause.topic):
            found = dict.fromkeys(_worded(ruleset, one) for one in where.get(clause.id, ()))
            lines.append(Line(clause, topics.get(clause.topic, ""), tuple(one for one in found if one)))
    return Book(code, ruleset.name, ruleset.catalogue.title, tuple(lines), topics)


@dataclass(frozen=True, slots=True)
class Recurring:
    """What recurs (批次): why, how, and the next day, None when somebody opens it by hand."""

    round: Round
    clauses: tuple[Clause, ...]
    following: date | None


def recurring(db: Db, code: str, today: date) -> list[Recurring]:
    """Everything that recurs in a place, the next one first."""
    _, ruleset = versions.current(db, code)
    known, calendar = ruleset.catalogue.by_id(), calendars.current()
    found = [
        Recurring(
            one,
            tuple(known[clause] for clause in one.clauses if clause in known),
            next(iter(days(one.opens, today, today + timedelta(days=366), calendar)), None),
        )
        for one in rounds.planned(db, ruleset)
    ]
    return sorted(found, key=lambda one: one.following or date.max)


def compared(db: Db, left: str, right: str) -> tuple[Ruleset, Ruleset, list[comparison.Topic]]:
    """Both rule sets in force and their topics side by side. Raises NotFound."""
    first, second = versions.current(db, left)[1], versions.current(db, right)[1]
    return first, second, comparison.compare(first, second)


def _worded(ruleset: Ruleset, place: str) -> str:
    """`intake.bpmn#file_contract` → 流程“申报与预审”：登记合同."""
    path, _, key = place.partition("#")
    if path.endswith(".bpmn"):
        file = path if path.startswith("national/") else f"{ruleset.code}/{path}"
        for procedure in ruleset.procedures.values():
            if procedure.file == file:
                element = procedure.elements.get(key)
                return f"流程“{procedure.name}”" + (f"：{element.name}" if element is not None and element.name else "")
    if path.endswith(".dmn"):
        return f"决策表 {path.removesuffix('.dmn')}"
    if path.startswith(("forms/", "national/forms/")):
        schema = ruleset.forms.get(path.rsplit("/", 1)[-1].removesuffix(".json"), {})
        field = schema.get("properties", {}).get(key, {})
        return f"表单“{schema.get('title', path)}”" + (f"：{field['title']}" if field.get("title") else "")
    return _FILES.get(path, "系统办理规则")
