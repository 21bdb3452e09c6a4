"""Statements of the hot path: written with SQLAlchemy Core, compiled once, executed on the driver.

SQLAlchemy spends three to five times as long around a short statement as SQLite spends in it. A statement whose text never changes is
compiled here once for each database; its values go through the same column types as everywhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ClauseElement, Dialect

Convert = Callable[[Any], Any] | None
MISSING: Any = object()


class Bind(NamedTuple):
    """One parameter: its name, how its value is converted, and the value it has when none is given."""

    name: str
    convert: Convert
    default: Any


class Ready:
    """A statement compiled for one database."""

    __slots__ = ("binds", "columns", "positional", "sql")

    def __init__(self, statement: Any, dialect: Dialect, keys: Sequence[str] | None) -> None:
        compiled = statement.compile(dialect=dialect, column_keys=keys)
        self.sql: str = str(compiled)
        self.positional = bool(compiled.positional)
        self.binds = []
        for name in compiled.positiontup if self.positional else compiled.binds:
            bind = compiled.binds[name]
            if bind.expanding:
                raise TypeError("a list of any length has no fixed text")
            convert = bind.type.dialect_impl(dialect).bind_processor(dialect)
            self.binds.append(Bind(name, convert, MISSING if bind.value is None else bind.value))
        self.columns: list[tuple[str, Convert]] = [
            (column.key, column.type.dialect_impl(dialect).result_processor(dialect, None))
            for column in getattr(statement, "exported_columns", ())
        ]

    def values(self, params: Mapping[str, Any]) -> tuple[Any, ...] | dict[str, Any]:
        """The driver's parameters."""
        found = []
        for name, convert, default in self.binds:
            value = params[name] if default is MISSING else params.get(name, default)
            found.append(value if convert is None else convert(value))
        return tuple(found) if self.positional else dict(zip([bind.name for bind in self.binds], found, strict=True))

    def read(self, answered: Sequence[Any]) -> dict[str, Any]:
        """A row of the answer by column name."""
        return {name: value if convert is None else convert(value) for (name, convert), value in zip(self.columns, answered, strict=True)}


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
            found = self._ready[dialect.name] = Ready(statement, dialect, self._keys)
        return found
