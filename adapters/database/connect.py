"""Opening the database, and the transactions in which everything happens."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, nullcontext
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import (
    URL,
    Connection,
    CursorResult,
    Engine,
    Executable,
    PoolProxiedConnection,
    Table,
    create_engine,
    event,
    insert,
    make_url,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import StaticPool

from adapters.database import audit
from adapters.database.columns import Row
from adapters.database.lines import PostgresqlLine, SqliteLine
from adapters.database.prepared import Prepared
from adapters.database.writer import MOST, Writer
from domain.errors import Conflict, Refusal

R = TypeVar("R", bound=Row)
Params = Mapping[str, Any] | Sequence[Mapping[str, Any]]

BUSY_MS = 10_000  #: how long a writer waits for another one
STATEMENT_MS = 60_000
BUSY_STATES = {"55P03", "57014", "40001", "40P01"}  #: lock timeout, statement timeout, serialization, deadlock

UNIQUE = "23505"
VIEW = b"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
IDLE = 1.0  #: seconds after which a connection is asked whether it still stands before it is used


class Db:
    """One transaction. Functions of this package take it first; nobody else speaks SQL."""

    __slots__ = ("_core", "_engine", "_fairy", "dialect", "line", "pending", "sqlite")

    def __init__(self, engine: Engine, fairy: PoolProxiedConnection, line: SqliteLine | PostgresqlLine) -> None:
        self._engine = engine
        self._fairy = fairy
        self._core: Connection | None = None
        self.line = line
        self.dialect = engine.dialect
        self.sqlite = self.dialect.name == "sqlite"
        self.pending: list[Mapping[str, Any]] = []  #: audit records, chained at the end of the transaction (see `audit`)

    @property
    def connection(self) -> Connection:
        """SQLAlchemy's view of this transaction: made for those who need it, since it costs as much as three statements."""
        self.line.flush()
        if self._core is None:
            self._core = Connection(self._engine, connection=self._fairy)
        return self._core

    def run(self, statement: Executable, params: Params | None = None) -> CursorResult[Any]:
        """Execute a statement; a sequence of parameters executes it for each."""
        return self.connection.execute(statement, params)

    def many(self, row: type[R], statement: Executable | Prepared, params: Mapping[str, Any] | None = None) -> list[R]:
        """All rows as frozen values of `row`."""
        if isinstance(statement, Prepared):
            ready = statement.ready(self.dialect)
            return [row.read(ready.read(one)) for one in self.line.ask(ready, params or {})]
        return [row.read(dict(one)) for one in self.connection.execute(statement, params).mappings()]

    def one(self, row: type[R], statement: Executable | Prepared, params: Mapping[str, Any] | None = None) -> R | None:
        """The first row as a frozen value, or None."""
        found = self.many(row, statement, params)
        return found[0] if found else None

    def values(self, statement: Prepared, params: Mapping[str, Any]) -> list[dict[str, Any]]:
        """All rows by column name."""
        ready = statement.ready(self.dialect)
        return [ready.read(one) for one in self.line.ask(ready, params)]

    def values_each(self, *questions: tuple[Prepared, Mapping[str, Any]]) -> list[list[dict[str, Any]]]:
        """What `values` answers to each question; PostgreSQL is asked all of them at once, and answers them in order."""
        asked = [(statement.ready(self.dialect), params) for statement, params in questions]
        return [[ready.read(one) for one in found] for (ready, _), found in zip(asked, self.line.ask_all(asked), strict=True)]

    def change(self, statement: Prepared, params: Mapping[str, Any]) -> int:
        """Execute once; answers how many rows it touched."""
        return self.line.change(statement.ready(self.dialect), params)

    def change_all(self, statement: Prepared, params: Sequence[Mapping[str, Any]]) -> None:
        """Execute for each of `params`. On PostgreSQL no later than the next question: an error may be raised there."""
        self.line.later(statement.ready(self.dialect), params)

    def change_one(self, statement: Prepared, params: Mapping[str, Any], *, otherwise: Refusal) -> None:
        """Execute once; `otherwise` is raised when no row was touched: as with `change_all`, no later than at the next question."""
        self.line.later(statement.ready(self.dialect), [params], otherwise)

    def add(self, row: Row) -> None:
        """Insert one row, as `change_all` does."""
        self.change_all(_insert(type(row)), [row.__dict__])

    def add_all(self, rows: Sequence[Row]) -> None:
        """Insert rows of one table in one go."""
        if rows:
            self.change_all(_insert(type(rows[0])), [row.__dict__ for row in rows])

    def add_new(self, row: Row, *key: str) -> bool:
        """Insert a row unless one with the same `key` columns is there; True when it was new."""
        return self.change(_insert_new(type(row), key), row.__dict__) == 1

    def put(self, row: Row, *changed: str) -> None:
        """Insert a row, or change these columns of the one with the same primary key."""
        self.change_all(_insert_or_change(type(row), changed), [row.__dict__])


