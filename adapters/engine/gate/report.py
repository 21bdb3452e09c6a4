"""Collecting findings, and the words that recur in them."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches
from typing import Literal

from domain.findings import Finding

MOST_PER_FILE = 60  #: a file that is wrong throughout needs no longer list


class Report:
    """Findings in the order in which they were found; the same one is noted once."""

    def __init__(self) -> None:
        self.found: list[Finding] = []
        self._seen: set[tuple[str, str | None, str, str]] = set()
        self._count: dict[str, int] = {}

    def add(self, file: str, element: str | None, code: str, what: str, todo: str, *, level: Literal["错误", "提醒"] = "错误") -> None:
        """Note one fault; `what` and `todo` are whole Chinese sentences."""
        key = (file, element, code, what)
        self._count[file] = self._count.get(file, 0) + 1
        if key in self._seen or self._count[file] > MOST_PER_FILE:
            return
        self._seen.add(key)
        self.found.append(Finding(file=file, element=element, code=code, what=what, todo=todo, level=level))

    def stops(self, file: str) -> bool:
        """Whether something found in this file stands against publishing."""
        return any(finding.file == file and finding.level == "错误" for finding in self.found)


def near(name: str, known: Collection[str]) -> str:
    """`是否想写 pre_review？` or nothing."""
    close = get_close_matches(name, sorted(known), n=1, cutoff=0.6)
    return f"是否想写 {close[0]}？" if close else ""


def listed(names: Collection[str], most: int = 6) -> str:
    """A few names for a sentence: `a、b 等 9 个`."""
    ordered = sorted(names)
    return "、".join(ordered) if len(ordered) <= most else "、".join(ordered[:most]) + f" 等 {len(ordered)} 个"
