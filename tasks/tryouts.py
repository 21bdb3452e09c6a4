"""Trying a draft out (试办): any office plays any step on a virtual clock, with the real engine, tables and forms.

Nothing of it is kept but the story, which can be played again on a changed draft, and saved as a scenario.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Any
from uuid import uuid4

from pydantic import ValidationError

from adapters import clock, library
from adapters.database import Database, Db, authoring, cases, items, open_database, people, projects, waits
from adapters.database.tables import RuleDraft, RulePlay, WorkItem
from domain.errors import Conflict, InvalidAnswers, NotFound, Refusal
from tasks import drafts, work
from tasks.scenarios import checks
from tasks.scenarios.language import Act, Scenario
from tasks.scenarios.player import Theatre, step
from tasks.scenarios.stage import Outcome, Stage, at

MOST_ACTS = 200
KEPT = 4  #: worlds held in memory between two clicks; any of them can be made again from its story
_FILE = re.compile(r"[a-z][a-z0-9_-]{0,60}")


@dataclass
class World:
    """A played story: its stage, where the clock stands, and how far the story could be played."""

    database: Database
    stage: Stage
    folder: TemporaryDirectory[str]
    now: datetime
    acts: list[Mapping[str, Any]]
    broken: str = ""  #: why the rest of the story cannot be played on the draft as it is now

    def close(self) -> None:
        """Forget it."""
        self.database.close()
        self.folder.cleanup()


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


@dataclass
class _Worlds:
    """Worlds by play, so that a click need not play everything again."""

    held: OrderedDict[str, tuple[str, World]] = field(default_factory=OrderedDict)
    lock: Lock = field(default_factory=Lock)


_worlds = _Worlds()


def forget() -> None:
    """Drop every world held in memory, as a restart would."""
    with _worlds.lock:
        gone = [world for _, world in _worlds.held.values()]
        _worlds.held.clear()
    for one in gone:
        one.close()


def choices(db: Db, draft_id: str) -> tuple[list[tuple[str, str]], list[str]]:
    """(procedures that may begin a try-out, units). Raises Unpublishable while the draft cannot be read."""
    draft = authoring.get(db, draft_id)
    files = drafts.contents(db, draft)
    theatre = _theatre(files, draft, Path())
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
    play = RulePlay(id=uuid4().hex, draft=draft.id, by=by, begun_at=now, story={"given": begun, "when": []})
    authoring.add_play(db, play)
    return play


def look(database: Database, draft_id: str, play_id: str) -> View:
    """The try-out as it stands. Raises NotFound, Unpublishable."""
    with _played(database, draft_id, play_id) as (play, world):
        return _view(play, world)


def act(database: Database, draft_id: str, play_id: str, given: Mapping[str, Any]) -> None:
    """Go on with one act of the scenario language. Raises Refusal when the rules do not allow it; then the story stays as it was."""
    with _played(database, draft_id, play_id) as (play, world):
        if world.broken:
            raise Refusal("前面的步骤在修改后的草稿上走不通，不能继续。", todo="请撤销到走得通的一步，或重新开始。")
        if len(play.story["when"]) >= MOST_ACTS:
            raise Refusal(f"一次试办最多 {MOST_ACTS} 步。", todo="请存为场景，另外开始一次试办。")
        said = dict(given)
        if refusal := _do(world, said):
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
    with _played(database, draft_id, play_id) as (play, world):
        view = _view(play, world)
        with world.stage.database.reading() as db:
            found = _item(db, world, key)
            official = world.stage.who(db, found, None)
            shown = work.item_view(db, official, world.stage.ruleset.code, found.id, now=clock.now())
            filled = {**shown.answers, **_defaults(world, db, found)}
        return shown, filled, view


def hand_in(database: Database, draft_id: str, play_id: str, key: str, given: Mapping[str, Any] | None, by: str) -> None:
    """Do an open step with what was typed, or with the defaults of the stories (`given` None). Raises Refusal."""
    with _played(database, draft_id, play_id) as (_, world), world.stage.database.reading() as db:
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
    with _played(database, draft_id, play_id) as (play, world):
        if world.broken:
            raise Refusal("这次试办在修改后的草稿上走不通，没有保存。", todo="请撤销到走得通的一步。")
        with world.stage.database.reading() as db:
            then = _ending(db, world)
    story = {"title": title, "clauses": clauses, "given": play.story["given"], "when": play.story["when"], "then": then}
    text = library.to_yaml(_dated(story))
    path = f"scenarios/{name}.yaml"
    with database.transaction() as db:
        drafts.save(db, draft_id, path, text, 0, by=by, now=now)
    return path


# --- playing --------------------------------------------------------------------------------------------------------------------------


@contextmanager
def _played(database: Database, draft_id: str, play_id: str) -> Iterator[tuple[RulePlay, World]]:
    """The world of a play with its clock; taken from memory when it stands as the story says, else played again."""
    with database.reading() as db:
        draft = authoring.get(db, draft_id)
        play = authoring.play(db, draft.id, play_id)
        files = drafts.contents(db, draft)
    mark = library.digest({path.replace("/scenarios/", "/stories/"): content for path, content in files.items()})
    with _worlds.lock:
        known = _worlds.held.pop(play_id, None)
    world = known[1] if known is not None else None
    if known is None or known[0] != mark or known[1].acts != play.story["when"]:
        if world is not None:
            world.close()
        world = _new(files, draft, play)
    assert world is not None
    try:
        with clock.at(world.now):
            try:
                yield play, world
            finally:
                world.now = clock.now()
    except Refusal:
        _hold(play_id, mark, world)
        raise
    except BaseException:
        world.close()  # whatever happened, the next look plays the story again
        raise
    _hold(play_id, mark, world)


def _hold(play_id: str, mark: str, world: World) -> None:
    with _worlds.lock:
        before = _worlds.held.pop(play_id, None)
        _worlds.held[play_id] = (mark, world)
        gone = [_worlds.held.popitem(last=False)[1][1] for _ in range(len(_worlds.held) - KEPT)]
    for one in [*gone, *([before[1]] if before is not None else [])]:
        one.close()


def _theatre(files: Mapping[str, bytes], draft: RuleDraft, store: Path) -> Theatre:
    theatre = Theatre.made(files, draft.jurisdiction, store)
    if not theatre.cast.units:
        raise Refusal("草稿里没有试办用的单位和人员。", todo="请补上 scenarios/_organisation.yaml。")
    return theatre


def _new(files: Mapping[str, bytes], draft: RuleDraft, play: RulePlay) -> World:
    folder = TemporaryDirectory()
    database = open_database("sqlite://")
    world: World | None = None
    try:
        theatre = _theatre(files, draft, Path(folder.name))
        story = _parsed(play.story)
        with clock.at(at(story.given.on)):
            stage = theatre.stage(database, Outcome(story.title), reload=False, say=None)
            world = World(database, stage, folder, clock.now(), [])
            world.broken = _told(stage, lambda: stage.begin(story.given, "main"))
            for number, given in enumerate(play.story["when"], 1):
                if world.broken:
                    break
                if refusal := _do(world, given):
                    world.broken = f"第 {number} 步在现在的草稿上走不通：{refusal}"
            world.acts = list(play.story["when"])
            world.now = clock.now()
    except BaseException:
        database.close()
        folder.cleanup()
        raise
    return world


def _parsed(story: Mapping[str, Any]) -> Scenario:
    raw = {"title": "试办", "clauses": [], **_dated(story)}
    try:
        return Scenario.model_validate(raw)
    except ValidationError as error:
        raise Refusal("试办的记录读不出来。", todo="请重新开始一次试办。") from error


def _dated(value: Any) -> Any:
    """Days as days: JSON keeps them as text."""
    if isinstance(value, Mapping):
        return {
            key: date.fromisoformat(one) if key in ("on", "wait_until") and isinstance(one, str) else _dated(one)
            for key, one in value.items()
        }
    return [_dated(one) for one in value] if isinstance(value, list) else value


def _do(world: World, given: Mapping[str, Any]) -> Refusal | None:
    """Play one act; answers why it was refused. A refused act has changed nothing."""
    stage, found = world.stage, list[Refusal]()
    try:
        said = Act.model_validate(_dated(given))
    except ValidationError as error:
        return Refusal("这一步写得不对。", todo=str(error.errors()[0]["msg"]))
    stage.refused = found.append
    words = _told(stage, lambda: step(stage, said))
    stage.refused = None
    if not words:
        world.acts.append(given)
        return None
    return found[0] if found else Refusal(words)


def _told(stage: Stage, play: Callable[[], None]) -> str:
    """Play something; answers what was not as it should be, in words."""
    count = len(stage.outcome.differences)
    try:
        play()
    except Refusal as refusal:
        return str(refusal)
    except Exception as error:  # an engine fault: the draft's, told to its author
        return str(getattr(error, "what", "")) or f"{type(error).__name__}: {error}"
    found = stage.outcome.differences[count:]
    del stage.outcome.differences[count:]
    return "；".join(found)


def _standing(db: Db, world: World) -> list[tuple[str, WorkItem]]:
    """(key, item) of every open step: its id and, where several are open, which one in the order of their opening."""
    known = world.stage.ruleset.code
    found = [one for row in cases.listing(db, known) for one in items.open_of(db, row.id)]
    found.sort(key=lambda one: (one.opened_at, one.step, one.idx or 0, one.id))
    counts: dict[str, int] = {}
    keyed = []
    for one in found:
        counts[one.step] = counts.get(one.step, 0) + 1
        keyed.append((f"{one.step}-{counts[one.step]}", one))
    return keyed


def _item(db: Db, world: World, key: str) -> WorkItem:
    found = next((one for known, one in _standing(db, world) if known == key), None)
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
        keyed = _standing(db, world)
        messages = [one.message for row in listed for one in waits.open_of(db, row.id)]
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
        lines=tuple(stage.outcome.lines),
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
    amounts = [(f"金额 {kind}（万元）", f"{one.fen / 1_000_000:g}") for kind, one in projects.amounts(db, found.id).items()]
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
