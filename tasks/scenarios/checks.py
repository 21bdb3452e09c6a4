"""What a story expects against what the tables say; and which clauses the story really met."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from adapters import clock, engine, forms, settings
from adapters.database import Db, attachments, bans, cases, incidents, items, notices, people, projects, records, rules, systems, waits
from adapters.database.tables import Case, Project, WorkItem
from domain.errors import InvalidAnswers, NotFound, Refusal
from domain.money import to_wan
from domain.procedures import Procedure, Where
from domain.rulesets import Ruleset
from tasks import metrics, reading, versions
from tasks.acts import Act
from tasks.casefile import STATUSES
from tasks.scenarios.language import Expectation, NoticeLike, ScenarioError

if TYPE_CHECKING:
    from tasks.scenarios.stage import Stage


def root() -> Path:
    """The library folder of this process."""
    return settings.settings().bpmn


def plain(value: Any) -> Any:
    """A YAML value as JSON keeps it: dates as text."""
    return value.isoformat() if isinstance(value, date) else value


def decimal(value: Any) -> Decimal:
    """A YAML number exactly as written."""
    return Decimal(str(value))


def value(stage: Stage, act: Act, where: Where, given: Any) -> Any:
    """An answer as it is handed in: `=…` is an expression, dates become text, numbers stay exact."""
    if isinstance(given, str) and given.startswith("="):
        return plain(engine.evaluate(given[1:], {}, act, where))
    if isinstance(given, float):
        return decimal(given)
    if isinstance(given, Mapping):
        return {key: value(stage, act, where, one) for key, one in given.items()}
    if isinstance(given, list):
        return [value(stage, act, where, one) for one in given]
    return plain(given)


def standing_words(case: Case, standing: Sequence[WorkItem], messages: Sequence[str]) -> str:
    """Where a case stands, for an error."""
    return f"办件{STATUSES[case.status]}，待办 {'、'.join(one.step for one in standing) or '无'}，等待消息 {'、'.join(messages) or '无'}"


def clauses_of(stage: Stage, refusal: Refusal) -> set[str]:
    """Clauses that a refusal rests on: its own, and those of the form fields it names."""
    found = {refusal.clause} if refusal.clause else set()
    if isinstance(refusal, InvalidAnswers):
        for schema in stage.ruleset.forms.values():
            marked = dict(forms.fields(schema))
            names = [name.split(".")[0] for name in refusal.fields]
            if all(name in marked for name in names):
                for name in names:
                    found |= set(cited(marked[name].get("x-clause")))
                found |= set(cited(schema.get("x-clauses")))
    return {one for one in found if one}


def cited(mark: Any) -> tuple[str, ...]:
    """Clause ids of an `x-clause` mark: one, a list, or none."""
    return () if not mark else (mark,) if isinstance(mark, str) else tuple(mark)


def compare(stage: Stage, wanted: Expectation) -> None:
    """Tell every difference between what is and what is expected."""
    named = stage.case_named(wanted.case) if wanted.case else stage.focus  # looks in the database itself, so not within our reading
    with stage.database.reading() as db:
        case = cases.get(db, named) if named else None
        if case is None and (idle := wanted.of_case):
            raise ScenarioError(f"没有当前办件，{'、'.join(idle)} 什么也核对不了。", todo="请用 case 写明是哪个办件。")
        if case is not None and case.project is None and (idle := wanted.of_project):
            raise ScenarioError(f"“{case.title}”没有所属项目，{'、'.join(idle)} 什么也核对不了。", todo="请用 case 写明是哪个办件。")
        if case is not None:
            _case(stage, db, case, wanted)
            if case.project is not None:
                _project(stage, db, case, wanted)
        _world(stage, db, case, wanted)


def same(stage: Stage, what: str, wanted: Any, found: Any) -> None:
    """Tell a difference."""
    if plain(wanted) != plain(found):
        stage.differ(f"{what}应为 {_words(wanted)}，实为 {_words(found)}")


def _words(one: Any) -> str:
    if isinstance(one, (list, tuple)):
        return "、".join(map(str, one)) or "无"
    if isinstance(one, bool):
        return "是" if one else "否"
    return "无" if one is None else str(plain(one))


def _case(stage: Stage, db: Db, case: Case, wanted: Expectation) -> None:
    standing = items.open_of(db, case.id)
    steps = Counter(one.step for one in standing)
    if wanted.open is not None:
        same(stage, "待办步骤", sorted(wanted.open), sorted(steps.elements()))
    for name in wanted.has_open:
        if name not in steps:
            stage.differ(f"应有待办 {name}；{standing_words(case, standing, [])}")
    for name in wanted.not_open:
        if name in steps:
            stage.differ(f"不应有待办 {name}")
    if wanted.waiting is not None:
        same(stage, "等待的消息", sorted(wanted.waiting), sorted(one.step for one in waits.open_of(db, case.id)))
    if wanted.case_status is not None:
        same(stage, "办件状态", wanted.case_status, case.status)
    if wanted.closed is not None:
        same(stage, "是否办结", wanted.closed, case.status in ("completed", "terminated"))
    concluded = [(one.step, one.outcome) for one in records.submissions(db, case.id)]
    concluded += [(one.step, one.outcome) for one in records.decisions(db, case.id)]
    for step, outcome in wanted.decided.items():
        found = [said for name, said in concluded if name == step]
        same(stage, f"{step} 的结论", outcome, found[-1] if found else None)
    for step, due in wanted.due.items():
        found_due = [one.due for one in standing if one.step == step]
        same(stage, f"{step} 的最后一日", due, found_due[0] if found_due else "没有这个待办")
    for step, who in wanted.performer.items():
        found_who = {
            f"{one.office}@{_unit(db, one.unit)}" if "@" in who else one.person or one.office for one in standing if one.step == step
        }
        if who not in found_who:
            stage.differ(f"{step} 应由 {who} 办理，实为 {'、'.join(sorted(found_who)) or '没有这个待办'}")
    for office, texts in wanted.reads.items():
        seen = _seen(stage, db, case, office)
        for text in texts:
            if text not in seen:
                stage.differ(f"{office} 应能看到“{text}”")
    for office, texts in wanted.cannot_read.items():
        seen = _seen(stage, db, case, office)
        for text in texts:
            if text in seen:
                stage.differ(f"{office} 不应看到“{text}”")


def _unit(db: Db, unit: str | None) -> str:
    found = people.unit(db, unit) if unit else None
    return found.name if found else ""


def _seen(stage: Stage, db: Db, case: Case, office: str) -> str:
    unit = projects.get(db, case.project).unit if case.project else None
    official = stage.cast.named(db, office, unit, clock.today())
    try:
        return reading.everything_readable(db, case.id, official)
    except NotFound:  # somebody who may not open the case reads nothing of it
        return ""


def _project(stage: Stage, db: Db, case: Case, wanted: Expectation) -> None:
    project_id = case.project or ""
    project = projects.get(db, project_id)
    if wanted.stage is not None:
        same(stage, "项目阶段", wanted.stage, project.stage)
    if wanted.status is not None:
        same(stage, "项目状态", wanted.status, project.status)
    amounts = projects.amounts(db, project_id)
    for kind, amount in wanted.amounts.items():
        told = None if amount is None else decimal(amount)
        same(stage, f"金额 {kind}（万元）", told, to_wan(amounts[kind].fen) if kind in amounts else None)
    if wanted.metrics:
        _metrics(stage, db, project, case, wanted)
    known = {**project.facts, "name": project.name, **projects.flags(db, project_id)}
    for name, fact in wanted.facts.items():
        same(stage, f"项目信息 {name}", fact, known.get(name))
    entries = {one.kind for one in projects.entries(db, project_id)}
    for kind, there in wanted.entry.items():
        same(stage, f"入库 {kind}", bool(there), kind in entries)
    standing = {
        one.kind: one.until
        for one in bans.standing(db, project.jurisdiction, [("project", project_id), ("unit", project.unit)], clock.today())
    }
    for kind, until in wanted.banned.items():
        same(stage, f"限制 {kind} 的最后一日", until, standing.get(kind))


def _metrics(stage: Stage, db: Db, project: Project, case: Case, wanted: Expectation) -> None:
    """Metrics of what the case in focus recorded."""
    found = {one.case: one.values for one in metrics.of_project(db, stage.ruleset, project)}.get(case.id, {})
    for metric in stage.ruleset.metrics:
        if metric.id in wanted.metrics:
            told = wanted.metrics[metric.id]
            same(stage, f"指标 {metric.title}（万元）", None if told is None else decimal(told), found.get(metric.id))
            stage.outcome.touched.add(metric.clause)
    for name in wanted.metrics.keys() - {one.id for one in stage.ruleset.metrics}:
        stage.differ(f"没有指标 {name}")


def _world(stage: Stage, db: Db, case: Case | None, wanted: Expectation) -> None:
    for name, status in wanted.systems.items():
        found = [one.status for one in systems.listing(db, stage.ruleset.code) if one.name == name]
        same(stage, f"系统 {name} 的状态", status, found[0] if found else None)
    told = [one for row in cases.listing(db, stage.ruleset.code) for one in notices.of_case(db, row.id)]
    for like in wanted.notices:
        found_notice = any(_alike(stage, db, like, one) for one in told)
        if found_notice == like.absent:
            verb = "不应有" if like.absent else "应有"
            stage.differ(f"{verb}通知：给 {like.to}，条款 {like.clause or '不限'}，含“{like.contains}”")
    for code, count in wanted.cases.items():
        procedure = stage.ruleset.procedure(code)
        running = [
            one for one in cases.listing(db, stage.ruleset.code) if procedure and one.procedure == procedure.id and one.closed_at is None
        ]
        same(stage, f"在办的 {code}", count, len(running))
    same(stage, "异常数", wanted.incidents, incidents.count_open(db, stage.ruleset.code))


def _alike(stage: Stage, db: Db, like: NoticeLike, notice: Any) -> bool:
    to = {notice.office, notice.person, _unit(db, notice.unit)}
    return like.to in to and like.contains in notice.words and (like.clause is None or like.clause == notice.clause)


def touched(stage: Stage) -> None:
    """Collect every clause that the story met.

    Elements passed or opened, rows fired, forms filled in, notices, rounds, bars, exceptions.
    """
    found: set[str] = set()
    met: set[str] = set()
    with stage.database.reading() as db:
        for row in cases.listing(db, stage.ruleset.code):
            ruleset = versions.ruleset(db, row.version)
            found |= set(ruleset.procedures[row.procedure].clauses)
            if row.facts.get("round") in ruleset.rounds:
                found |= set(ruleset.rounds[row.facts["round"]].clauses)
            for line in records.history(db, row.id, limit=100_000):
                found |= set(line.clauses)
                for scope, name in line.detail.get("passed", ()):
                    found |= set(_element_clauses(ruleset, row.procedure, scope, name))
                    met |= set(_places(ruleset, row.procedure, scope, name))
            for item in items.of_case(db, row.id):
                found |= set(_element_clauses(ruleset, row.procedure, item.scope, item.step))
                met |= set(_places(ruleset, row.procedure, item.scope, item.step))
                if item.office in ruleset.offices:
                    found |= set(ruleset.offices[item.office].clauses)
            for wait in waits.open_of(db, row.id):
                found |= set(_element_clauses(ruleset, row.procedure, wait.scope, wait.step))
            for given in records.submissions(db, row.id):
                found |= set(_form_clauses(ruleset.forms.get(given.form_version, {}), given.answers))
            for one in records.decisions(db, row.id):
                found |= set(one.clauses)
            for notice in notices.of_case(db, row.id):
                found |= {notice.clause} if notice.clause else set()
            for document in attachments.of_case(db, row.id):
                kind = ruleset.materials.get(document.material or "")
                found |= set(kind.clauses) if kind else set()
        found |= {one.clause for one in bans.of_jurisdiction(db, stage.ruleset.code)}
        found |= {one.clause for one in bans.overrides_listed(db, stage.ruleset.code)}
        for name in rules.settings(db, stage.ruleset.code):
            setting = stage.ruleset.settings.get(name)
            found |= {setting.clause} if setting and setting.clause else set()
    stage.outcome.touched |= found
    stage.outcome.met |= met


@dataclass(frozen=True, slots=True)
class Duty:
    """What `_actors.yaml` says of a step: the offices that may hold it, and the documents it must ask for."""

    by: tuple[str, ...]
    needs: tuple[str, ...] = ()

    @classmethod
    def of(cls, said: Any) -> Duty:
        """From `office office` or `{by: office, needs: material material}`."""
        given = said if isinstance(said, dict) else {"by": said}
        return cls(tuple(str(given["by"]).split()), tuple(str(given.get("needs", "")).split()))


def held(stage: Stage, duties: Mapping[str, Duty]) -> None:
    """Every work item of the story must have lain with an office that `_actors.yaml` names, and have asked for its documents."""
    with stage.database.reading() as db:
        for row in cases.listing(db, stage.ruleset.code):
            ruleset = versions.ruleset(db, row.version)
            for item in items.of_case(db, row.id):
                duty = duties.get(item.step)
                if duty is None:
                    continue
                if item.office not in duty.by:
                    stage.differ(f"“{item.title}”（{item.step}）应由 {'、'.join(duty.by)} 办理，却派给了 {item.office}")
                for procedure, key in list(_path(ruleset, row.procedure, item.scope, item.step))[-1:]:
                    asked = {one.id for one in procedure.elements[key].materials if one.required}
                    for kind in duty.needs:
                        if kind not in asked:
                            stage.differ(f"“{item.title}”（{item.step}）应当要求材料 {kind}")


def _element_clauses(ruleset: Ruleset, process: str, scope: str, name: str) -> Iterable[str]:
    found: list[str] = []
    for procedure, key in _path(ruleset, process, scope, name):
        found.extend(procedure.elements[key].clauses)
    return found


def _path(ruleset: Ruleset, process: str, scope: str, name: str) -> Iterator[tuple[Procedure, str]]:
    """The calls that lead to an element, and the element, each with the procedure in which it stands; as far as they exist."""
    procedure = ruleset.procedures.get(process)
    for key in (*(scope.split("/") if scope else ()), name):
        if procedure is None or key not in procedure.elements:
            return
        yield procedure, key
        procedure = ruleset.procedures.get(procedure.elements[key].called or "")


def _places(ruleset: Ruleset, process: str, scope: str, name: str) -> Iterator[str]:
    for procedure, key in _path(ruleset, process, scope, name):
        yield f"{procedure.id}#{key}"
        if (table := procedure.elements[key].decision) is not None:
            yield f"{table}#"


def _form_clauses(schema: Mapping[str, Any], answers: Mapping[str, Any]) -> Iterable[str]:
    found = list(cited(schema.get("x-clauses")))
    for name, mark in schema.get("properties", {}).items():
        if name in answers:
            found.extend(cited(mark.get("x-clause")))
    return found
