"""Statements of the hot path: written with SQLAlchemy Core, compiled once, executed on the driver.

SQLAlchemy spends three to five times as long around a short statement as SQLite spends in it. A statement whose text never changes is
compiled here once for each database; its values go through the same column types as everywhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import count
from operator import itemgetter
from typing import Any

from sqlalchemy import ClauseElement, Dialect
from sqlalchemy.dialects.postgresql import psycopg

from adapters.database.columns import without_nul

_numbered = psycopg.dialect(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]  # parameters as PostgreSQL itself counts them
_names = count(1)


class Ready:
    """A statement compiled for one database. What is done for each value is decided here, once."""

    __slots__ = ("_columns", "_converts", "_defaults", "_pick", "_results", "_words", "name", "sql", "text")

    def __init__(self, statement: Any, dialect: Dialect, keys: Sequence[str] | None) -> None:
        compiled = statement.compile(dialect=dialect, column_keys=keys)
        self.sql: str = str(compiled)
        self.text = self.sql.encode()
        self.name = b"lianshen_%d" % next(_names)  #: under which a connection keeps it prepared
        names = tuple(compiled.positiontup)
        self._pick: Callable[[Mapping[str, Any]], tuple[Any, ...]] = _picker(names)
        self._defaults: dict[str, Any] = {}
        self._converts: list[tuple[int, Callable[[Any], Any]]] = []
        self._words: list[int] = []
        for number, name in enumerate(names):
            bind = compiled.binds[name]
            if bind.expanding:
                raise TypeError("a list of any length has no fixed text")
            if bind.value is not None:
                self._defaults[name] = bind.value
            convert = bind.type.dialect_impl(dialect).bind_processor(dialect)
            if convert is without_nul:  # most values are text, and a call for each would be most of the work
                self._words.append(number)
            elif convert is not None:
                self._converts.append((number, convert))
        columns = getattr(statement, "exported_columns", ())
        self._columns = tuple(column.key for column in columns)
        results = [(column.key, column.type.dialect_impl(dialect).result_processor(dialect, None)) for column in columns]
        self._results = [(name, convert) for name, convert in results if convert is not None]

    def values(self, params: Mapping[str, Any]) -> Sequence[Any]:
        """The driver's parameters, in order."""
        picked = self._pick({**self._defaults, **params} if self._defaults else params)
        for number in self._words:
            if picked[number] is not None and "\0" in picked[number]:
                without_nul(picked[number])
        if not self._converts:
            return picked
        found = list(picked)
        for number, convert in self._converts:
            found[number] = convert(found[number])
        return found

    def read(self, answered: Sequence[Any]) -> dict[str, Any]:
        """A row of the answer by column name."""
        row = dict(zip(self._columns, answered, strict=True))
        for name, convert in self._results:
            row[name] = convert(row[name])
        return row


def _picker(names: tuple[str, ...]) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
    if len(names) > 1:
        return itemgetter(*names)
    return lambda params: tuple(params[name] for name in names)


class Prepared:
    """A statement with named parameters whose text never changes. `write` makes it where the databases' own words differ."""

    __slots__ = ("_keys", "_ready", "_write")

    def __init__(self, write: ClauseElement | Callable[[bool], Any], keys: Sequence[str] | None = None) -> None:
        self._write = write
        self._keys = keys
        self._ready: dict[str, Ready] = {}

    def ready(self, dialect: Dialect) -> Ready:
        """Compiled for this database."""
        found = self._ready.get(dialect.name)
        if found is None:
            statement = self._write if isinstance(self._write, ClauseElement) else self._write(dialect.name == "sqlite")
            found = self._ready[dialect.name] = Ready(statement, dialect if dialect.name == "sqlite" else _numbered, self._keys)
        return found
