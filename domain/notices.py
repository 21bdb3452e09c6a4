"""Notices (通知): who is told what, by which clause, once only."""

from __future__ import annotations

import re
from datetime import date
from enum import StrEnum
from typing import Self

from pydantic import BaseModel, ConfigDict, field_validator, model_validator

_MAIL = re.compile(r"[^@\s,;:<>()\"]+@[^@\s,;:<>()\"]+")


class Kind(StrEnum):
    """Why somebody is told."""

    TODO = "待办"
    SOON = "临近到期"  #: JJ-11-contract: reminder before the last day
    OVERDUE = "已超期"  #: JJ-12-supervise
    RESULT = "结果"
    INFORM = "告知"
    RULES = "规则变动"  #: a new version, a moved deadline


class Notice(BaseModel):
    """One notice to an office (of a unit), or to a person. Texts are harmless when they arrive twice: channels deliver at least once."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str  #: unique in the database, so that a flow that runs twice speaks once
    kind: Kind
    words: str
    office: str | None = None
    unit: str | None = None  #: for offices of the project: which unit's
    person: str | None = None
    clause: str | None = None
    case: str | None = None
    item: str | None = None
    due: date | None = None

    @field_validator("words")
    @classmethod
    def _said(cls, words: str) -> str:
        if not words.strip():
            raise ValueError("通知没有内容")
        return words.strip()

    @model_validator(mode="after")
    def _addressed(self) -> Self:
        if self.office is None and self.person is None:
            raise ValueError("通知没有收件的单位或个人")
        return self


def once(kind: Kind, subject: str, day: date, *, to: str = "") -> str:
    """The once-only key of a notice: the same matter, kind, day and addressee are told once.

    >>> once(Kind.OVERDUE, "item:17", date(2026, 10, 16), to="owner")
    '已超期|item:17|2026-10-16|owner'
    """
    parts = (kind.value, subject, day.isoformat(), to)
    return "|".join(part.replace("%", "%25").replace("|", "%7C") for part in parts if part)


def is_mail_address(text: str) -> bool:
    """Whether a text could be one mail address (邮箱), without a display name.

    >>> is_mail_address("zhang@example.gov.cn"), is_mail_address("张 <zhang@example.gov.cn>"), is_mail_address("a@b,c@d")
    (True, False, False)
    """
    return _MAIL.fullmatch(text) is not None
