"""What people need while they write rules (编写辅助): findings, the words a diagram may use, a deadline or a form tried out."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from threading import Lock
from time import perf_counter
from typing import Any

from adapters import clock, engine, forms, library
from adapters.database import Db, authoring, people
from adapters.database.tables import RuleDraft
from adapters.engine import timers, vocabulary
from domain.errors import EngineFault, InvalidAnswers, Refusal, Unpublishable
from domain.findings import Finding
from domain.procedures import Where
from domain.rulesets import Ruleset
from tasks import calendars, drafts, versions
from tasks.choices import Choice
from tasks.facts import Facts
from tasks.scenarios.language import ScenarioError, parse
from tasks.stores import NoCase

KEPT = 64
LONGEST = 2_000  #: characters of an expression that is tried out
_found: OrderedDict[tuple[str, bool], tuple[Finding, ...]] = OrderedDict()
_lock = Lock()


@dataclass(frozen=True, slots=True)
class Line:
    """One finding as the editor shows it: its file as the draft calls it, and the clause it is about."""

    severity: str  #: error or warning
    file: str
    element: str | None
    code: str
    message: str
    todo: str
    clause: str | None


@dataclass(frozen=True, slots=True)
class Checked:
    """Everything found in a draft, and how long the search took."""

    lines: tuple[Line, ...]
    ms: int

    @property
    def errors(self) -> int:
        """How many stand against publishing."""
        return sum(one.severity == "error" for one in self.lines)


def check(db: Db, draft_id: str, *, path: str = "", content: str | None = None, walks: bool = False) -> Checked:
    """What is wrong with a draft, also with the unsaved text of one file. Raises NotFound, Refusal for a text that is too long."""
    draft = authoring.get(db, draft_id)
    files = drafts.contents(db, draft)
    changed = {one for one, row in authoring.changed(db, draft.id).items() if row.content is not None}
    if path and content is not None:
        data = content.encode("utf-8", "replace")
        if len(data) > drafts.LARGEST:
            raise Refusal(f"文件大于 {drafts.LARGEST // 1_000_000} MB，没有检查。", todo="请拆分为几个流程。")
        files[drafts.full(draft, path)] = data
        changed.add(drafts.full(draft, path))
    begun = perf_counter()
    found = findings(files, draft.jurisdiction, walks=walks) + _stories(files, changed) + _vacant(db, draft, files)
    lines = tuple(_line(draft, one) for one in found)
    return Checked(lines, round((perf_counter() - begun) * 1000))


def every(db: Db, draft: RuleDraft, files: Mapping[str, bytes], *, walks: bool) -> tuple[Finding, ...]:
    """What stands against publishing these files of a draft, changed stories included."""
    return findings(files, draft.jurisdiction, walks=walks) + _stories(files, set(authoring.changed(db, draft.id)))


def findings(files: Mapping[str, bytes], code: str, *, walks: bool) -> tuple[Finding, ...]:
    """As `versions.check_files`, once per content: pages ask again and again."""
    key = (library.digest(library.bundle(files, code)), walks)
    with _lock:
        if key in _found:
            _found.move_to_end(key)
            return _found[key]
    made = tuple(versions.check_files(files, code, walks=walks))
    with _lock:
        _found[key] = made
        while len(_found) > KEPT:
            _found.popitem(last=False)
    return made


def _vacant(db: Db, draft: RuleDraft, files: Mapping[str, bytes]) -> tuple[Finding, ...]:
    """Offices that steps of the draft need and that nobody holds here today: their work items would wait unseen."""
    try:
        ruleset = library.read(library.bundle(files, draft.jurisdiction), draft.jurisdiction)
    except Unpublishable:
        return ()
    held = {one.office for one in people.posts_in(db, draft.jurisdiction, clock.today())}
    if not held:
        return ()  # nobody has an account here yet: then it says nothing about this office
    found: dict[str, tuple[str, str, str]] = {}
    for one in ruleset.procedures.values():
        for element in one.elements.values():
            fixed = element.parties.offices if element.parties else ()
            lane = element.office or element.lane or "" if element.kind == "userTask" and not element.parties else ""
            for office in (*fixed, lane):
                if office in ruleset.offices and office not in held and one.file.startswith(f"{draft.jurisdiction}/"):
                    found.setdefault(office, (one.file, element.id, element.name or element.id))
    return tuple(
        Finding(
            file=file, element=element, code="vacant-office",
            what=f"“{name}”由{ruleset.offices[office].name}办理，而现在没有人担任这个岗位，待办不会有人看到。",
            todo="请由安全管理员在“人员”页面授予岗位，最迟在版本生效前完成。", level="提醒",
        )
        for office, (file, element, name) in found.items()
    )  # fmt: skip


def _stories(files: Mapping[str, bytes], changed: set[str]) -> tuple[Finding, ...]:
    found = []
    for path in sorted(changed):
        name = path.rpartition("/")[2]
        if "/scenarios/" in path and path in files and not name.startswith("_"):
            try:
                parse(files[path].decode("utf-8", "replace"), name)
            except ScenarioError as error:
                found.append(Finding(file=path, element=None, code="scenario", what=error.what, todo=error.todo))
    return tuple(found)


def _line(draft: RuleDraft, one: Finding) -> Line:
    clause = one.element if one.file.endswith("clauses.yaml") else None
    severity = "error" if one.level == "错误" else "warning"
    return Line(severity, drafts.short(draft, one.file), one.element, one.code, one.what, one.todo, clause)


def ruleset_of(db: Db, draft: RuleDraft) -> Ruleset:
    """The draft as a rule set; where it cannot be read at the moment, that of its base."""
    files = library.bundle(drafts.contents(db, draft), draft.jurisdiction)
    try:
        return library.read(files, draft.jurisdiction)
    except Unpublishable:
        if draft.base is None:
            raise
        return versions.ruleset(db, draft.base)


def words(db: Db, draft_id: str) -> dict[str, Any]:
    """Everything a diagram of this draft may name, for the editor's lists."""
    draft = authoring.get(db, draft_id)
    ruleset = ruleset_of(db, draft)
    return {
        "clauses": [{"id": one.id, "article": one.article, "rule": one.rule} for one in ruleset.catalogue],
        "offices": [{"id": one.id, "name": one.name} for one in ruleset.offices.values()],
        "forms": [
            {"id": name, "title": str(schema.get("title") or name), "outcomes": _outcomes(schema, ruleset)}
            for name, schema in sorted(ruleset.forms.items())
        ],
        "materials": [{"id": one.id, "name": one.name} for one in ruleset.materials.values()],
        "stages": _stages(ruleset),
        "tables": _tables(ruleset),
        "parts": _parts(ruleset),
        "procedures": [
            {"id": one.code, "title": one.title or one.name, "kind": one.kind} for one in ruleset.procedures.values() if one.kind != "part"
        ],
        "functions": [
            {"name": name, "signature": f"{name}({', '.join(one.arguments)})", "help": one.words}
            for name, one in vocabulary.FUNCTIONS.items()
        ],
        "operations": [
            {"id": name, "params": [{"id": key, "kind": kind} for key, kind in one.parameters.items()], "help": one.words}
            for name, one in vocabulary.OPERATIONS.items()
        ],
        "messages": sorted({e.message for one in ruleset.procedures.values() for e in one.elements.values() if e.message}),
        "settings": [{"id": one.id, "title": one.title} for one in ruleset.settings.values()],
        "bans": [{"id": one.id, "title": one.title} for one in ruleset.bans.values()],
        "choices": {name: list(values) for name, values in ruleset.choices.items()},
    }


