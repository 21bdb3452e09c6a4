"""Where a project stands as a whole (项目状态)."""

from __future__ import annotations

from enum import StrEnum


class Status(StrEnum):
    """Where a project stands as a whole; the stage says where it stands on its way."""

    ACTIVE = "在办"
    SUSPENDED = "已暂停"  #: JX-41-escalate
    TERMINATED = "已终止"  #: JX-29-half-year, JX-41-escalate
    CLOSED = "已办结"
    FILED = "已备案"  #: JJ-09.2-filing: filed only, nothing is approved
