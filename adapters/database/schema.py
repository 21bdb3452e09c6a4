"""The SQL that makes every table on an empty database, always in the same order."""

from __future__ import annotations

from functools import cache

from sqlalchemy import Dialect
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql import psycopg
from sqlalchemy.schema import CreateIndex, CreateTable, ExecutableDDLElement

from adapters.database import tables
from adapters.database.columns import APPEND_ONLY, Row, guards

assert tables  # declares every table in Row.metadata

END = ";\n\n"  #: after each statement
DIALECTS: dict[str, Dialect] = {"sqlite": sqlite.dialect(), "postgresql": psycopg.dialect()}  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped


@cache
def script(name: str) -> str:
    """All statements for a kind of database, "sqlite" or "postgresql"."""

    def written(element: ExecutableDDLElement) -> str:
        lines = str(element.compile(dialect=DIALECTS[name])).strip().splitlines()
        return "\n".join(line.rstrip().replace("\t", "    ") for line in lines)

    found: dict[str, None] = {}  # the function behind PostgreSQL's triggers is said once
    for table in Row.metadata.sorted_tables:
        found[written(CreateTable(table))] = None
        for index in sorted(table.indexes, key=lambda index: str(index.name)):
            found[written(CreateIndex(index))] = None
        if table.name in APPEND_ONLY:
            found.update(dict.fromkeys(guards(table.name, name)))
    return "".join(statement + END for statement in found)
