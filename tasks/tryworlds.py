"""Worlds in which drafts are tried out (试办): each is a story played from its start, in a database and on a clock of its own."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Any

from pydantic import ValidationError

from adapters import clock, library
from adapters.database import Database, Db, authoring, cases, items, open_database
from adapters.database.tables import RuleDraft, RulePlay, WorkItem
from domain.errors import Refusal
from tasks import drafts
from tasks.scenarios.language import Act, Scenario
from tasks.scenarios.player import Theatre, step
from tasks.scenarios.stage import Outcome, Stage, at
from tasks.scenarios.wording import named

KEPT = 4  #: worlds held in memory between two clicks; any of them can be made again from its story


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


@contextmanager
def played(database: Database, draft_id: str, play_id: str) -> Iterator[tuple[RulePlay, World]]:
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


def theatre(files: Mapping[str, bytes], draft: RuleDraft, store: Path) -> Theatre:
    found = Theatre.made(files, draft.jurisdiction, store)
    if not found.cast.units:
        raise Refusal("草稿里没有试办用的单位和人员。", todo="请补上 scenarios/_organisation.yaml。")
    return found


def _new(files: Mapping[str, bytes], draft: RuleDraft, play: RulePlay) -> World:
    folder = TemporaryDirectory()
    database = open_database("sqlite://")
    world: World | None = None
    try:
        house = theatre(files, draft, Path(folder.name))
        story = _parsed(play.story)
        with clock.at(at(story.given.on)):
            stage = house.stage(database, Outcome(story.title), reload=False, say=None)
            world = World(database, stage, folder, clock.now(), [])
            world.broken = _told(stage, lambda: stage.begin(story.given, "main"))
            for number, given in enumerate(play.story["when"], 1):
                if world.broken:
                    break
                if refusal := do(world, given):
                    world.broken = f"第 {number} 步在现在的草稿上走不通：{refusal}"
            world.acts = list(play.story["when"])
            world.now = clock.now()
    except BaseException:
        database.close()
        folder.cleanup()
        raise
    return world


def _parsed(story: Mapping[str, Any]) -> Scenario:
    raw = {"title": "试办", "clauses": [], **dated(story)}
    try:
        return Scenario.model_validate(raw)
    except ValidationError as error:
        raise Refusal("试办的记录读不出来。", todo="请重新开始一次试办。") from error


def dated(value: Any) -> Any:
    """Days as days: JSON keeps them as text."""
    if isinstance(value, Mapping):
        return {
            key: date.fromisoformat(one) if key in ("on", "wait_until") and isinstance(one, str) else dated(one)
            for key, one in value.items()
        }
    return [dated(one) for one in value] if isinstance(value, list) else value


def do(world: World, given: Mapping[str, Any]) -> Refusal | None:
    """Play one act; answers why it was refused. A refused act has changed nothing."""
    stage, found = world.stage, list[Refusal]()
    try:
        said = Act.model_validate(dated(given))
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
    return named(stage.ruleset, "；".join(found))


def standing(db: Db, world: World) -> list[tuple[str, WorkItem]]:
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
