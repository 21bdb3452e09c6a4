"""Can the database be used? For people who start the system: the answer is a sentence about their setting, not a traceback."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, NoSuchModuleError, OperationalError

from adapters.database.connect import open_database

KINDS = {"sqlite", "postgresql"}


def named(url: str) -> str:
    """The database as people may see it: without its password."""
    parsed = make_url(url)
    return f"SQLite {parsed.database}" if parsed.get_backend_name() == "sqlite" else f"PostgreSQL {parsed.render_as_string()}"


def fault(url: str) -> str | None:
    """Why the database of this address cannot be used, in Chinese; None when it can."""
    try:
        parsed = make_url(url)
        kind = parsed.get_backend_name()
    except (ArgumentError, ValueError):
        return "DATABASE_URL 写法不对，应为 sqlite:///路径 或 postgresql://用户:口令@主机:5432/库名。"
    if kind not in KINDS:
        return f"DATABASE_URL 中的数据库种类“{kind}”不能使用，只支持 SQLite 和 PostgreSQL。"
    if kind == "sqlite" and parsed.database and not Path(parsed.database).parent.is_dir():
        return f"数据库文件所在的文件夹 {Path(parsed.database).parent} 不存在，请先建立。"
    try:
        database = open_database(url)
        try:
            with database.reading():
                return None
        finally:
            database.close()
    except NoSuchModuleError:
        return "DATABASE_URL 中的驱动没有安装，PostgreSQL 请写 postgresql://…。"
    except Exception as error:
        if not _said_by_driver(error):
            raise
        reason = " ".join(str(getattr(error, "orig", None) or error).split())[:200]
        where = "请检查数据目录的读写权限和磁盘空间" if kind == "sqlite" else "请检查 DATABASE_URL 中的主机、端口、库名、用户和口令"
        return f"连不上数据库 {named(url)}：{reason}。{where}。"


def _said_by_driver(error: BaseException) -> bool:
    """Whether the database itself refused, wrapped by SQLAlchemy or as its driver raised it."""
    drivers = {kind.__module__.split(".")[0] for kind in type(error).__mro__ if kind.__name__ == "Error"}
    return isinstance(error, DBAPIError) or bool(drivers & {"sqlite3", "psycopg"})


def out_of_reach(error: BaseException) -> bool:
    """Whether an exception says that the database cannot be reached or written: no fault of what was to be done."""
    driver = getattr(error, "orig", None) or error
    return isinstance(error, OperationalError | InterfaceError) or any(
        kind.__name__ in ("OperationalError", "InterfaceError") and kind.__module__.split(".")[0] in ("sqlite3", "psycopg")
        for kind in type(driver).__mro__
    )
