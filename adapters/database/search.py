"""Searching in text, alike on both databases: anywhere in it, ASCII letters of either case."""

from __future__ import annotations

import string
from typing import Any

from sqlalchemy import ColumnElement, bindparam, func

_lower = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)  # as lower() in SQLite and in collation C


def needle(words: str) -> dict[str, Any]:
    """The parameter that `contains` looks for; none when nothing is searched."""
    if not words:
        return {}
    escaped = words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return {"needle": f"%{escaped.translate(_lower)}%"}


def contains(column: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether `column` contains the needle."""
    return func.lower(column).like(bindparam("needle"), escape="\\")
