"""What stands against a ledger (导入的问题): each at its cell, in words, in the order of the sheets."""

from __future__ import annotations

from dataclasses import dataclass, field

from domain.errors import InvalidAnswers

MOST = 200  #: lines that are told; the rest is counted


@dataclass
class Faults:
    """Collected while a ledger is read and placed."""

    found: dict[str, str] = field(default_factory=dict)

    def add(self, sheet: str, ref: str, words: str) -> None:
        """Note what is wrong with a cell; what was noted of it first stays."""
        self.found.setdefault(f"{sheet}!{ref}", words)

    def __bool__(self) -> bool:
        return bool(self.found)

    def refuse(self) -> None:
        """Raise InvalidAnswers when anything was noted."""
        if not self.found:
            return
        more = f"，以下列出前 {MOST} 处" if len(self.found) > MOST else ""
        raise InvalidAnswers(
            f"台账没有导入：有 {len(self.found)} 处需要改正{more}。",
            dict(list(self.found.items())[:MOST]),
            todo="请在文件中逐处改正后重新导入；改正之前不会导入任何一个项目。",
        )
