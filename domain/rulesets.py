"""A rule set (规则集): everything one jurisdiction's folder says, read once, as values. A published version is one rule set."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cached_property
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from domain.clauses import Catalogue
from domain.offices import Office
from domain.procedures import Procedure
from domain.workdays import add_years


class MaterialKind(BaseModel):
    """A kind of document (材料). `id` is what steps refer to."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    name: str
    clauses: tuple[str, ...] = ()
    note: str = ""


class Round(BaseModel):
    """What recurs (批次). Every date is Asia/Shanghai."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    title: str  #: 年度计划第一批
    clauses: tuple[str, ...]
    procedure: str = ""  #: procedure code to open; empty: a window only, in which people begin by themselves
    opens: str  #: schedule: `yearly 12-31` | `monthly 1` | `quarterly 1` | `workday 1 of 1,4,7,10` | `setting <id>` | `manual`
    closes: str = ""  #: last day of the window, in the same words; empty: it stays open
    reminds: tuple[int, ...] = (30, 7, 1, 0)  #: days before the last day on which those who have to act are reminded
    tells: tuple[str, ...] = ()  #: offices that are told of opening, last days and closing; offices of projects: of every unit
    per: Literal["jurisdiction", "project", "system"] = "jurisdiction"
    where: str = ""  #: expression over project/system facts for `per` project or system
    year_offset: int = 0  #: batch year − year of opening, e.g. 1 for a round on 31 December for the next year
    silent: bool = False  #: the regulation gives no date; this one is configuration (文本未规定)
    note: str = ""


class Setting(BaseModel):
    """A figure the text leaves open and an administrator sets. `value` is the default."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    title: str
    value: str | int | None
    clause: str | None = None
    note: str = ""


class BanRule(BaseModel):
    """A kind of bar (禁评、限制): what it stops and until when, for pages and eligibility."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    title: str
    clause: str
    subject: Literal["project", "unit", "system"]
    cure: str = ""


class Metric(BaseModel):
    """A figure that a regulation wants shown (指标): a later amount of a year's item minus an earlier one, in 万元."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    title: str
    later: str  #: kind of amount
    earlier: str
    clause: str
    note: str = ""


class Rung(BaseModel):
    """One step of the ladder of reminders (提醒与升级): so many days from the last day of an open item, these are told."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    days: int  #: calendar days after the last day; negative: before it
    kind: str  #: 临期, 今日到期, 超期…: what lists and mails show
    tells: tuple[str, ...] = ("holder",)  #: `holder`, `coordinator`, or an office


#: Reminders where a jurisdiction says nothing else. No text orders them; region.yaml may replace them.
LADDER = (
    Rung(days=-3, kind="临期"),
    Rung(days=0, kind="今日到期"),
    Rung(days=1, kind="超期"),
    Rung(days=7, kind="超期未办", tells=("holder", "coordinator")),
    Rung(days=30, kind="长期超期", tells=("holder", "coordinator")),
)


class Ruleset(BaseModel):
    """One jurisdiction as data. `files` maps paths (`<code>/intake.bpmn`, `national/filing.bpmn`) to their bytes."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    code: str  #: folder name and prefix of its process ids
    name: str  #: the place, as people call it
    catalogue: Catalogue
    offices: Mapping[str, Office]
    materials: Mapping[str, MaterialKind]
    rounds: Mapping[str, Round]
    settings: Mapping[str, Setting]
    bans: Mapping[str, BanRule]
    metrics: tuple[Metric, ...] = ()
    ladder: tuple[Rung, ...] = LADDER
    choices: Mapping[str, tuple[str, ...]]  #: named value lists, e.g. unit kinds
    procedures: Mapping[str, Procedure]  #: by process id
    forms: Mapping[str, Mapping[str, Any]]  #: form name → JSON Schema; the jurisdiction's own wins over national/forms
    files: Mapping[str, bytes]

    def standing(self, released_on: date | None, today: date) -> str:
        """The regulation with its status for people: 《…》（征求意见稿，公布日期未填写，有效期 2 年）.

        Source: JJ-00-draft, JJ-22-validity.
        """
        words = [self.catalogue.status]
        years = self.catalogue.validity_years
        if released_on is None:
            words.append("公布日期未填写")
            words += [f"有效期 {years} 年"] if years else []
        else:
            words.append(f"{released_on:%Y年%-m月%-d日}公布")
            if years:
                last = add_years(released_on, years)
                words.append(f"有效至 {last:%Y年%-m月%-d日}" + ("，已失效" if today > last else ""))
        return f"《{self.catalogue.title}》（{'，'.join(words)}）"

    @cached_property
    def fact_fields(self) -> Mapping[str, Mapping[str, Any]]:
        """Fact of a project (`x-project`) → the form field that states it, where it is more than text and every form means the same."""
        found: dict[str, Mapping[str, Any]] = {}
        stated: dict[str, set[str]] = {}
        for schema in self.forms.values():
            for field in schema.get("properties", {}).values():
                if name := field.get("x-project"):
                    found[name] = field
                    stated.setdefault(name, set()).add(str(field.get("type")))
        return {name: field for name, field in found.items() if stated[name] != {"string"} and len(stated[name]) == 1}

    def procedure(self, code: str) -> Procedure | None:
        """By process id, or by code: own first, then national."""
        for key in (code, f"{self.code}_{code}", f"national_{code}"):
            if key in self.procedures:
                return self.procedures[key]
        return None
