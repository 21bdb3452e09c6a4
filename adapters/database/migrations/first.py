"""Write the first revision's SQL from the table classes. Only before the first release: `python -m adapters.database.migrations.first`."""

from __future__ import annotations

from sqlalchemy import Dialect
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql import psycopg
from sqlalchemy.schema import CreateIndex, CreateTable, ExecutableDDLElement

from adapters.database import tables
from adapters.database.columns import APPEND_ONLY, Row, guards
from adapters.database.migrations import END, FOLDER

assert tables  # declares every table in Row.metadata

DIALECTS: dict[str, Dialect] = {"sqlite": sqlite.dialect(), "postgresql": psycopg.dialect()}  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped


def script(name: str) -> str:
    """What `create_all` would execute on an empty database of this kind, always in the same order."""

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


if __name__ == "__main__":
    for dialect in DIALECTS:
        (FOLDER / "versions" / f"0001_tables.{dialect}.sql").write_text(script(dialect), "utf-8")