def _stages(ruleset: Ruleset) -> list[str]:
    """Stages that steps enter and that operations set."""
    entered = {e.stage: None for one in ruleset.procedures.values() for e in one.elements.values() if e.stage}
    for one in ruleset.procedures.values():
        entered |= dict.fromkeys(_STAGE.findall(ruleset.files[one.file].decode("utf-8", "replace")))
    return list(entered)


def _outcomes(schema: Mapping[str, Any], ruleset: Ruleset) -> list[str]:
    field = schema.get("properties", {}).get("outcome", {})
    return [str(one) for one in field.get("enum") or ruleset.choices.get(str(field.get("x-choices")), ())]


def _tables(ruleset: Ruleset) -> list[dict[str, Any]]:
    return [
        {"id": table, "title": library.title_of(path, content), "file": path.rpartition("/")[2], "outcomes": list(outcomes)}
        for path, content in ruleset.files.items()
        if path.endswith(".dmn")
        for table, outcomes in library.outcomes(content)
    ]


def _parts(ruleset: Ruleset) -> list[dict[str, Any]]:
    """Procedures a call activity may run, with the generic lanes and parameters they want."""
    used: dict[str, set[str]] = {}
    for one in ruleset.procedures.values():
        for element in one.elements.values():
            if element.called:
                used.setdefault(element.called, set()).update(element.params)
    found = []
    for one in ruleset.procedures.values():
        if one.kind == "part":
            lanes = {e.lane for e in one.elements.values() if e.lane and e.kind == "userTask" and not e.office}
            asked = set(_PARAM.findall(ruleset.files[one.file].decode("utf-8", "replace")))
            generic = lanes - ruleset.offices.keys() if one.file.startswith(drafts.NATIONAL) else set()
            found.append({"id": one.id, "title": one.name, "params": sorted(used.get(one.id, set()) | asked | generic)})
    return found


