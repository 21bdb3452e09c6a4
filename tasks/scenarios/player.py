"""Plays a story on its stage, from what is given over what happens to what must be true at the end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from adapters import clock, library
from adapters.database import Database, cases, open_database, projects, rules
from adapters.files import FileStore
from domain.errors import Refusal
from domain.rulesets import Ruleset
from tasks import overrides, rounds, versions
from tasks.facts import KEPT
from tasks.scenarios import checks, organisation, traces, vocabulary
from tasks.scenarios.language import NO_CASE, Act, Begin, Refused, Scenario, ScenarioError
from tasks.scenarios.stage import Outcome, Stage, at


def step(stage: Stage, act: Act) -> None:
    """One act of the story."""
    if act.do is not None:
        stage.do(act)
    elif act.play is not None:
        if act.case:
            stage.focus = stage.case_named(act.case)
        stage.play(act.play)
    elif act.wait_until is not None:
        if act.wait_until < clock.today():
            raise ScenarioError(f"wait_until {act.wait_until} 已经过去，时间不能倒走。", todo="请写当天或以后的日期。")
        stage.advance(at(act.wait_until))
    elif act.wait is not None:
        stage.wait(act.wait)
    elif act.start is not None:
        _start(stage, act)
    elif act.round is not None:
        _round(stage, act.round)
    elif act.override is not None:
        _override(stage, act)
    elif act.setting is not None:
        with stage.writing() as db:
            for name, value in act.setting.items():
                rules.set_setting(db, stage.ruleset.code, name, checks.plain(value), by="admin", at=clock.now())
    elif act.expect is not None:
        checks.compare(stage, act.expect)


def _start(stage: Stage, act: Act) -> None:
    begin = act.start
    assert begin is not None
    wanted = stage.ruleset.procedure(begin.procedure)
    with stage.database.reading() as db:
        project = cases.get(db, stage.focus).project if stage.focus and wanted is not None and wanted.kind == "side" else None
    _begin(stage, begin, act.case or begin.procedure, act.refused, project=project)


def _round(stage: Stage, name: str) -> None:
    one = stage.ruleset.rounds.get(name)
    if one is None:
        raise ScenarioError(f"没有批次 {name}。", todo="批次编号见 rounds.yaml。")
    with stage.writing() as db:
        project = cases.get(db, stage.focus).project if one.per == "project" and stage.focus else None
        opened = rounds.open_one(db, rounds.Due(stage.ruleset.code, one, clock.today(), project=project), now=clock.now())
    if opened is None:
        raise ScenarioError(f"批次 {name} 今天已经开办过，没有再次开办。", todo="请换一天，或删去这一步。")
    stage.names[name] = opened.case
    stage.tell(f"〔{name}〕批次开办：{one.title}")


def _override(stage: Stage, act: Act) -> None:
    given = act.override
    assert given is not None
    with stage.database.reading() as db:
        project = cases.get(db, stage.focus).project if stage.focus else None
        if project is None:
            raise ScenarioError("例外登记在项目上，当前办件没有所属项目。", todo="请先换到项目的办件，再登记例外。")
        official = stage.cast.named(db, given.by, projects.get(db, project).unit, clock.today())
    try:
        with stage.writing() as db:
            overrides.record(db, clause=given.clause, project=project, reason=given.reason, official=official, now=clock.now())
    except Refusal as refusal:
        stage.refusal(f"例外 {given.clause}", refusal, act.refused)
        return
    if act.refused:
        stage.differ(f"例外 {given.clause} 本应被拒绝")
    stage.tell(f"登记例外：{given.clause}（{given.reason}）")


def _begin(stage: Stage, begin: Begin, name: str, refused: Refused | None = None, *, project: str | None = None) -> None:
    """Begin a case, or see that it is refused."""
    refused, keep, known = begin.refused or refused, stage.focus, stage.names.get(name)
    try:
        stage.begin(begin, name, project=project)
    except Refusal as refusal:
        if refused is not None and isinstance(refusal, ScenarioError):
            raise  # a slip of the story is not what it expects
        if stage.names.get(name) == known:
            stage.focus = keep  # nothing was begun
        stage.refusal(begin.procedure, refusal, refused)
        return
    if refused is not None:
        stage.differ(f"“{begin.procedure}”本应不能开办，却开办成功")


def play(
    scenario: Scenario,
    theatre: Theatre,
    *,
    reload: bool = False,
    aloud: bool = False,
    say: Callable[[str], None] | None = None,
    trace: traces.Trace | None = None,
) -> Outcome:
    """Play one story in a fresh database in memory. Never raises for what the story does; the outcome says it.

    `trace`: what the story ran through is added to it.
    """
    outcome = Outcome(scenario.title, scenario.path, claimed=tuple(scenario.clauses))
    database = open_database("sqlite://")
    try:
        with clock.at(at(scenario.given.on)):
            stage = theatre.stage(database, outcome, reload=reload, say=say)
            stage.aloud = aloud
            try:
                _perform(stage, scenario)
            except Refusal as refusal:
                stage.differ(str(refusal))
            except Exception as error:  # an engine fault or a bug of ours: told as a difference, with its kind
                stage.differ(f"{type(error).__name__}: {error}")
            checks.touched(stage)
            if trace is not None:
                traces.follow(stage, trace)
            checks.held(stage, theatre.duties)
    finally:
        database.close()
    for clause in scenario.clauses:
        if clause not in outcome.touched and outcome.passed:
            outcome.differences.append(f"场景声称证明 {clause}，但整个过程没有触及该条款")
    return outcome


def _perform(stage: Stage, scenario: Scenario) -> None:
    vocabulary.check(scenario, stage.ruleset, stage.cast)
    given = scenario.given
    with stage.writing() as db:
        for name, value in {**given.settings, **{f"{KEPT}{name}": one for name, one in given.kept.items()}}.items():
            rules.set_setting(db, stage.ruleset.code, name, checks.plain(value), by="admin", at=clock.now())
        wanted = stage.ruleset.procedure(given.procedure)
        if (wanted is not None and wanted.kind == "batch") or given.procedure == NO_CASE:
            stage.add_systems(db, given, next(iter(stage.cast.units.values())).id, None)
    for name, begin in given.cases.items():
        _begin(stage, begin, name)
    if given.procedure != NO_CASE:
        _begin(stage, given, "main")
    for act in scenario.when:
        step(stage, act)
    checks.compare(stage, scenario.then)


@dataclass
class Theatre:
    """What all stories of one jurisdiction share: rule set, cast, defaults. Reading it once keeps hundreds of stories quick."""

    ruleset: Ruleset
    files: Mapping[str, bytes]
    cast: organisation.Cast
    experts: list[dict[str, Any]]
    defaults: Mapping[str, Mapping[str, Any]]
    store: FileStore
    duties: Mapping[str, checks.Duty] = field(default_factory=dict)  #: step → who and with which documents, as `_actors.yaml` says

    @classmethod
    def of(cls, root: Path, code: str, store: Path) -> Theatre:
        """Read a jurisdiction's folder for playing."""
        return cls.made(library.files_of(root, code), code, store)

    @classmethod
    def made(cls, files: Mapping[str, bytes], code: str, store: Path) -> Theatre:
        """The same for files from anywhere, a draft's for instance. Raises Unpublishable when they are no rule set."""
        ruleset = library.read(library.bundle(files, code), code)
        cast, experts = organisation.read(ruleset, files)
        defaults: dict[str, Mapping[str, Any]] = {}
        for path in sorted(files):
            if path.startswith(f"{code}/scenarios/_defaults"):
                defaults.update(library.from_yaml(files[path]) or {})
        listed = library.from_yaml(files.get(f"{code}/scenarios/_actors.yaml", b"")) or {}
        duties = {step: checks.Duty.of(said) for step, said in listed.items()}
        return cls(ruleset, files, cast, experts, defaults, FileStore(store), duties)

    def stage(self, database: Database, outcome: Outcome, *, reload: bool, say: Callable[[str], None] | None) -> Stage:
        """A fresh world for one story: tables, published rules, the cast."""
        database.create_all()
        with database.transaction() as db:
            versions.publish_files(db, self.files, self.ruleset.code, by="scenario", now=clock.now(), checked=False)
            organisation.settle(db, self.cast, self.experts)
        return Stage(database, self.ruleset, self.cast, self.defaults, self.store, outcome, reload=reload, say=say)
