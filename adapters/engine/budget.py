"""What one evaluation may cost: steps, processor time, sizes; and which values it may hold."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from adapters.engine.functions import Budget, number
from adapters.engine.grammar import MAX_TEXT
from domain.errors import ExpressionFailed

MAX_STEPS = 20_000
MAX_SECONDS = 0.05  #: of processor time, without what the world's functions take
MAX_LIST = 5_000
MAX_CELLS = 100_000  #: written-out size of one value; a part that is shared counts every time it appears
MAX_MEMORY = 1_000_000  #: cells made during one evaluation


class Meter:
    """Counts. Every method that can exceed a limit raises Budget."""

    def __init__(self) -> None:
        self.steps = self.cells = 0
        self.start = time.thread_time()

    def tick(self, steps: int = 1) -> None:
        before = self.steps
        self.steps += steps
        if self.steps > MAX_STEPS:
            raise Budget("步骤太多")
        if before >> 7 != self.steps >> 7 and time.thread_time() - self.start > MAX_SECONDS:
            raise Budget("用时太长")

    def weight(self, value: Any, depth: int = 0, so_far: int = 0) -> int:
        """Written-out size of a value, refusing anything that is not a plain one."""
        kind = type(value)
        if kind is str:
            if len(value) > MAX_TEXT:
                raise Budget("文字太长")
            return 1 + len(value) // 16
        if kind is list or kind is dict:
            if len(value) > MAX_LIST:
                raise Budget("列表太长")
            if depth > 30:
                raise Budget("嵌套太深")
            total = 1
            for part in value.values() if kind is dict else value:
                total += self.weight(part, depth + 1, so_far + total)
                if so_far + total > MAX_CELLS:
                    raise Budget("数据太大")
            return total
        if value is None or kind is bool:
            return 1
        if kind is int or kind is Decimal:
            number(value)
            return 1
        if isinstance(value, date) and not isinstance(value, datetime):
            return 1
        raise ExpressionFailed(f"不能使用 {kind.__name__} 类型的值")

    def made(self, value: Any) -> Any:
        """A value built during this evaluation, counted."""
        weight = self.weight(value)
        self.cells += weight
        if self.cells > MAX_MEMORY:
            raise Budget("占用太多")
        self.tick(1 + weight // 16)
        return value

    def plain(self, value: Any, depth: int = 0) -> Any:
        """A value from outside: floats become Decimal, tuples become lists, anything that is not plain is refused."""
        if value is None or isinstance(value, str | bool | int | Decimal):
            return value
        if isinstance(value, float):
            return Decimal(repr(value))
        if depth > 30:
            raise Budget("嵌套太深")
        if isinstance(value, list | tuple):
            return [self.plain(part, depth + 1) for part in value]
        if isinstance(value, Mapping):
            return {str(key): self.plain(part, depth + 1) for key, part in value.items()}
        return value