def own_insert(is_sqlite: bool, table: Table) -> Any:
    """An INSERT of this database's own kind, for `on_conflict_…`; both kinds read alike."""
    return sqlite.insert(table) if is_sqlite else postgresql.insert(table)


@cache
def _insert(row: type[Row]) -> Prepared:
    return Prepared(insert(row.table), tuple(row.model_fields))


@cache
def _insert_new(row: type[Row], key: tuple[str, ...]) -> Prepared:
    def write(is_sqlite: bool) -> Any:
        return own_insert(is_sqlite, row.table).on_conflict_do_nothing(index_elements=key)

    return Prepared(write, tuple(row.model_fields))


@cache
def _insert_or_change(row: type[Row], changed: tuple[str, ...]) -> Prepared:
    def write(is_sqlite: bool) -> Any:
        statement = own_insert(is_sqlite, row.table)
        keys = [column.name for column in row.table.primary_key]
        return statement.on_conflict_do_update(index_elements=keys, set_={name: statement.excluded[name] for name in changed})

    return Prepared(write, tuple(row.model_fields))


class Database:
    """An open database: SQLite file, SQLite in memory (one connection, for scenarios and tests) or PostgreSQL."""

    def __init__(self, url: URL, *, pool_size: int = 24) -> None:
        self.url = url
        self.sqlite = url.get_backend_name() == "sqlite"
        self._memory = self.sqlite and (url.database or ":memory:") == ":memory:"
        if self.sqlite:
            begin = "BEGIN" if self._memory else "BEGIN IMMEDIATE"
            self._engine = _sqlite(url, begin, memory=self._memory, pool_size=pool_size)
            self._readers = self._engine if self._memory else _sqlite(url, "BEGIN", memory=False, pool_size=pool_size)
            self._writer = Writer(begin=begin, most=1 if self._memory else MOST, patience=BUSY_MS / 1000)
        else:
            self._engine = self._readers = _postgresql(url, pool_size)

    @contextmanager
    def transaction(self) -> Iterator[Db]:
        """Everything inside is kept together, or not at all. Raises Conflict when another writer holds on for too long."""
        with _busy_is_conflict(), self._writing() if self.sqlite else self._speaking(b"BEGIN") as db:
            yield db
            audit.write_pending(db)

    @contextmanager
    def reading(self) -> Iterator[Db]:
        """A consistent view; writing is refused by the database."""
        with _busy_is_conflict(), self._looking() if self.sqlite else self._speaking(VIEW) as db:
            yield db

    @contextmanager
    def _writing(self) -> Iterator[Db]:
        """A turn of the one writer. Its connection stays out of the pool while others queue: a batch is one transaction."""
        with self._writer.writing(self._connected) as fairy, closing(SqliteLine(fairy.dbapi_connection)) as line:
            yield Db(self._engine, fairy, line)

    def _connected(self) -> PoolProxiedConnection:
        return self._engine.raw_connection()

    @contextmanager
    def _looking(self) -> Iterator[Db]:
        with self._writer.alone() if self._memory else nullcontext(), closing(self._readers.raw_connection()) as fairy:
            driver: Any = fairy.dbapi_connection
            if self._memory:  # the one connection in memory serves readers and writers in turn
                driver.execute("PRAGMA query_only=ON")
            driver.execute("BEGIN")
            try:
                with closing(SqliteLine(driver)) as line:
                    yield Db(self._readers, fairy, line)
            finally:
                driver.rollback()
                if self._memory:
                    driver.execute("PRAGMA query_only=OFF")

    @contextmanager
    def _speaking(self, opening: bytes) -> Iterator[Db]:
        """A transaction on PostgreSQL, opened with its first statement."""
        fairy = self._engine.raw_connection()
        line = PostgresqlLine(fairy.dbapi_connection, opening, fairy.info.setdefault("prepared", set()))
        try:
            yield Db(self._engine, fairy, line)
            line.commit()
        except BaseException:
            line.rollback()
            raise
        finally:
            if line.broken:
                fairy.invalidate()
            fairy.close()

    @property
    def engine(self) -> Engine:
        """For migrations and tests of this package only."""
        return self._engine

    def create_all(self) -> None:
        """Make every table at once, without migrations, unless they are there: for tests and scenarios."""
        if not self._memory:
            Row.metadata.create_all(self._engine)
            return
        from adapters.database import schema  # names every table, and tables are told through this module

        with self._engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            if not driver.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
                driver.executescript(schema.script("sqlite"))

    def migrate(self) -> None:
        """Bring the tables to the newest revision; safe to repeat."""
        from adapters.database import migrations  # Alembic is slow to import, and only this needs it

        migrations.upgrade(self._engine)

    def close(self) -> None:
        """Give every connection back."""
        self._readers.dispose()
        self._engine.dispose()


