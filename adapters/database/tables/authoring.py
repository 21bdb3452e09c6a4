"""Rules in the making (规则草稿): drafts with every saved text, who is at work, reviews, plays, and runs of all stories."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from adapters.database.columns import Row, Words, json_field, stored

RuleDraftStatus = Annotated[Literal["open", "review", "published", "dropped"], Field(sa_type=Words)]
ReviewStatus = Annotated[Literal["open", "published", "returned", "withdrawn"], Field(sa_type=Words)]


@stored(
    "rule_drafts",
    CheckConstraint("status IN ('open', 'review', 'published', 'dropped')", name="status"),
    Index(None, "jurisdiction", "status", "changed_at"),
)
class RuleDraft(Row):
    """A copy of a version that people change (规则草稿). `base` is the version it began as; `published` the one it became."""

    id: str = Field(primary_key=True)
    jurisdiction: str
    title: str
    base: str | None = Field(default=None, foreign_key="versions.id")  #: None: a place that has no rules here yet
    status: RuleDraftStatus = "open"
    opened_by: str
    opened_at: datetime
    changed_at: datetime
    published: str | None = Field(default=None, foreign_key="versions.id")


@stored("rule_draft_files")
class RuleDraftFile(Row):
    """One saved text of a draft's file. The highest `revision` counts, the others are its history; `content` None: the file was removed.

    Files that nobody changed have no row: they are those of the base, as revision 1.
    """

    draft: str = Field(primary_key=True, foreign_key="rule_drafts.id")
    path: str = Field(primary_key=True)
    revision: int = Field(primary_key=True)
    content: bytes | None = None
    by: str
    at: datetime


@stored("rule_draft_presence")
class RuleDraftPresence(Row):
    """Who has which file of a draft open."""

    draft: str = Field(primary_key=True, foreign_key="rule_drafts.id")
    person: str = Field(primary_key=True)
    path: str
    at: datetime


@stored(
    "rule_reviews",
    CheckConstraint("status IN ('open', 'published', 'returned', 'withdrawn')", name="status"),
    Index(None, "draft", "submitted_at"),
    Index(None, "status"),
)
class RuleReview(Row):
    """A draft handed in for publishing (送审). `digest` is what was handed in; `state` is that of the publishing process in the engine."""

    id: str = Field(primary_key=True)
    draft: str = Field(foreign_key="rule_drafts.id")
    digest: str
    name: str
    note: str
    legal_basis: str
    effective_on: date
    submitted_by: str
    submitted_at: datetime
    state: bytes
    process: bytes  #: the diagram it runs on, so that a later one never changes a review under way
    status: ReviewStatus = "open"
    decided_by: str | None = None
    decided_at: datetime | None = None
    opinion: str = ""


@stored("rule_plays", Index(None, "draft", "begun_at"))
class RulePlay(Row):
    """A try-out of a draft (试办): the story as far as it has been played. It is played again from the start whenever it is looked at."""

    id: str = Field(primary_key=True)
    draft: str = Field(foreign_key="rule_drafts.id")
    by: str
    begun_at: datetime
    story: dict[str, Any] = json_field()


@stored("rule_runs", Index(None, "draft", "begun_at"))
class RuleRun(Row):
    """All stories played on a draft (场景回归), by a process of its own that notes here how far it is."""

    id: str = Field(primary_key=True)
    draft: str = Field(foreign_key="rule_drafts.id")
    digest: str
    by: str
    begun_at: datetime
    seen_at: datetime
    done: int = 0
    total: int = 0
    ended_at: datetime | None = None
    fault: str = ""
    result: dict[str, Any] | None = json_field(None)
