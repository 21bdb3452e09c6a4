"""Projects (项目): the register, and what is recorded about them: amounts, library entries, bars, exceptions, systems."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_validator, model_validator

from domain.money import shown, to_wan


class Status(StrEnum):
    """Where a project stands as a whole; the stage says where it stands on its way."""

    ACTIVE = "在办"
    RESERVED = "储备"  #: JJ-07-reserve: not in the plan, in principle no further work
    SUSPENDED = "已暂停"  #: JX-41-escalate
    TERMINATED = "已终止"  #: JX-29-half-year, JX-41-escalate
    CLOSED = "已办结"
    FILED = "已备案"  #: JJ-09.2-filing: filed only, nothing is approved

    @property
    def moves(self) -> bool:
        """Whether work on the project may go on."""
        return self in (Status.ACTIVE, Status.RESERVED)


class Project(BaseModel):
    """One project of one unit. Nature, funding, category and every other answer marked `x-project` live in `facts`."""

    model_config = ConfigDict(extra="forbid", validate_assignment=True)

    id: str
    jurisdiction: str
    name: str
    unit: str  #: id of the unit that owns it (项目建设单位)
    stage: str = ""  #: 申报, 预审, 入库…, the words of the diagrams
    status: Status = Status.ACTIVE
    facts: dict[str, Any] = Field(default_factory=dict)
    created_at: datetime | None = None

    @field_validator("name")
    @classmethod
    def _named(cls, name: str) -> str:
        name = " ".join(name.split())
        if not name:
            raise ValueError("项目名称不能为空")
        if len(name) > 200:
            raise ValueError("项目名称最多 200 个字")
        return name

    @field_validator("status", mode="before")
    @classmethod
    def _known(cls, status: object) -> object:
        if status not in tuple(Status):
            raise ValueError(f"项目状态只能是{'、'.join(Status)}，不能是“{status}”")
        return status

    def fact(self, name: str) -> Any:
        """A fact for conditions: name, unit, stage and status as they stand, everything else from `facts`; None when unknown."""
        if name in ("name", "unit", "stage", "jurisdiction"):
            return getattr(self, name)
        return self.status.value if name == "status" else self.facts.get(name)


class Amount(BaseModel):
    """An amount of a kind (estimate 估算, reviewed 审定, contract 合同…) as one step stated it; the latest of a kind counts.

    Source: JJ-06-30wan (经费估算), JJ-10-400-3000 (总投资: the amount of the cost review).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: str
    yuan: Decimal
    step: str  #: the step whose form stated it
    at: AwareDatetime

    @field_validator("yuan")
    @classmethod
    def _amount(cls, amount: Decimal) -> Decimal:
        if not amount.is_finite() or amount < 0:
            raise ValueError("金额应当是不小于 0 的数字")
        if amount != round(amount, 2):
            raise ValueError("金额最多精确到分")
        return amount

    @property
    def wan(self) -> Decimal:
        """In 万元, for decision tables."""
        return to_wan(int(self.yuan * 100))

    def words(self) -> str:
        """For pages: 450.00 万元."""
        return shown(self.wan)


def latest(amounts: Mapping[str, Amount] | list[Amount], kind: str) -> Amount | None:
    """The amount of a kind that counts: the one stated last."""
    known = list(amounts.values()) if isinstance(amounts, Mapping) else amounts
    found = [one for one in known if one.kind == kind]
    return max(found, key=lambda one: one.at) if found else None


class LibraryEntry(BaseModel):
    """An entry in a pool (入库). Source: JJ-08.4-entry (no end of validity), JX-08-validity (two years)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: str
    kind: str
    day: date
    expires: date | None = None  #: last day of validity, included; None: without end

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.expires is not None and self.expires < self.day:
            raise ValueError("入库有效期的截止日早于入库日")
        return self

    def valid(self, day: date) -> bool:
        """Whether the entry is in effect on `day`."""
        return self.day <= day and (self.expires is None or day <= self.expires)


class Ban(BaseModel):
    """A bar (禁评、限制) on a project, unit or system. Source: JJ-08.1-three-fails (一年内不再组织评审), JX-37.1-share."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: str
    subject_kind: Literal["project", "unit", "system"] = "project"
    subject: str  #: id of the project, unit or system
    clause: str
    since: date
    until: date | None = None  #: last day, included; None: until lifted
    reason: str = ""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.until is not None and self.until < self.since:
            raise ValueError("限制的截止日早于开始日")
        return self

    def holds(self, day: date) -> bool:
        """Whether the bar is in effect on `day`."""
        return self.since <= day and (self.until is None or day <= self.until)


class OverrideRecord(BaseModel):
    """A recorded exception (例外) to a 原则上 rule: by whom, why, when. Source: JJ-07-reserve, JX-19-out-of-library, QZ-5.3-no-prebuild."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    clause: str
    reason: str
    approver: str  #: who approved it, by name
    day: date

    @field_validator("reason")
    @classmethod
    def _reasoned(cls, reason: str) -> str:
        if len(reason.strip()) < 5:
            raise ValueError("请写明例外的理由（至少 5 个字），理由会留档备查")
        return reason.strip()

    @field_validator("approver")
    @classmethod
    def _approved(cls, approver: str) -> str:
        if not approver.strip():
            raise ValueError("请写明例外由谁批准")
        return approver.strip()


class System(BaseModel):
    """A system in operation. Source: JJ-16-stop (停运报备), JJ-17.1 (运行满一年评价), JX-40-self-eval (运行后 6 至 12 个月)."""

    model_config = ConfigDict(extra="forbid")

    name: str
    status: str = ""  #: the diagrams' words: 运行, 拟停运, 已停运…
    in_use_since: date | None = None
    stopped_on: date | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.in_use_since and self.stopped_on and self.stopped_on < self.in_use_since:
            raise ValueError("停止运行的日期早于投入运行的日期")
        return self

    def in_use(self, day: date) -> bool:
        """Whether it runs on `day`; on the day it stops it does not."""
        return self.in_use_since is not None and self.in_use_since <= day and (self.stopped_on is None or day < self.stopped_on)