def open_database(url: str, *, pool_size: int = 24) -> Database:
    """`sqlite:///path`, `sqlite://` (in memory) or `postgresql://user@host/name`."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    return Database(parsed, pool_size=pool_size)


def _sqlite(url: URL, begin: str, *, memory: bool, pool_size: int) -> Engine:
    pool: dict[str, Any] = {"poolclass": StaticPool} if memory else {"pool_size": pool_size, "max_overflow": 32, "pool_use_lifo": True}
    engine = create_engine(url, connect_args={"check_same_thread": False, "timeout": BUSY_MS / 1000}, pool_reset_on_return=None, **pool)

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver opens no transaction of its own
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "recursive_triggers=ON", f"busy_timeout={BUSY_MS}"):
            connection.execute(f"PRAGMA {pragma}")
        if begin == "BEGIN" and not memory:
            connection.execute("PRAGMA query_only=ON")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        driver: Any = connection.connection.dbapi_connection
        if not driver.in_transaction:  # `Database.transaction` has begun already
            driver.execute(begin)

    return engine


def _postgresql(url: URL, pool_size: int) -> Engine:
    options = (
        f"-c synchronous_commit=on -c lock_timeout={BUSY_MS} -c statement_timeout={STATEMENT_MS}"
        f" -c idle_in_transaction_session_timeout={STATEMENT_MS} -c timezone=Asia/Shanghai"
    )
    engine = create_engine(url, pool_size=pool_size, max_overflow=32, pool_reset_on_return=None, connect_args={"options": options})

    @event.listens_for(engine, "checkin")
    def _used(_connection: Any, record: Any) -> None:
        record.info["used"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def _stands(connection: Any, record: Any, _fairy: Any) -> None:
        if time.monotonic() - record.info.get("used", time.monotonic()) > IDLE and not engine.dialect.do_ping(connection):
            raise DisconnectionError

    return engine


@contextmanager
def _busy_is_conflict() -> Iterator[None]:
    try:
        yield
    except TimeoutError as error:
        raise _busy() from error
    except Exception as error:
        cause = getattr(error, "orig", None) or error  # SQLAlchemy wraps the driver's errors, prepared statements do not
        state, words = getattr(cause, "sqlstate", None), str(cause)
        if state in BUSY_STATES or "database is locked" in words:
            raise _busy() from error
        if state == UNIQUE or "UNIQUE constraint failed" in words:
            raise Conflict("同一内容刚刚已被登记，本次操作没有保存。", todo="请刷新页面，查看最新情况后再操作。") from error
        raise


def _busy() -> Conflict:
    return Conflict("其他操作正在占用同一事项，本次操作没有保存。", todo="请稍候片刻再试。")
