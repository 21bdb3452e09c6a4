"""Searching and paging, alike on both databases."""

from __future__ import annotations

import string
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Tuple, bindparam, func, literal, tuple_

_lower = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)  # as lower() in SQLite and in collation C


def needle(words: str) -> dict[str, Any]:
    """The parameter that `contains` looks for; none when nothing is searched."""
    if not words:
        return {}
    escaped = words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return {"needle": f"%{escaped.translate(_lower)}%"}


def contains(column: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether `column` contains the needle anywhere; ASCII letters match in either case."""
    return func.lower(column).like(bindparam("needle"), escape="\\")


def beyond(columns: Sequence[ColumnElement[Any]], values: Sequence[Any]) -> ColumnElement[bool]:
    """Rows after `values` in ascending order of `columns`. Each value takes its column's type, which a bare tuple would not."""
    return tuple_(*columns) > _typed(columns, values)


def before(columns: Sequence[ColumnElement[Any]], values: Sequence[Any]) -> ColumnElement[bool]:
    """Rows after `values` in descending order of `columns`."""
    return tuple_(*columns) < _typed(columns, values)


def _typed(columns: Sequence[ColumnElement[Any]], values: Sequence[Any]) -> Tuple:
    return tuple_(*(literal(value, column.type) for column, value in zip(columns, values, strict=True)))
