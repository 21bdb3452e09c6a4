"""Rule drafts (规则草稿): a copy of a version that process administrators change together. Nothing that was ever saved is lost.

Paths are those of the jurisdiction's folder (`project.bpmn`, `forms/declare.json`); national files keep theirs (`national/filing.bpmn`).
A version carries its own copy of them: a draft may change them for its place alone, and `shared.py` carries such a change to others.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from adapters import library
from adapters.database import Db, audit, authoring, ids, people, rules
from adapters.database.tables import RuleDraft, RuleDraftFile, RuleDraftPresence
from domain.errors import Conflict, InvalidAnswers, NotFound, Refusal
from tasks import versions

NATIONAL = "national/"
#: what the system itself publishes rules by; it is read from the installation's folder and never from a version
FIXED = frozenset(f"{NATIONAL}{one}" for one in ("publication.bpmn", "forms/publication_submit.json", "forms/publication_approve.json"))
LARGEST = 1_000_000  #: bytes of one file
MOST_FILES = 1_000
HERE = timedelta(seconds=60)  #: how long after the last sign of life somebody counts as present
_PATH = re.compile(r"(forms/[a-z][a-z0-9_]{0,60}\.json|scenarios/[a-z_][a-z0-9_-]{0,60}\.yaml|[a-z][a-z0-9_]{0,60}\.(bpmn|dmn))")
LISTS = {
    "region.yaml": "地区设置",
    "clauses.yaml": "条款目录",
    "offices.yaml": "岗位",
    "materials.yaml": "材料",
    "rounds.yaml": "批次",
}
STATUSES = {"open": "编辑中", "review": "送审中", "published": "已发布", "dropped": "已放弃"}


class Overtaken(Conflict):
    """Somebody else has saved the file in between; `theirs` is what stands there now."""

    def __init__(self, theirs: RuleDraftFile, name: str) -> None:
        super().__init__(f"{name}已在 {theirs.at:%H:%M} 保存了这个文件，您的修改没有保存。", todo="请比较两份内容后再保存。")
        self.theirs, self.name = theirs, name


@dataclass(frozen=True, slots=True)
class File:
    """One file of a draft as its editor needs it."""

    path: str
    content: str
    revision: int
    read_only: bool


@dataclass(frozen=True, slots=True)
class FileLine:
    """One file in the list."""

    path: str
    kind: str
    title: str
    revision: int
    by: str
    at: datetime | None
    changed: bool
    removed: bool = False


def begin(db: Db, jurisdiction: str, title: str, *, by: str, now: datetime, base: str = "") -> RuleDraft:
    """Open a draft of what is in force; with `base` its texts are those of that earlier version (恢复), shared parts included.

    Raises NotFound, InvalidAnswers.
    """
    title = " ".join(title.split())
    if not 1 <= len(title) <= 80:
        raise InvalidAnswers("草稿没有建立。", {"title": "请填写草稿名称，最多 80 个字。"}, todo="名称说明这次要改什么，如“调整金额标准”。")
    newest = rules.published(db, jurisdiction)
    if newest is None:
        raise NotFound("这个地区还没有发布过规则集。", todo="请先由运维人员用命令 lianshen publish 发布。")
    draft = RuleDraft(id=ids.new(), jurisdiction=jurisdiction, title=title, base=newest.id, opened_by=by, opened_at=now, changed_at=now)
    authoring.add(db, draft)
    audit.append(db, at=now, actor=by, act="draft-opened", target=draft.id, body={"jurisdiction": jurisdiction, "base": newest.id})
    if base and base != newest.id:
        row = rules.get(db, base)
        if row.jurisdiction != jurisdiction:
            raise NotFound("没有这个版本。")
        replace(db, draft, rules.files(db, base), by=by, now=now, shared=True)
    return draft


def replace(db: Db, draft: RuleDraft, files: Mapping[str, bytes], *, by: str, now: datetime, shared: bool = False) -> int:
    """Give the jurisdiction's own files the contents of `files`; what is not among them is removed.

    With `shared`, and where the place has no rules yet, national files come along. Answers how many changed.
    """
    standing = contents(db, draft)
    own = f"{draft.jurisdiction}/" if draft.base and not shared else ""
    count = 0
    for path in sorted({one for one in (*standing, *files) if one.startswith(own)}):
        if standing.get(path) != files.get(path):
            before = authoring.current(db, draft.id, path)
            number = before.revision if before else 1 if path in standing else 0
            authoring.save(db, RuleDraftFile(draft=draft.id, path=path, revision=number + 1, content=files.get(path), by=by, at=now))
            count += 1
    authoring.change(db, draft.id, changed_at=now)
    return count


def base_files(db: Db, draft: RuleDraft) -> dict[str, bytes]:
    """The files of the version a draft began as; none for a place that had no rules."""
    return rules.files(db, draft.base) if draft.base else {}


def _manifest(db: Db, draft: RuleDraft) -> Mapping[str, str]:
    return rules.get(db, draft.base).manifest if draft.base else {}


def contents(db: Db, draft: RuleDraft) -> dict[str, bytes]:
    """Every file of a draft by its path in the library, as it stands now."""
    found = base_files(db, draft)
    for path, row in authoring.changed(db, draft.id).items():
        if row.content is None:
            found.pop(path, None)
        else:
            found[path] = row.content
    return found


def full(draft: RuleDraft, path: str) -> str:
    """`project.bpmn` → `<code>/project.bpmn`."""
    return path if path.startswith(NATIONAL) else f"{draft.jurisdiction}/{path}"


def short(draft: RuleDraft, path: str) -> str:
    """`<code>/project.bpmn` → `project.bpmn`."""
    return path.removeprefix(f"{draft.jurisdiction}/")


def read(db: Db, draft_id: str, path: str) -> File:
    """A file as it stands now. Raises NotFound."""
    draft = authoring.get(db, draft_id)
    key = full(draft, path)
    row = authoring.current(db, draft.id, key)
    if row is not None and row.content is not None:
        return File(path, row.content.decode("utf-8", "replace"), row.revision, draft.status != "open" or path in FIXED)
    manifest = _manifest(db, draft)
    if row is not None or key not in manifest:
        raise NotFound(f"草稿里没有文件 {path[:80]}。", todo="请返回草稿，从文件列表中选择。")
    content = rules.blob(db, manifest[key])
    return File(path, content.decode("utf-8", "replace"), 1, draft.status != "open" or path in FIXED)


def save(db: Db, draft_id: str, path: str, content: str | None, revision: int, *, by: str, now: datetime) -> int:
    """Keep a text over the revision it was made from; None removes the file. Answers the new revision.

    Raises Overtaken when the file has a newer one, Refusal when the draft is not open or the file is none that belongs here.
    """
    draft = authoring.lock(db, draft_id)
    _must_be_open(draft)
    key = full(draft, path)
    manifest = _manifest(db, draft)
    before = authoring.current(db, draft.id, key)
    standing = before.revision if before else 1 if key in manifest else 0
    data = _checked(path, content, known=standing > 0)
    if standing != revision:
        raise _overtaken(db, draft, key, before)
    if before is not None and before.content == data:
        return standing
    if standing == 0 and (data is None or len(contents(db, draft)) >= MOST_FILES):
        raise Refusal(f"草稿里没有文件 {path}。" if data is None else f"一个地区最多 {MOST_FILES} 个文件。", todo="请核对文件名。")
    if not authoring.save(db, RuleDraftFile(draft=draft.id, path=key, revision=revision + 1, content=data, by=by, at=now)):
        raise _overtaken(db, draft, key, authoring.current(db, draft.id, key))
    authoring.change(db, draft.id, changed_at=now)
    return revision + 1


def _overtaken(db: Db, draft: RuleDraft, key: str, theirs: RuleDraftFile | None) -> Overtaken:
    if theirs is None:
        manifest = _manifest(db, draft)
        content = rules.blob(db, manifest[key]) if key in manifest else None
        theirs = RuleDraftFile(
            draft=draft.id, path=key, revision=1 if content is not None else 0, content=content, by=draft.opened_by, at=draft.opened_at
        )
    person = people.find(db, theirs.by)
    return Overtaken(theirs, person.name if person else theirs.by)


def _checked(path: str, content: str | None, *, known: bool) -> bytes | None:
    """The text as bytes. Raises Refusal for a path or a text that cannot belong to a rule set."""
    if path in FIXED:
        raise Refusal("送审发布的流程由系统使用，只能查看，没有保存。", todo="需要改变送审发布办法的，请联系运维人员。")
    if path.startswith(NATIONAL) and (content is None or not known):
        raise Refusal("全国通用的文件可以修改，不能新增或删除。", todo="需要另外的流程或表单的，请在本地区的文件中新建。")
    if not known and not (_PATH.fullmatch(path) or path in LISTS):
        raise Refusal(
            f"文件名“{path[:80]}”不合规定，没有保存。",
            todo="流程图用 名称.bpmn，决策表用 名称.dmn，表单放在 forms/，场景放在 scenarios/；名称用小写字母、数字和下划线。",
        )
    if content is None:
        if path in ("region.yaml", "clauses.yaml", "offices.yaml"):
            raise Refusal(f"{LISTS[path]}不能删除。", todo="请改为修改它的内容。")
        return None
    if "\0" in content:
        raise Refusal("文件里有不可见的控制字符，没有保存。", todo="请删去后重试。")
    try:
        data = content.encode("utf-8")
    except UnicodeEncodeError as error:
        raise Refusal("文件里有不成对的特殊字符，没有保存。", todo="请删去后重试。") from error
    if len(data) > LARGEST:
        raise Refusal(f"文件大于 {LARGEST // 1_000_000} MB，没有保存。", todo="请拆分为几个流程，或删去嵌入的图片。")
    return data


def _must_be_open(draft: RuleDraft) -> None:
    if draft.status == "review":
        raise Refusal("草稿正在送审，不能修改。", todo="请先撤回送审，或等审核人退回。")
    if draft.status != "open":
        raise Refusal(f"草稿{STATUSES[draft.status]}，不能修改。", todo="需要再改的，请新建草稿。")


def files(db: Db, draft_id: str) -> list[FileLine]:
    """Every file with its title and who changed it last, diagrams first."""
    draft = authoring.get(db, draft_id)
    base, changed = base_files(db, draft), authoring.changed(db, draft.id)
    names = {one.id: one.name for one in people.by_ids(db, [row.by for row in changed.values()]).values()}
    found = []
    for path in sorted({*base, *changed}):
        row = changed.get(path)
        content = row.content if row is not None else base[path]
        found.append(
            FileLine(
                path=short(draft, path),
                kind=kind_of(short(draft, path)),
                title=library.title_of(path, content) if content is not None else "（已删除）",
                revision=row.revision if row else 1,
                by=names.get(row.by, row.by) if row else "",
                at=row.at if row else None,
                changed=row is not None and row.content != base.get(path),
                removed=content is None,
            )
        )
    return sorted(found, key=lambda one: (one.path.startswith(NATIONAL), list(KINDS).index(one.kind), one.path))


KINDS = {"bpmn": "流程图", "dmn": "决策表", "form": "表单", "list": "清单", "scenario": "场景"}


def kind_of(path: str) -> str:
    """Which editor a file needs: bpmn, dmn, form, list or scenario."""
    if path.endswith((".bpmn", ".dmn")):
        return path.rpartition(".")[2]
    return "form" if path.endswith(".json") else "scenario" if "scenarios/" in path else "list"


def present(db: Db, draft_id: str, path: str, *, by: str, now: datetime) -> list[tuple[str, str, datetime]]:
    """Note that a person has a file open; answers the others as (name, path, since when seen)."""
    draft = authoring.get(db, draft_id)
    authoring.here(db, RuleDraftPresence(draft=draft.id, person=by, path=path[:100], at=now))
    others = authoring.others(db, draft.id, by, since=now - HERE)
    names = people.by_ids(db, [one.person for one in others])
    return [(names[one.person].name if one.person in names else one.person, one.path, one.at) for one in others]


def drop(db: Db, draft_id: str, *, by: str, now: datetime) -> None:
    """Give a draft up; its texts stay in the records. Raises Refusal when it is not open."""
    draft = authoring.lock(db, draft_id)
    _must_be_open(draft)
    authoring.change(db, draft.id, status="dropped", changed_at=now)
    authoring.leave(db, draft.id)
    audit.append(db, at=now, actor=by, act="draft-dropped", target=draft.id)


def behind(db: Db, draft: RuleDraft) -> str | None:
    """Name of the version that was published since the draft began; publishing the draft would undo it."""
    newest = rules.published(db, draft.jurisdiction)
    return newest.name if newest is not None and newest.id != draft.base and draft.status in ("open", "review") else None


def follow(db: Db, draft_id: str, *, by: str, now: datetime) -> list[str]:
    """Put a draft on the version now in force (跟上现行版本); answers the files that both changed: the draft's text stays in them.

    Files that only the new version changed are those of the new version, under a new revision: no open editor can write over them unseen.
    """
    draft = authoring.lock(db, draft_id)
    _must_be_open(draft)
    newest = rules.published(db, draft.jurisdiction)
    if newest is None:
        raise Refusal("这个地区还没有发布过版本，不需要跟上。")
    before, after, rows = base_files(db, draft), rules.files(db, newest.id), authoring.changed(db, draft.id)
    both = []
    for path in sorted({*before, *after}):
        if before.get(path) == after.get(path):
            continue
        row = rows.get(path)
        if row is not None and row.content not in (before.get(path), after.get(path)):
            both.append(short(draft, path))
            continue
        number = row.revision if row else 1 if path in before else 0
        authoring.save(db, RuleDraftFile(draft=draft.id, path=path, revision=number + 1, content=after.get(path), by=by, at=now))
    authoring.change(db, draft.id, base=newest.id, changed_at=now)
    return both


def places(db: Db) -> list[tuple[str, str]]:
    """(code, name) of every place that has rules in force."""
    return [(code, versions.ruleset(db, row.id).name) for code in rules.jurisdictions(db) if (row := rules.published(db, code))]
