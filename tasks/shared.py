"""Changes of national files (全国通用的文件), carried from the draft of one place to those of the others.

A version holds its own copy of the national files, so a change reaches nobody but the place whose draft made it. Other places get drafts
of their own: checked by their own gate, played by their own stories, approved and published one by one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from adapters.database import Db, authoring, rules
from adapters.database.tables import RuleDraftFile
from domain.errors import Refusal
from domain.rulesets import Ruleset
from tasks import authoring as writing
from tasks import drafts, versions


@dataclass(frozen=True, slots=True)
class Carried:
    """What became of a change in one other place: a draft with so many errors, or why there is none."""

    place: str
    name: str
    draft: str = ""
    errors: int = 0
    why: str = ""


def used(ruleset: Ruleset) -> frozenset[str]:
    """The national diagrams and forms that a place really uses: what its own procedures call, and what those show."""
    reached = {name for name, one in ruleset.procedures.items() if one.file.startswith(f"{ruleset.code}/")}
    waiting = list(reached)
    found = set[str]()
    while waiting:
        procedure = ruleset.procedures[waiting.pop()]
        found.add(procedure.file)
        for element in procedure.elements.values():
            found.add(f"{drafts.NATIONAL}forms/{element.form or element.id}.json")
            called = element.called or ""
            if called in ruleset.procedures and called not in reached:
                reached.add(called)
                waiting.append(called)
    return frozenset(one for one in found if one in ruleset.files and one.startswith(drafts.NATIONAL))


def carry(db: Db, draft_id: str, *, by: str, now: datetime) -> list[Carried]:
    """Make a draft for every other place that uses a national file which this draft changes, with the same change; says how each fared.

    A place that already reads so, or has a wording of its own in one of these files, is left alone; so is one with a draft that already
    says the same. Raises Refusal where nothing changed.
    """
    draft = authoring.get(db, draft_id)
    before, after = drafts.base_files(db, draft), drafts.contents(db, draft)
    changed = {path: text for path, text in after.items() if path.startswith(drafts.NATIONAL) and before.get(path) != text}
    if not changed:
        raise Refusal("草稿没有修改全国通用的文件，没有可以带到其他地区的内容。", todo="请先修改通用文件。")
    return [_place(db, code, name, draft.title, before, changed, by, now) for code, name in drafts.places(db) if code != draft.jurisdiction]


def _place(
    db: Db, code: str, name: str, title: str, before: dict[str, bytes], changed: dict[str, bytes], by: str, now: datetime
) -> Carried:
    version = rules.published(db, code)
    assert version is not None, "a place in the list has rules in force"
    ruleset = versions.ruleset(db, version.id)
    wanted = {path: text for path, text in changed.items() if path in used(ruleset) and ruleset.files[path] != text}
    if not wanted:
        return Carried(code, name, why="没有用到这些文件，或者已经是这样。")
    if own := [path for path in wanted if ruleset.files[path] != before.get(path)]:
        return Carried(code, name, why=f"该地区对 {'、'.join(own)} 有自己的写法，请在该地区的草稿中修改。")
    for one in authoring.listing(db):
        if one.jurisdiction == code and one.status in ("open", "review") and wanted.items() <= drafts.contents(db, one).items():
            return Carried(code, name, one.id, writing.check(db, one.id).errors)
    made = drafts.begin(db, code, title, by=by, now=now)
    for path, text in wanted.items():
        authoring.save(db, RuleDraftFile(draft=made.id, path=path, revision=2, content=text, by=by, at=now))
    return Carried(code, name, made.id, writing.check(db, made.id).errors)
