"""What an official may read of a case: all of their own side, of the experts only the anonymised text (意见脱敏, JJ-08.1-anonymise).

Every page, export and notice gets its texts from here, so that a name that must stay hidden has one place where it could leak.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from adapters import forms
from adapters.database import Db, attachments, batches, cases, notices, people, projects, records
from adapters.database.tables import Case, Submission
from domain.duties import holds, of_line
from domain.errors import NotFound
from domain.offices import Official
from domain.rulesets import Ruleset
from tasks import anonymity, versions

HIDDEN = "评审专家"


@dataclass(frozen=True, slots=True)
class Opinion:
    """One submission as this reader may see it. `lines` are (题目, 回答)."""

    step: str
    title: str
    office: str
    person: str
    outcome: str | None
    at: datetime | None  #: None where the moment could point to a person
    lines: tuple[tuple[str, str], ...]
    anonymised: bool = False
    round: int = 1  #: which pass of the step it belongs to


def applicant_side(db: Db, ruleset: Ruleset, case: Case, official: Official) -> bool:
    """Whether the reader stands on the applicant's side: a post of the project's unit, or none of a reviewing office but that very unit's.

    区城运中心 reviews the others' projects; of its own it reads what any applicant reads (JJ-08.1-organizer, JJ-08.1-anonymise).
    """
    day = case.opened_at.date()
    project = projects.get(db, case.project) if case.project else None
    unit = people.unit(db, project.unit) if project else None
    if unit is not None and any(post.unit == unit.id for post in official.posts):
        return True
    return not any(
        office.side in ("reviewer", "none") and holds(official, office.id, None, max(day, post.since or day))
        for office in ruleset.offices.values()
        for post in official.posts
        if post.office == office.id and (unit is None or office.unit != unit.name)
    )


def may_read(db: Db, case: Case, official: Official) -> bool:
    """Whether a person may open a case at all: their unit's project, an office that took part, reads all or supervises, or own items."""
    ruleset = versions.ruleset(db, case.version)
    project = projects.get(db, case.project) if case.project else None
    if project is not None and any(post.unit == project.unit for post in official.posts):
        return True
    facts = project.facts if project is not None else {}
    known = [ruleset.offices[one] for one in dict.fromkeys(post.office for post in official.posts) if one in ruleset.offices]
    offices = {one.id for one in known if of_line(official, one, facts)}
    if any(ruleset.offices[one].reads_all for one in offices):
        return True
    if any(one in offices for one in supervisors(ruleset, case.procedure)):
        return True
    from adapters.database import items

    return any(
        one.person == official.id or (one.person is None and one.unit is None and one.office in offices)
        for one in items.of_case(db, case.id)
    )


def supervisors(ruleset: Ruleset, procedure: str) -> tuple[str, ...]:
    """Offices of one definite body that open cases of a procedure no applicant opens: they read each other's (JJ-05-industry-netsec)."""
    starters = [ruleset.offices[one] for one in ruleset.procedures[procedure].starters if one in ruleset.offices]
    return tuple(one.id for one in starters if one.unit) if not any(one.of_project for one in starters) else ()


def opinions(db: Db, case_id: str, official: Official) -> list[Opinion]:
    """Every submission of a case as this reader may see it, oldest first; hidden ones sorted by their words. Raises NotFound."""
    case = cases.get(db, case_id)
    if not may_read(db, case, official):
        raise NotFound("没有这个办件。")
    ruleset = versions.ruleset(db, case.version)
    outside = applicant_side(db, ruleset, case, official)
    texts = records.anonymised(db, case_id)
    hidden_words = seats(db, case_id) if outside else ()
    given = records.submissions(db, case_id)
    names = people.by_ids(db, [one.person for one in given])
    rounds = _rounds(given)
    called = _called(db, ruleset, case, given, outside)
    shown, hidden = [], []
    for one in given:
        schema = ruleset.forms.get(one.form_version, {})
        office = ruleset.offices.get(one.office)
        title = _title(ruleset, one.step)
        experts = office is not None and office.side == "expert"
        private = (experts or bool(schema.get("x-private"))) and outside and one.person != official.id
        if private:
            if one.id in texts:
                lines = tuple(_line(text) for text in texts[one.id].splitlines())
                hidden.append(Opinion(one.step, title, HIDDEN, HIDDEN, one.outcome, None, lines, anonymised=True, round=rounds[one.id]))
            continue
        person = names[one.person].name if one.person in names else one.person
        lines = _lines(schema, one.answers, outside, called)
        if outside and office is not None and office.side == "reviewer":  # who sums up what experts said may have named them
            lines = tuple((label, anonymity.mask(words, hidden_words)) for label, words in lines)
        name = office.name if office else one.office
        shown.append(Opinion(one.step, title, name, person, one.outcome, one.at, lines, round=rounds[one.id]))
    return shown + sorted(hidden, key=lambda one: (one.step, one.round, one.lines))


def _rounds(given: Sequence[Submission]) -> dict[str, int]:
    """Submission → number of the pass of its step; all parties of one countersigned round share it."""
    passes: dict[tuple[str, str], list[str]] = {}
    found = {}
    for one in given:
        known = passes.setdefault((one.scope.rpartition("/")[0], one.step), [])
        mark = f"{one.scope}:{one.activation}"
        if mark not in known:
            known.append(mark)
        found[one.id] = known.index(mark) + 1
    return found


