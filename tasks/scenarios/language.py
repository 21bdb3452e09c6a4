"""The scenario language: what a `scenarios/*.yaml` file may contain. Unknown words are refused: a slip cannot pass as a success."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from adapters import library
from domain.errors import Refusal


class Part(BaseModel):
    """A piece of a story; nothing undeclared is taken."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Refused(Part):
    """An act that must be refused and change nothing."""

    clause: str | None = None
    says: str = ""  #: a piece of the refusal's text
    field: str | None = None  #: form field that must be named


class NoticeLike(Part):
    """A notice that must have been written."""

    to: str  #: office id, unit name or expert id
    clause: str | None = None
    contains: str = ""
    absent: bool = False  #: True: no such notice may exist


OF_WORLD = frozenset({"systems", "notices", "cases", "incidents"})  #: words that need no case
OF_PROJECT = frozenset({"stage", "status", "amounts", "metrics", "facts", "banned", "entry"})
WITHOUT_CASE = frozenset({"procedure", "on", "settings", "kept", "systems", "cases"})  #: what may be given where no case begins
NO_CASE = "none"


class Expectation(Part):
    """What must be true now, of the focus case unless said otherwise."""

    case: str | None = None
    open: list[str] | None = None  #: exactly these steps are open, any order; a step open n times stands n times
    has_open: list[str] = Field(default_factory=list)
    not_open: list[str] = Field(default_factory=list)
    waiting: list[str] | None = None  #: message catches that wait
    stage: str | None = None
    status: str | None = None  #: project status
    case_status: str | None = None
    closed: bool | None = None
    amounts: Mapping[str, Any] = Field(default_factory=dict)
    metrics: Mapping[str, Any] = Field(default_factory=dict)  #: metric id → 万元 with its sign; None: not to be computed yet
    decided: Mapping[str, Any] = Field(default_factory=dict)  #: step → latest outcome
    due: Mapping[str, date | None] = Field(default_factory=dict)  #: step → last day of its open item
    performer: Mapping[str, str] = Field(default_factory=dict)  #: step → office id, or office id@unit
    facts: Mapping[str, Any] = Field(default_factory=dict)  #: project facts and flags
    banned: Mapping[str, date | None] = Field(default_factory=dict)  #: kind → last day, None: not banned
    entry: Mapping[str, Any] = Field(default_factory=dict)  #: pool entry: kind → true/false
    systems: Mapping[str, str] = Field(default_factory=dict)  #: system name → status
    notices: list[NoticeLike] = Field(default_factory=list)
    reads: Mapping[str, list[str]] = Field(default_factory=dict)  #: office → texts it can read in this case
    cannot_read: Mapping[str, list[str]] = Field(default_factory=dict)
    cases: Mapping[str, int] = Field(default_factory=dict)  #: procedure code → how many cases of it are open
    incidents: int = 0

    @property
    def of_case(self) -> list[str]:
        """The words that speak of one case, or of its project, and check nothing where there is none."""
        return sorted(self.model_fields_set - OF_WORLD)

    @property
    def of_project(self) -> list[str]:
        """The words that speak of the project of a case."""
        return sorted(self.model_fields_set & OF_PROJECT)


class Begin(Part):
    """A case that begins."""

    procedure: str = "project"
    unit: str | None = None
    by: str | None = None  #: official's office, for procedures that several offices may start
    answers: Mapping[str, Mapping[str, Any]] = Field(default_factory=dict)  #: step → answers over the defaults, for the whole story
    until: str | None = None  #: play the defaults until this step or message catch waits
    facts: Mapping[str, Any] = Field(default_factory=dict)  #: project facts given beforehand (procedures without an application form)
    refused: Refused | None = None


class Given(Begin):
    """How the story begins."""

    on: date
    settings: Mapping[str, Any] = Field(default_factory=dict)
    kept: Mapping[str, Any] = Field(default_factory=dict)  #: facts of the whole jurisdiction that procedures have kept before
    systems: list[Mapping[str, Any]] = Field(default_factory=list)
    flags: Mapping[str, Any] = Field(default_factory=dict)
    amounts: Mapping[str, Any] = Field(default_factory=dict)
    entry: str | None = None  #: the project already stands in the pool under this kind
    cases: Mapping[str, Begin] = Field(default_factory=dict)  #: further cases, by a name of the story

    @model_validator(mode="after")
    def a_case_for_its_words(self) -> Given:
        """Where no case begins, nothing may be said of it."""
        if self.procedure == NO_CASE and (idle := sorted(self.model_fields_set - WITHOUT_CASE)):
            raise ValueError(f"procedure 写 {NO_CASE} 时没有办件，不能写 {'、'.join(idle)}")
        return self


