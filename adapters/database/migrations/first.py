"""Write the first revision's SQL from the table classes. Only before the first release: `python -m adapters.database.migrations.first`."""

from __future__ import annotations

from adapters.database.migrations import FOLDER
from adapters.database.schema import DIALECTS, script

if __name__ == "__main__":
    for dialect in DIALECTS:
        (FOLDER / "versions" / f"0001_tables.{dialect}.sql").write_text(script(dialect), "utf-8")
