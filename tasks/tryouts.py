"""Trying a draft out (试办): any office plays any step on a virtual clock, with the real engine, tables and forms.

Nothing of it is kept but the story, which can be played again on a changed draft, and saved as a scenario.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from adapters import clock, forms, library
from adapters.database import Database, Db, authoring, cases, ids, items, people, projects, waits
from adapters.database.tables import RulePlay, WorkItem
from domain.errors import Conflict, InvalidAnswers, NotFound, Refusal
from tasks import drafts, tryworlds, work
from tasks.scenarios import checks, wording
from tasks.tryworlds import World

MOST_ACTS = 200
_FILE = re.compile(r"[a-z][a-z0-9_-]{0,60}")


@dataclass(frozen=True, slots=True)
class Waiting:
    """An open step of a try-out. `key` means the same step also after the story was played again, unlike its id."""

    key: str
    step: str
    title: str
    office: str
    who: str
    due: date | None
    case: str  #: name of the case in the story
    case_title: str
    party: str


@dataclass(frozen=True, slots=True)
class View:
    """A try-out as its page shows it."""

    play: RulePlay
    title: str
    now: datetime
    lines: tuple[str, ...]
    open: tuple[Waiting, ...]
    waiting: tuple[str, ...]
    cases: tuple[tuple[str, str, str], ...]  #: (name, title, status)
    project: tuple[tuple[str, str], ...]
    broken: str
    acts: int
    rounds: tuple[tuple[str, str], ...]
    sides: tuple[tuple[str, str], ...]
    steps: tuple[tuple[str, str], ...]  #: where playing by defaults may stop
    touched: tuple[tuple[str, str], ...]  #: clauses met: (id, article)
    offices: tuple[tuple[str, str], ...]


def choices(db: Db, draft_id: str) -> tuple[list[tuple[str, str]], list[str]]:
    """(procedures that may begin a try-out, units). Raises Unpublishable while the draft cannot be read."""
    draft = authoring.get(db, draft_id)
    files = drafts.contents(db, draft)
    theatre = tryworlds.theatre(files, draft, Path())
    found = [(one.code, one.title or one.name) for one in theatre.ruleset.procedures.values() if one.kind == "main" and one.starters]
    return found, list(theatre.cast.units)


def begin(db: Db, draft_id: str, given: Mapping[str, str], *, by: str, now: datetime) -> RulePlay:
    """A new try-out. Raises Refusal when it cannot begin like this."""
    draft = authoring.get(db, draft_id)
    try:
        day = date.fromisoformat(given.get("on", ""))
    except ValueError as error:
        raise InvalidAnswers("试办没有开始。", {"on": "请填写开始日期。"}, todo="写成 2026-03-02。") from error
    begun: dict[str, Any] = {"on": day.isoformat(), "procedure": given.get("procedure", "project")}
    if given.get("unit"):
        begun["unit"] = given["unit"]
    if given.get("until"):
        begun["until"] = given["until"]
    if given.get("estimate"):
        begun["answers"] = {"needs_proposal": {"estimate": given["estimate"]}}
    play = RulePlay(id=ids.new(), draft=draft.id, by=by, begun_at=now, story={"given": begun, "when": []})
    authoring.add_play(db, play)
    return play


def look(database: Database, draft_id: str, play_id: str) -> View:
    """The try-out as it stands. Raises NotFound, Unpublishable."""
    with tryworlds.played(database, draft_id, play_id) as (play, world):
        return _view(play, world)


def act(database: Database, draft_id: str, play_id: str, given: Mapping[str, Any]) -> None:
    """Go on with one act of the scenario language. Raises Refusal when the rules do not allow it; then the story stays as it was."""
    with tryworlds.played(database, draft_id, play_id) as (play, world):
        if world.broken:
            raise Refusal("前面的步骤在修改后的草稿上走不通，不能继续。", todo="请撤销到走得通的一步，或重新开始。")
        if len(play.story["when"]) >= MOST_ACTS:
            raise Refusal(f"一次试办最多 {MOST_ACTS} 步。", todo="请存为场景，另外开始一次试办。")
        said = dict(given)
        if refusal := tryworlds.do(world, said):
            if "do" not in said:  # several steps in one act: some of them may have been done
                world.acts = [{}]
            raise refusal
        story = {**play.story, "when": [*play.story["when"], said]}
        with database.transaction() as db:
            if not authoring.keep_story(db, play.id, play.story, story):
                world.broken = "另一个窗口已继续了这次试办。"
                raise Conflict("另一个窗口已继续了这次试办，这一步没有保存。", todo="请刷新页面。")


def undo(database: Database, draft_id: str, play_id: str, *, keep: int) -> None:
    """Take back everything after the first `keep` acts."""
    with database.transaction() as db:
        play = authoring.play(db, draft_id, play_id)
        kept = {**play.story, "when": play.story["when"][: max(keep, 0)]}
        if not authoring.keep_story(db, play.id, play.story, kept):
            raise Conflict("另一个窗口已继续了这次试办。", todo="请刷新页面。")


def item(database: Database, draft_id: str, play_id: str, key: str) -> tuple[work.ItemView, dict[str, Any], View]:
    """An open step as its official sees it, filled in by the defaults of the stories. Raises NotFound."""
    with tryworlds.played(database, draft_id, play_id) as (play, world):
        view = _view(play, world)
        with world.stage.database.reading() as db:
            found = _item(db, world, key)
            official = world.stage.who(db, found, None)
            shown = work.item_view(db, official, world.stage.ruleset.code, found.id, now=clock.now())
            filled = {**shown.answers, **_defaults(world, db, found)}
        return shown, filled, view


def hand_in(database: Database, draft_id: str, play_id: str, key: str, given: Mapping[str, Any] | None, by: str) -> None:
    """Do an open step with what was typed, or with the defaults of the stories (`given` None). Raises Refusal."""
    with tryworlds.played(database, draft_id, play_id) as (_, world), world.stage.database.reading() as db:
        found = _item(db, world, key)
        case = next((name for name, one in world.stage.names.items() if one == found.case), None)
        said: dict[str, Any] = {"do": found.step}
        if case is not None and found.case != world.stage.focus:
            said["case"] = case
        if found.idx is not None and found.person is None:
            said["party"] = found.office
        if by:
            said["by"] = by
        if given is not None:
            usual = _defaults(world, db, found)
            form = world.stage.ruleset.forms.get(found.form or "", {}).get("properties", {})
            changed = {name: value for name, value in given.items() if not _alike(value, usual.get(name))}
            changed |= {name: None for name in usual if name in form and name not in given}
            if changed:
                said["with"] = changed
    act(database, draft_id, play_id, said)


def save(database: Database, draft_id: str, play_id: str, given: Mapping[str, str], clauses: list[str], *, by: str, now: datetime) -> str:
    """Keep the story as a scenario of the draft, with what is true at its end as expectation; answers its path. Raises Refusal."""
    name, title = given.get("name", "").strip(), " ".join(given.get("title", "").split())
    wrong = {} if _FILE.fullmatch(name) else {"name": "文件名用小写字母、数字、下划线或横线，以字母开头。"}
    wrong |= {} if title else {"title": "请写明这个场景说明什么。"}
    if wrong:
        raise InvalidAnswers("场景没有保存。", wrong, todo="请改正后再保存。")
    with tryworlds.played(database, draft_id, play_id) as (play, world):
        if world.broken:
            raise Refusal("这次试办在修改后的草稿上走不通，没有保存。", todo="请撤销到走得通的一步。")
        with world.stage.database.reading() as db:
            then = _ending(db, world)
    story = {"title": title, "clauses": clauses, "given": play.story["given"], "when": play.story["when"], "then": then}
    text = library.to_yaml(tryworlds.dated(story))
    path = f"scenarios/{name}.yaml"
    with database.transaction() as db:
        drafts.save(db, draft_id, path, text, 0, by=by, now=now)
    return path


# --- steps --------------------------------------------------------------------------------------------------------------------------


def _item(db: Db, world: World, key: str) -> WorkItem:
    found = next((one for known, one in tryworlds.standing(db, world) if known == key), None)
    if found is None:
        raise NotFound("这一步已不在待办中。", todo="请从试办页面重新选择。")
    return found


def _defaults(world: World, db: Db, found: WorkItem) -> dict[str, Any]:
    """What the stories would fill in here; nothing where their expressions do not fit."""
    with suppress(Exception):  # defaults are a convenience: a step that no story knows is filled in by hand
        form = world.stage.ruleset.forms.get(found.form or "", {}).get("properties", {})
        return {name: value for name, value in world.stage.filled(db, found, {}).items() if name in form}
    return {}


def _alike(one: Any, other: Any) -> bool:
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_alike, one, other))
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return {key for key in one if one[key] not in ("", None)} == set(other) and all(_alike(one[key], other[key]) for key in other)
    return str(one).strip() == {"True": "true", "False": "false"}.get(str(other), str(other)).strip()


# --- showing --------------------------------------------------------------------------------------------------------------------------


def _view(play: RulePlay, world: World) -> View:
    stage = world.stage
    ruleset, named = stage.ruleset, {case: name for name, case in stage.names.items()}
    with stage.database.reading() as db:
        listed = cases.listing(db, ruleset.code)
        titles = {one.id: one.title for one in listed}
        keyed = tryworlds.standing(db, world)
        steps = wording.names(ruleset)
        messages = [steps.get(one.step, one.message) for row in listed for one in waits.open_of(db, row.id)]
        persons = people.by_ids(db, [one.person for _, one in keyed if one.person])
        units = {one.id: one.name for one in stage.cast.units.values()}
        shown = tuple(
            Waiting(
                key=key,
                step=one.step,
                title=one.title,
                office=one.office,
                who=(persons[one.person].name if one.person in persons else "")
                or f"{units.get(one.unit or '', '')}{ruleset.offices[one.office].name if one.office in ruleset.offices else one.office}",
                due=one.due,
                case=named.get(one.case, ""),
                case_title=titles[one.case],
                party=one.office if one.idx is not None else "",
            )
            for key, one in keyed
        )
        project = _project(db, world)
    checks.touched(stage)
    known = ruleset.catalogue.by_id()
    return View(
        play=play,
        title=ruleset.name,
        now=clock.now(),
        lines=tuple(line.replace("〔main〕", "") for line in stage.outcome.lines),
        open=shown,
        waiting=tuple(messages),
        cases=tuple((named.get(one.id, ""), one.title, one.status) for one in listed),
        project=project,
        broken=world.broken,
        acts=len(play.story["when"]),
        rounds=tuple((one.id, one.title) for one in ruleset.rounds.values()),
        sides=tuple((one.code, one.title or one.name) for one in ruleset.procedures.values() if one.kind == "side" and one.starters),
        steps=tuple(
            (e.id, f"{one.title or one.name}：{e.name or e.id}")
            for one in ruleset.procedures.values()
            for e in one.elements.values()
            if e.kind == "userTask" and one.file.startswith(f"{ruleset.code}/")
        ),
        touched=tuple((one, known[one].article) for one in sorted(stage.outcome.touched) if one in known),
        offices=tuple((one.id, one.name) for one in ruleset.offices.values()),
    )


def _project(db: Db, world: World) -> tuple[tuple[str, str], ...]:
    case = cases.get(db, world.stage.focus) if world.stage.focus else None
    if case is None or case.project is None:
        return ()
    found = projects.get(db, case.project)
    titles = {
        str(prop["x-amount"]): str(prop.get("title") or prop["x-amount"])
        for schema in world.stage.ruleset.forms.values()
        for _, prop in forms.fields(schema)
        if prop.get("x-amount")
    }
    amounts = [(f"{titles.get(kind, kind)}（万元）", f"{one.fen / 1_000_000:g}") for kind, one in projects.amounts(db, found.id).items()]
    return (("项目", found.name), ("阶段", found.stage or "（无）"), ("状态", str(found.status)), *amounts)


def _ending(db: Db, world: World) -> dict[str, Any]:
    """What is true at the end, as the scenario language says it."""
    case = cases.get(db, world.stage.focus)
    steps = [one.step for one in items.open_of(db, case.id)]
    then: dict[str, Any] = {"open": steps, "waiting": [one.step for one in waits.open_of(db, case.id)]}
    if case.closed_at is not None:
        then["closed"] = True
    if case.project is not None:
        found = projects.get(db, case.project)
        then |= {"status": str(found.status)} | ({"stage": found.stage} if found.stage else {})
    return then
