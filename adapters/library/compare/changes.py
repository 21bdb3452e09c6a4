"""Two sets of facts → the list of changes, what behaves before what only looks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from adapters.library.compare import diagrams, lists, tables
from adapters.library.compare.facts import Facts, Said
from adapters.library.texts import Unreadable, from_yaml
from adapters.library.titles import title_of
from domain.changes import Change

MOST = 2_000  #: changes of one file; a longer list is read by nobody


def compare(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> list[Change]:
    """Every difference between two states of a rule set, by file; within a file what behaves first."""
    was, now = _offices(before), _offices(after)
    found: list[Change] = []
    for path in sorted({*before, *after}):
        if before.get(path) != after.get(path):
            changes = list(_file(path, before.get(path), after.get(path), was, now))[:MOST]
            found += sorted(changes, key=lambda one: not one.behaves)
    return found


def _file(path: str, old: bytes | None, new: bytes | None, was: Mapping[str, str], now: Mapping[str, str]) -> Iterator[Change]:
    story = "scenarios" in PurePosixPath(path).parts
    if old is None or new is None:
        title = title_of(path, new if new is not None else old or b"")
        yield Change(file=path, element=None, kind="removed" if new is None else "added", behaves=not story, title=title)
        return
    if story:
        yield Change(
            file=path, element=None, kind="changed", behaves=False, title=title_of(path, new), aspect="场景", old="原文", new="新文"
        )
        return
    count = 0
    for change in _elements(path, _said(path, old, was), _said(path, new, now)):
        count += 1
        yield change
    if not count:  # comments, spaces, or a file that cannot be read: said, never passed over
        yield Change(
            file=path,
            element=None,
            kind="changed",
            behaves=False,
            title=title_of(path, new),
            aspect="文字",
            old="原文",
            new="写法不同，内容相同",
        )


def _said(path: str, content: bytes, offices: Mapping[str, str]) -> Said:
    name = PurePosixPath(path)
    if name.suffix == ".bpmn":
        return diagrams.read(path, content, offices)
    if name.suffix == ".dmn":
        return tables.read(path, content)
    return lists.form(content) if name.suffix == ".json" else lists.listing(name.stem, content)


def _elements(path: str, before: Said, after: Said) -> Iterator[Change]:
    old, new = before.elements, after.elements
    for ident in (*new, *(one for one in old if one not in new)):
        was, now = old.get(ident), new.get(ident)
        if was is None and now is not None:
            yield Change(file=path, element=ident or None, kind="added", behaves=now.behaves, title=now.title, new=now.words or now.kind)
        elif now is None and was is not None:
            yield Change(file=path, element=ident or None, kind="removed", behaves=was.behaves, title=was.title, old=was.words or was.kind)
        elif was is not None and now is not None:
            yield from _aspects(path, ident, was, now)


def _aspects(path: str, ident: str, was: Facts, now: Facts) -> Iterator[Change]:
    changed = behaves = False
    for aspect in dict.fromkeys((*was.aspects, *now.aspects)):
        before, after = was.aspects.get(aspect, ""), now.aspects.get(aspect, "")
        if before != after:
            changed = True
            behaves = behaves or aspect not in now.looks
            told: dict[str, Any] = {"aspect": aspect, "old": before[:600], "new": after[:600]}
            yield Change(file=path, element=ident or None, kind="changed", behaves=aspect not in now.looks, title=now.title, **told)
    if not behaves and was.rest != now.rest:
        told = {"aspect": "其他设置", "old": "原设置", "new": "已改动，见流程图文件"}
        yield Change(file=path, element=ident, kind="changed", behaves=True, title=now.title, **told)
    elif not changed and was.place != now.place and was.place and now.place and now.kind != "顺序流":
        yield Change(file=path, element=ident, kind="moved", behaves=False, title=now.title)


def _offices(files: Mapping[str, bytes]) -> dict[str, str]:
    """Office id → name, as far as the list can be read."""
    for path, content in files.items():
        if path.endswith("/offices.yaml"):
            try:
                value = from_yaml(content)
            except Unreadable:
                return {}
            return {str(one["id"]): str(one.get("name") or one["id"]) for one in value or () if isinstance(one, dict) and one.get("id")}
    return {}