_STAGE = re.compile(r"""id="stage"[^>]*value="(?:'|&apos;|&quot;)([^"'&<]{1,40})""")
_PARAM = re.compile(r"""param\((?:&quot;|"|'|&apos;)([a-z_][a-z0-9_]*)""")


# --- trying out -----------------------------------------------------------------------------------------------------------------------


def deadline(db: Db, draft_id: str, expression: str, start: date) -> tuple[date, str]:
    """The last day a deadline expression gives when its period begins on `start`, and why. Raises Refusal.

    What is known only in a case (the day of a step, a date in a form) counts as `start`.
    """
    ruleset = ruleset_of(db, authoring.get(db, draft_id))
    text = expression.strip()
    if not text or len(text) > LONGEST:
        raise Refusal("没有写期限。" if not text else "期限太长。", todo="如 workdays(7)、days(3)、months(6)。")
    now = clock.moment(start)
    try:
        if re.fullmatch(r"['\"]?P[\dYMWDTHS]+['\"]?", text):
            return (now + timers.period(text.strip("'\""), now)).date(), "从开始时起算的时长，按日历日计算，不扣除节假日。"
        facts = Facts(NoCase(), ruleset=ruleset, calendar=calendars.current, now=now)
        value = engine.evaluate(text, {}, facts, Where(scope="", process="", element="", task="", activation=""))
    except EngineFault as fault:
        raise Refusal(
            f"期限算不出来：{fault.what}", todo='可用写法：workdays(7)、days(3)、months(6)、years(1)、end_of("06-30")。'
        ) from fault
    if isinstance(value, datetime) or not isinstance(value, date):
        raise Refusal("期限的结果不是日期。", todo="如 workdays(7)、days(3)、months(6)。")
    basis = getattr(value, "basis", None)
    return value, basis.explain() if basis is not None else f"{value:%Y年%-m月%-d日}当天零时到期。"


def form(db: Db, draft_id: str, content: str) -> tuple[Mapping[str, Any], dict[str, tuple[Choice, ...]], dict[str, str]]:
    """A form as it is typed: its schema, what its fields offer, clause id → article. Raises InvalidAnswers with what is wrong."""
    draft = authoring.get(db, draft_id)
    ruleset = ruleset_of(db, draft)
    try:
        schema = library.from_json(content.encode("utf-8", "replace"))
    except library.Unreadable as error:
        raise Refusal(f"表单读不出来：{error}。", todo="请改正后再预览。") from error
    wrong = forms.check_schema(schema) if isinstance(schema, dict) else ["表单应当是一个 JSON 对象。"]
    if wrong:
        raise InvalidAnswers("表单还不能显示。", {str(number): line for number, line in enumerate(wrong, 1)}, todo="请按提示修改。")
    choices: dict[str, tuple[Choice, ...]] = {}
    for name, field in forms.fields(schema):
        items = field.get("items", {}) if field.get("type") == "array" else {}
        values = field.get("enum") or items.get("enum") or ruleset.choices.get(str(field.get("x-choices") or items.get("x-choices")), ())
        if (field.get("x-widget") or items.get("x-widget")) == "offices":
            choices[name] = tuple(Choice(one.id, one.name) for one in ruleset.offices.values() if one.side == "reviewer")
        elif values:
            choices[name] = tuple(Choice(str(one), str(one)) for one in values)
    return schema, choices, {one.id: one.article for one in ruleset.catalogue}