class Exceptional(Part):
    """An exception (原则上) that is put on record."""

    clause: str
    by: str
    reason: str = ""


#: verb → the further words that it understands
FURTHER: Mapping[str, frozenset[str]] = {
    "do": frozenset({"with_", "by", "party", "all", "without", "refused", "case"}),
    "play": frozenset({"case"}),
    "wait_until": frozenset(),
    "wait": frozenset(),
    "start": frozenset({"refused", "case"}),
    "round": frozenset(),
    "override": frozenset({"refused"}),
    "setting": frozenset(),
    "expect": frozenset(),
}


class Act(Part):
    """One thing that happens. Exactly one of the verbs."""

    do: str | None = None
    play: str | None = None  #: go on with defaults until this step or message catch waits; "end": until the case is closed
    wait_until: date | None = None
    wait: str | None = None  #: 7 工作日 | 3 天 | 6 个月 | 1 年
    start: Begin | None = None  #: a side case on the focus project, or another case
    round: str | None = None  #: open this round now, as an administrator may
    override: Exceptional | None = None
    setting: Mapping[str, Any] | None = None
    expect: Expectation | None = None
    # further words of `do`
    with_: Mapping[str, Any] = Field(default_factory=dict, alias="with")
    by: str | None = None
    party: str | None = None  #: which party of a multi-instance step
    all: bool = False  #: all open items of the step
    without: list[str] = Field(default_factory=list)  #: materials left out
    refused: Refused | None = None
    case: str | None = None  #: name of the case, where not the focus; also names a started one
    note: str = ""

    @model_validator(mode="after")
    def one_verb(self) -> Act:
        """Exactly one verb, with words that it understands: others would be passed over in silence."""
        verbs = [verb for verb in FURTHER if getattr(self, verb) is not None]
        if len(verbs) != 1:
            raise ValueError("每一步写且只写一个动作：" + "、".join(FURTHER))
        further = self.model_fields_set - {verbs[0], "note"} - FURTHER[verbs[0]]
        if further:
            raise ValueError(f"动作 {verbs[0]} 不能带 {'、'.join(sorted(one.rstrip('_') for one in further))}")
        if self.expect is not None and not self.expect.model_fields_set - {"case"}:
            raise ValueError("expect 没有写要核对什么")
        return self


class Scenario(Part):
    """One story."""

    title: str
    clauses: list[str]
    given: Given
    when: list[Act] = Field(default_factory=list)
    then: Expectation = Field(default_factory=Expectation)
    path: str = ""

    @property
    def checks(self) -> bool:
        """Whether it expects anything; a story that does not would always come out well."""
        begun: list[Begin] = [self.given, *self.given.cases.values(), *(one.start for one in self.when if one.start is not None)]
        told = any(one.refused is not None for one in begun) or any(one.refused is not None or one.expect is not None for one in self.when)
        return told or bool(self.then.model_fields_set - {"case"})


class ScenarioError(Refusal):
    """The file cannot be read as a story."""


def parse(text: str, path: str = "") -> Scenario:
    """One story from YAML text. Raises ScenarioError with file, place and what to mend."""
    try:
        raw = library.from_yaml(text.encode())
        return Scenario.model_validate({**raw, "path": path})
    except library.Unreadable as error:
        raise ScenarioError(f"场景文件 {path} 不是正确的 YAML：{error}", todo="请检查缩进和冒号。") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = " → ".join(str(one) for one in first["loc"])
        raise ScenarioError(f"场景文件 {path} 的“{place}”写法不对：{first['msg']}", todo="写法见《场景语言》。") from error
    except TypeError as error:
        raise ScenarioError(f"场景文件 {path} 为空或不是键值结构。", todo="写法见《场景语言》。") from error
