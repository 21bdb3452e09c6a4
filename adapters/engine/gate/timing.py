"""Timers: our date grammar, or an ISO period or cycle written elsewhere, bounded."""

from __future__ import annotations

import ast
import re
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from adapters.engine import grammar
from adapters.engine.gate.diagram import Node
from adapters.engine.gate.references import name_of
from adapters.engine.timers import period
from adapters.engine.vocabulary import PERIODS
from domain.errors import ExpressionFailed

if TYPE_CHECKING:
    from adapters.engine.gate.law import Law

_CYCLE = re.compile(r"R(\d{1,3})/(P.+)")
_ISO = re.compile(r"(R\d*/)?P[\dYMWDTHS.,]*")
_GRAMMAR = '可用写法：workdays(7)、days(3)、months(6, after=…)、years(1)、end_of("06-30")、on(日期)。'
MOST_YEARS = 30


def check_timer(law: Law, node: Node, kind: str, text: str) -> None:
    """One timer event."""
    words = f"{node.label}的期限"
    if not text:
        law.fault(node, "timer", f"{words}没有写明时间，永远不会到期。", _GRAMMAR)
        return
    bare = text.strip("'\" ") if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"" else text
    if _ISO.fullmatch(bare):
        if (kind == "timeCycle") != bare.startswith("R"):
            law.fault(node, "timer", f"{words}“{bare}”的写法与种类 {kind or '未知'} 不符。", _GRAMMAR)
        elif not _iso(bare):
            law.fault(node, "timer", f"{words}“{bare[:40]}”不是可用的时长：最长十年，循环 R1 至 R999、间隔至少一分钟。", _GRAMMAR)
        return
    if kind != "timeDate":
        law.fault(node, "timer", f"{words}“{bare[:40]}”不是可用的时长，应如 P7D、R3/P7D。", f"建议改用 timeDate。{_GRAMMAR}")
        return
    if _plain_date(bare):
        return
    if not law.expression(node.id, words, text):
        return
    for part in _branches(grammar.parse(text)):
        if why := _period(part):
            law.fault(node, "timer", f"{words}“{' '.join(text.split())[:60]}”{why}。", _GRAMMAR)


def _iso(text: str) -> bool:
    cycle = _CYCLE.fullmatch(text)
    try:
        length = period(cycle[2] if cycle else text, datetime(2026, 1, 1, tzinfo=UTC))
    except (ExpressionFailed, ValueError, OverflowError):
        return False
    return length >= timedelta(minutes=1) and (cycle is None or int(cycle[1]) >= 1)


def _plain_date(text: str) -> bool:
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False


def _branches(tree: ast.expr) -> list[ast.expr]:
    """What the timer may be: both sides of an if-else."""
    return [*_branches(tree.body), *_branches(tree.orelse)] if isinstance(tree, ast.IfExp) else [tree]


def _period(tree: ast.expr) -> str | None:
    if not isinstance(tree, ast.Call) or name_of(tree) not in PERIODS:
        return "不是期限的写法"
    name, first = name_of(tree), tree.args[0] if tree.args else None
    if name == "end_of":
        day = first.value if isinstance(first, ast.Constant) else None
        return None if not isinstance(first, ast.Constant) or (isinstance(day, str) and _month_day(day)) else "的日期应如 06-30"
    if name == "on" or first is None:
        return None if first is not None else "缺少数目"
    count = first.value if isinstance(first, ast.Constant) else 1
    most = {"workdays": 250, "days": 366, "months": 12, "years": 1}[name] * MOST_YEARS
    if isinstance(first, ast.UnaryOp) or isinstance(count, bool) or not isinstance(count, int) or not 0 <= count <= most:
        return f"的数目应为 0 至 {most} 的整数"
    return None


def _month_day(text: str) -> bool:
    if not re.fullmatch(r"\d\d-\d\d", text):
        return False
    try:
        return bool(date(2024, int(text[:2]), int(text[3:])))
    except ValueError:
        return False
