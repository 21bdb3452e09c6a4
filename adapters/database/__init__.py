"""Our tables, and the only door to SQL: SQLite by default, PostgreSQL by one URL.

database = open_database("sqlite:///data/lianshen.db")
with database.transaction() as db:
    case = cases.lock(db, case_id)
"""

from adapters.database.connect import Database, Db, open_database

__all__ = ["Database", "Db", "open_database"]
