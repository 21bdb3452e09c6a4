"""Differences between two versions of rules (修改对比), in business words."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import BaseModel, ConfigDict

Kind = Literal["added", "removed", "changed", "moved"]
KINDS = {"added": "新增", "removed": "删除", "changed": "修改", "moved": "移动"}
_SIMPLE = re.compile(r"(workdays|days|months|years)\((\d{1,4})(?:, ?after=(.+))?\)")
_UNITS = {"workdays": "个工作日", "days": "日", "months": "个月", "years": "年"}
_END = re.compile(r"""end_of\(["'](\d\d)-(\d\d)["']\)""")


class Change(BaseModel):
    """One difference. `behaves`: cases run otherwise; else only what people see or where it stands on the sheet (外观)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: str
    element: str | None  #: id within the file, as the diagram and the editor know it
    kind: Kind
    behaves: bool
    title: str  #: what people call the element: 合同备案
    aspect: str = ""  #: what about it: 期限, 条件, 岗位…
    old: str = ""
    new: str = ""

    def line(self) -> str:
        """合同备案 · 期限：7 个工作日 → 10 个工作日."""
        what = f"{KINDS[self.kind]}“{self.title}”" if self.kind != "changed" else f"“{self.title}”"
        if self.kind in ("added", "removed"):
            return what + (f"（{self.new or self.old}）" if self.new or self.old else "")
        if self.kind == "moved":
            return what
        return f"{what}{self.aspect}：{self.old or '（无）'} → {self.new or '（无）'}"


def spoken(timer: str) -> str:
    """A deadline in words where it is a plain one.

    >>> spoken("workdays(7)"), spoken("end_of('06-30')"), spoken("P7D")
    ('7 个工作日', '到 6 月 30 日', 'P7D')
    """
    text = " ".join(timer.split())
    if found := _SIMPLE.fullmatch(text):
        return f"{found[2]} {_UNITS[found[1]]}" + (f"，起算日 {found[3]}" if found[3] else "")
    if found := _END.fullmatch(text):
        return f"到 {int(found[1])} 月 {int(found[2])} 日"
    return text