def seats(db: Db, case: str) -> tuple[str, ...]:
    """Names and employers of everyone on the expert panels of a case."""
    ids = [one for row in batches.panels(db, case) for one in (*row.named, *row.drawn)]
    return anonymity.identities(people.experts_by_ids(db, ids).values(), ())


def _line(text: str) -> tuple[str, str]:
    label, _, words = text.partition("：")
    return label, words


def _title(ruleset: Ruleset, step: str) -> str:
    for procedure in ruleset.procedures.values():
        if step in procedure.elements:
            return procedure.elements[step].name
    return step


def _called(db: Db, ruleset: Ruleset, case: Case, given: Sequence[Submission], outside: bool) -> Mapping[str, str]:
    """What forms keep as an id → what people call it: offices, experts, projects. Applicants read the names of their own projects only."""
    ids: dict[str, set[str]] = {}
    for one in given:
        fields = ruleset.forms.get(one.form_version, {}).get("properties", {})
        for name, value in one.answers.items():
            _collect(fields.get(name, {}), value, ids)
    found = {one.id: one.name for one in ruleset.offices.values()}
    found |= {one.id: one.name for one in people.experts_by_ids(db, sorted(ids.get("experts", ()))).values()}
    own = projects.get(db, case.project).unit if case.project else None
    wanted = sorted(ids.get("project", ()))
    for project in projects.listing(db, [case.jurisdiction], ids=wanted, limit=len(wanted)) if wanted else ():
        found[project.id] = project.name if not outside or project.unit == own else "其他项目"
    return found


def _widget(field: Mapping[str, Any]) -> str | None:
    found = field.get("x-widget") or field.get("items", {}).get("x-widget")
    return str(found) if found else None


def _collect(field: Mapping[str, Any], value: Any, ids: dict[str, set[str]]) -> None:
    if isinstance(value, list):
        for one in value:
            _collect(field.get("items", {}) if isinstance(one, Mapping) else field, one, ids)
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            _collect(field.get("properties", {}).get(name, {}), inner, ids)
    elif isinstance(value, str) and (widget := _widget(field)) in ("experts", "project"):
        ids.setdefault(widget, set()).add(value)


def _lines(schema: Mapping[str, Any], answers: Mapping[str, Any], outside: bool, called: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    fields: Mapping[str, Any] = schema.get("properties", {})
    return tuple(
        (forms.label(schema, name).strip("「」"), _words(value, fields.get(name, {}), called))
        for name, value in answers.items()
        if not (outside and _private(fields.get(name, {}))) and value not in (None, "")
    )


def _private(field: Mapping[str, Any]) -> bool:
    """What an applicant must not see: what the form marks so, and any list that names experts."""
    return bool(field.get("x-private")) or field.get("x-widget") == "experts"


def _words(value: Any, field: Mapping[str, Any], called: Mapping[str, str]) -> str:
    """An answer as people say it: rows with their labels, names instead of ids."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Mapping):
        inner: Mapping[str, Any] = field.get("properties", {})
        return "，".join(
            f"{forms.label(field, name).strip('「」')}：{_words(one, inner.get(name, {}), called)}"
            for name, one in value.items()
            if one not in (None, "", [])
        )
    if isinstance(value, list):
        rows = any(isinstance(one, Mapping) for one in value)
        return ("；" if rows else "、").join(_words(one, field.get("items", {}) if rows else field, called) for one in value)
    return called.get(str(value), str(value)) if _widget(field) in ("offices", "experts", "project") else str(value)


@dataclass(frozen=True, slots=True)
class Told:
    """One line of a case's history as this reader may see it."""

    at: datetime
    who: str
    words: str
    clauses: tuple[str, ...]


def history(db: Db, case_id: str, official: Official) -> list[Told]:
    """The history of a case; for applicants the experts act without names. Raises NotFound."""
    case = cases.get(db, case_id)
    if not may_read(db, case, official):
        raise NotFound("没有这个办件。")
    ruleset = versions.ruleset(db, case.version)
    outside = applicant_side(db, ruleset, case, official)
    lines = records.history(db, case_id, limit=100_000)
    hidden = seats(db, case_id) if outside else ()
    names = people.by_ids(db, [one.actor for one in lines])
    found = []
    for line in lines:
        office = ruleset.offices.get(line.office or "")
        who = names[line.actor].name if line.actor in names else "系统"
        if outside and office is not None and office.side == "expert" and line.actor != official.id:
            who = HIDDEN
        words = anonymity.mask(line.words, hidden) if hidden else line.words  # who was replaced, whom a demand names
        found.append(Told(line.at, who, words, tuple(line.clauses)))
    return found


def everything_readable(db: Db, case_id: str, official: Official) -> str:
    """All texts of a case that reach this reader, for tests that look for what must stay hidden."""
    case = cases.get(db, case_id)
    parts = [f"{one.title} {one.office} {one.person} {one.outcome} {one.lines}" for one in opinions(db, case_id, official)]
    parts += [f"{one.who} {one.words}" for one in history(db, case_id, official)]
    offices = {(post.office, post.unit) for post in official.posts}
    parts += [
        one.words
        for one in notices.of_case(db, case_id)
        if one.person == official.id or (one.office, one.unit) in offices or (one.office, None) in offices
    ]
    ruleset = versions.ruleset(db, case.version)
    outside = applicant_side(db, ruleset, case, official)
    parts += [one.name for one in attachments.of_case(db, case_id) if not (outside and one.private)]
    return "\n".join(parts)
