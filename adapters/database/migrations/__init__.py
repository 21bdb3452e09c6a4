"""Revisions of the tables (Alembic), run from code: `Database.migrate`.

The first revision is plain SQL, one file for each database. `python -m adapters.database.migrations.first` writes it from the table
classes until the first release; from then on it is frozen. Later revisions are made with `alembic revision` as usual.
"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import DDL, Connection, Engine

from adapters.database.schema import END

FOLDER = Path(__file__).parent


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the tables behind `engine` to `revision`, in one transaction."""
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(FOLDER))
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def run_script(connection: Connection, name: str) -> None:
    """Execute `versions/<name>.<database>.sql`."""
    script = (FOLDER / "versions" / f"{name}.{connection.dialect.name}.sql").read_text("utf-8")
    for statement in script.split(END):
        if statement.strip():
            connection.execute(DDL(statement.replace("%", "%%")))  # type: ignore[no-untyped-call]  # SQLAlchemy leaves DDL untyped
