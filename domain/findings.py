"""Findings (检查结果): what is wrong with a diagram or table, as a list people can read."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict


class Finding(BaseModel):
    """One thing to mend, in Chinese. `level` 错误 stops publishing, 提醒 does not."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: str
    element: str | None
    code: str  #: short English slug for tests and the editor, e.g. "unreachable"
    what: str  #: what is wrong and why it matters
    todo: str  #: what to do
    level: Literal["错误", "提醒"] = "错误"

    def line(self) -> str:
        """One line for the terminal."""
        place = f"{self.file}#{self.element}" if self.element else self.file
        return f"[{self.level}] {place}：{self.what} 建议：{self.todo}"
