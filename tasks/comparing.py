"""What a draft or a version changes (修改对比), as its page shows it: by file, what behaves apart from what only looks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from adapters import library
from adapters.database import Db, authoring, rules
from domain.changes import Change
from domain.errors import NotFound
from tasks import drafts


@dataclass(frozen=True, slots=True)
class FileChanges:
    """The changes of one file. `marks`: (element, kind) of a diagram, one for each element."""

    path: str
    title: str
    kind: str
    state: str  #: added, removed or changed
    behaves: tuple[Change, ...]
    looks: tuple[Change, ...]
    marks: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """All changes between two states."""

    files: tuple[FileChanges, ...]

    @property
    def behaves(self) -> int:
        """How many changes make cases run otherwise."""
        return sum(len(one.behaves) for one in self.files)

    @property
    def looks(self) -> int:
        """How many change only what people see."""
        return sum(len(one.looks) for one in self.files)


def of(before: Mapping[str, bytes], after: Mapping[str, bytes], code: str) -> Comparison:
    """The comparison of two states of a rule set."""
    grouped: dict[str, list[Change]] = {}
    for one in library.compare(before, after):
        grouped.setdefault(one.file, []).append(one)
    return Comparison(tuple(_file(path, found, before, after, code) for path, found in grouped.items()))


def _file(path: str, found: list[Change], before: Mapping[str, bytes], after: Mapping[str, bytes], code: str) -> FileChanges:
    name = path.removeprefix(f"{code}/")
    marks: dict[str, str] = {}
    for one in found:
        if one.element:
            marks.setdefault(one.element, one.kind)
    content = after.get(path, before.get(path, b""))
    return FileChanges(
        path=name,
        title=library.title_of(path, content),
        kind=drafts.kind_of(name),
        state="added" if path not in before else "removed" if path not in after else "changed",
        behaves=tuple(one for one in found if one.behaves),
        looks=tuple(one for one in found if not one.behaves),
        marks=tuple(marks.items()),
    )


def of_draft(db: Db, draft_id: str) -> Comparison:
    """A draft beside the version it began as."""
    draft = authoring.get(db, draft_id)
    return of(drafts.base_files(db, draft), drafts.contents(db, draft), draft.jurisdiction)


def of_versions(db: Db, before: str, after: str) -> Comparison:
    """Two versions of one place. Raises NotFound."""
    old, new = rules.get(db, before), rules.get(db, after)
    if old.jurisdiction != new.jurisdiction:
        raise NotFound("两个版本不是同一个地区的。")
    return of(rules.files(db, old.id), rules.files(db, new.id), new.jurisdiction)


def diagram(db: Db, draft_id: str, path: str, *, base: bool) -> bytes:
    """A diagram of a draft, as it is or as it began, for the picture of the comparison. Raises NotFound."""
    draft = authoring.get(db, draft_id)
    files = drafts.base_files(db, draft) if base else drafts.contents(db, draft)
    content = files.get(drafts.full(draft, path)) if path.endswith(".bpmn") else None
    if content is None:
        raise NotFound("没有这张流程图。")
    return content


def diagram_of_version(db: Db, version: str, path: str) -> bytes:
    """A diagram of a version. Raises NotFound."""
    row = rules.get(db, version)
    key = row.manifest.get(path if path.startswith(drafts.NATIONAL) else f"{row.jurisdiction}/{path}")
    if key is None or not path.endswith(".bpmn"):
        raise NotFound("没有这张流程图。")
    return rules.blob(db, key)
