"""How a row is declared: a frozen value first, its table second; the same column types on SQLite and PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from typing import Any, ClassVar, Self, TypeVar

import orjson
from pydantic import ConfigDict
from sqlalchemy import (
    DDL,
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    event,
)
from sqlalchemy.types import TypeEngine
from sqlmodel import Field, SQLModel
from sqlmodel.main import SQLModelMetaclass

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")  # one offset since 1991; no time-zone files needed
EPOCH = datetime(1970, 1, 1, tzinfo=SHANGHAI) + timedelta(hours=8)
MICROSECOND = timedelta(microseconds=1)
NEVER = date(9999, 12, 31)  #: sorts after every real day


class Moment(TypeDecorator[datetime]):
    """An aware moment, read back in Asia/Shanghai. PostgreSQL: timestamptz; SQLite: microseconds since 1970-01-01T00:00Z."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(BigInteger() if dialect.name == "sqlite" else DateTime(timezone=True))

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any]:
        return _to_microseconds if dialect.name == "sqlite" else _aware

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any]:
        return _from_microseconds if dialect.name == "sqlite" else _in_shanghai


def _aware(value: datetime | None) -> datetime | None:
    if value is not None and value.tzinfo is None:
        raise ValueError(f"a moment needs a time zone: {value!r}")
    return value


def _to_microseconds(value: datetime | None) -> int | None:
    return None if value is None or _aware(value) is None else (value - EPOCH) // MICROSECOND


def _from_microseconds(value: int | None) -> datetime | None:
    return None if value is None else EPOCH + timedelta(microseconds=value)


def _in_shanghai(value: datetime | None) -> datetime | None:
    return None if value is None else value.astimezone(SHANGHAI)


class Words(TypeDecorator[str]):
    """Text both databases keep and sort alike: by code point, and without NUL (which PostgreSQL cannot hold)."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Text(collation="C") if dialect.name == "postgresql" else Text())

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any]:
        return without_nul


def without_nul(value: str | None) -> str | None:
    """The text itself. Raises ValueError when it has a NUL character."""
    if value is not None and "\0" in value:
        raise ValueError("text with a NUL character")
    return value


class JsonText(TypeDecorator[Any]):
    """JSON as text: keys in the order given, Chinese readable, nothing that JSON has no word for (Decimal, date, NaN)."""

    impl = Text
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any]:
        return _to_json

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any]:
        return _from_json


_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
_EMPTY: dict[type, str] = {list: "[]", dict: "{}"}  #: half of all values


def _to_json(value: Any) -> str | None:
    if not value and (value is None or type(value) in _EMPTY):
        return None if value is None else _EMPTY[type(value)]
    return _encode(value)


def _from_json(value: str | None) -> Any:
    return None if value is None else orjson.loads(value)


PORTABLE: tuple[tuple[type[TypeEngine[Any]], type[TypeEngine[Any]]], ...] = (
    (String, Words),
    (Integer, BigInteger),  # fen and sequence numbers outgrow 32 bits
)


_set = object.__setattr__


class Row(SQLModel):
    """A row as a frozen value. `table` is where it is kept; nothing here is ever attached to a session."""

    model_config = ConfigDict(frozen=True, extra="forbid")  # type: ignore[assignment]  # SQLModel narrows the type, not the keys
    metadata: ClassVar[MetaData] = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    table: ClassVar[Table]

    @classmethod
    def read(cls, values: dict[str, Any]) -> Self:
        """A value from what the database answered, not validated again. What `model_construct` does, ten times as fast."""
        row = object.__new__(cls)
        _set(row, "__dict__", values)
        _set(row, "__pydantic_fields_set__", set(values))
        _set(row, "__pydantic_extra__", None)
        _set(row, "__pydantic_private__", None)
        return row


def _made(row: Row, /, **values: Any) -> None:
    row.__pydantic_validator__.validate_python(values, self_instance=row)


# What pydantic itself does. SQLModel prepares every value for a session first, which takes as long again; ours never meet one.
Row.__init__ = _made  # type: ignore[method-assign,assignment]  # assigned, so that type checkers still see the fields as parameters
Row.__new__ = lambda cls, *_, **__: object.__new__(cls)  # type: ignore[method-assign]  # as above

APPEND_ONLY: set[str] = set()  #: tables whose rows are never changed or removed; `guards` writes their triggers
R = TypeVar("R", bound=Row)


def stored(name: str, *extras: Any, append_only: bool = False) -> Callable[[type[R]], type[R]]:
    """Keep a row class in table `name` with these constraints and indexes.

    The table class exists for SQLModel's declaration only; code reads and writes `Row.table` through Core.
    """

    def declare(row: type[R]) -> type[R]:
        body = {"__module__": row.__module__, "__qualname__": f"{row.__qualname__}Table", "__tablename__": name, "__table_args__": extras}
        kept: Any = SQLModelMetaclass(f"{row.__name__}Table", (row,), body, table=True)
        table: Table = kept.__table__
        for column in table.columns:
            column.type = _portable(column.type)
            column.autoincrement = False  # every number is given by us
        row.table = table
        if append_only:
            APPEND_ONLY.add(name)
            for dialect in ("sqlite", "postgresql"):
                for statement in guards(name, dialect):
                    written = DDL(statement.replace("%", "%%"))  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped
                    event.listen(table, "after_create", written.execute_if(dialect=dialect))
        return row

    return declare


def guards(table: str, dialect: str) -> list[str]:
    """The statements that make a table append-only.

    On SQLite `INSERT OR REPLACE` removes a row without asking delete triggers unless `recursive_triggers` is on; `connect` sets it.
    """
    if dialect == "sqlite":
        return [
            f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            for act in ("UPDATE", "DELETE")
        ]
    return [
        "CREATE OR REPLACE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS $$"
        " BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation'; END $$",
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION append_only()",
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION append_only()",
    ]


def _portable(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    if isinstance(kind, (Moment, Words, JsonText, LargeBinary, BigInteger)):
        return kind
    if isinstance(kind, JSON):
        raise TypeError("use JsonText")
    if isinstance(kind, DateTime) or isinstance(getattr(kind, "impl", None), DateTime):
        return Moment()
    for ours, theirs in PORTABLE:
        if isinstance(kind, ours) or isinstance(getattr(kind, "impl", None), ours):
            return theirs()
    return kind


def json_field(default: Any = ...) -> Any:
    """A JSON column. `default` is None (the column may be empty), or a factory such as `dict`; without it the value is required."""
    if default is None:
        return Field(None, sa_type=JsonText, nullable=True)
    if default is ...:
        return Field(sa_type=JsonText)
    return Field(default_factory=default, sa_type=JsonText)
