"""Clauses (条款): the unit of meaning. One id joins catalogue, diagram, table row, form field, round, notice and scenario."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Kind = Literal[
    "adjustment",
    "ban",
    "context",
    "deadline",
    "decision",
    "document",
    "eligibility",
    "filing",
    "form",
    "periodic",
    "priority",
    "rejection",
    "report",
    "role",
    "sanction",
    "step",
    "threshold",
    "validity",
]


class Override(BaseModel):
    """How a 原则上 rule may be set aside: by whom, and what that does to a waiting case."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    approver: str  #: office id whose officials may record it
    message: str | None = None  #: message delivered to the waiting case, if it waits for one
    outcome: str | None = None  #: outcome recorded with that message


class Clause(BaseModel):
    """One rule of a regulation in our words."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str  #: "JJ-11-contract"
    article: str  #: "第十一条"
    kind: str
    rule: str  #: the rule in our words, simplified Chinese
    actors: tuple[str, ...] = ()
    topic: str = ""  #: id in national/topics.yaml: what the rule is about, the same word in every jurisdiction
    reading: str | None = None  #: what we do where the text is silent (text of the product: 本条文未明确，按…执行)
    reason: str | None = None  #: why it is not executed; required for context
    drawn: tuple[str, ...] = ()  #: extra places that carry the clause, e.g. "tasks: access rule"; diagrams are found by themselves
    override: Override | None = None  #: only for 原则上 rules

    @property
    def executable(self) -> bool:
        """False for context clauses, which carry a reason instead of a scenario."""
        return self.reason is None


class Catalogue(BaseModel):
    """All clauses of one regulation, in the order of its articles."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    status: str = "正式"  #: 正式 | 征求意见稿 | 暂行
    validity_years: int | None = None  #: 有效期（年）from the release date an administrator enters
    clauses: tuple[Clause, ...] = Field(default=())

    def __iter__(self) -> Iterator[Clause]:  # type: ignore[override]  # a catalogue is read as its clauses
        return iter(self.clauses)

    def by_id(self) -> Mapping[str, Clause]:
        """Clause id → clause."""
        return {clause.id: clause for clause in self.clauses}

    def cite(self, ids: Iterable[str]) -> str:
        """Article numbers for people: `第八条第一项、第十一条`; unknown ids are shown as they are."""
        known = self.by_id()
        seen: dict[str, None] = {}
        for one in ids:
            seen[known[one].article if one in known else one] = None
        return "、".join(seen)
