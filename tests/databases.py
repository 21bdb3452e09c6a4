"""Databases for tests: SQLite files copied from a template, and a PostgreSQL cluster of our own, started once for the whole session."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import psycopg

from adapters.database import Database, open_database

TEMPLATE = "lianshen_template"
QUICK = ("fsync=off", "full_page_writes=off", "max_connections=200", "shared_buffers=64MB", "autovacuum=off", "log_min_messages=fatal")


@dataclass(frozen=True)
class Cluster:
    """A running PostgreSQL: only on the loopback, gone after the session."""

    folder: Path
    port: int

    def url(self, name: str) -> str:
        return f"postgresql://lianshen@127.0.0.1:{self.port}/{name}"

    def create(self, template: str = "template0") -> str:
        name = f"t_{uuid4().hex}"
        self._admin(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def drop(self, name: str) -> None:
        self._admin(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def _admin(self, statement: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())


@contextlib.contextmanager
def cluster(shared: Path) -> Iterator[Cluster]:
    """The session's cluster. `shared` is a folder all test processes see: the first one starts it, the last one stops it."""
    note = shared / "postgresql.json"
    with _alone(shared):
        state = json.loads(note.read_text()) if note.exists() else None
        if state is None:
            started = start()
            state = {"folder": str(started.folder), "port": started.port, "users": 0}
        state["users"] += 1
        note.write_text(json.dumps(state))
    running = Cluster(Path(state["folder"]), state["port"])
    try:
        yield running
    finally:
        with _alone(shared):
            state = json.loads(note.read_text())
            state["users"] -= 1
            note.write_text(json.dumps(state))
            if not state["users"]:
                note.unlink()
                stop(running)


@contextlib.contextmanager
def sqlite_database(folder: Path, template: Path | None) -> Iterator[Database]:
    """An SQLite file; with `template` a copy of that one, else empty."""
    path = folder / f"{uuid4().hex}.db"
    if template is not None:
        shutil.copyfile(template, path)
    database = open_database(f"sqlite:///{path}")
    try:
        yield database
    finally:
        database.close()


@contextlib.contextmanager
def postgresql_database(running: Cluster, template: str) -> Iterator[Database]:
    """A database of its own in the session's cluster."""
    name = running.create(template)
    database = open_database(running.url(name))
    try:
        yield database
    finally:
        database.close()
        running.drop(name)


def sqlite_template(shared: Path) -> Path:
    """A file with every table, made once."""
    path = shared / "template.db"
    with _alone(shared):
        if not path.exists():
            making = open_database(f"sqlite:///{path}.new")
            making.create_all()
            making.close()
            Path(f"{path}.new").rename(path)
    return path


@contextlib.contextmanager
def _alone(shared: Path) -> Iterator[None]:
    with (shared / "databases.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def start(settings: Sequence[str] = QUICK) -> Cluster:
    """A new cluster, with the template of our tables."""
    folder = Path(tempfile.mkdtemp(prefix="lianshen-postgresql-"))
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        shutil.chown(folder, "postgres")
    data = str(folder / "data")
    _run("initdb", "-D", data, "-U", "lianshen", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")
    for _ in range(5):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        here = (*settings, f"port={port}", "listen_addresses=127.0.0.1", f"unix_socket_directories={folder}")
        options = " ".join(f"-c {one}" for one in here)
        with contextlib.suppress(subprocess.CalledProcessError):  # somebody else was quicker to take the port
            _run("pg_ctl", "-D", data, "-w", "-l", str(folder / "log"), "-o", options, "start")
            started = Cluster(folder, port)
            started._admin(f"CREATE DATABASE {TEMPLATE}")
            making = open_database(started.url(TEMPLATE))
            making.create_all()
            making.close()
            return started
    raise RuntimeError(f"PostgreSQL does not start: {(folder / 'log').read_text()}")


def stop(running: Cluster) -> None:
    """Gone, with everything in it."""
    _run("pg_ctl", "-D", str(running.folder / "data"), "-m", "immediate", "stop")
    shutil.rmtree(running.folder, ignore_errors=True)


def _run(program: str, *arguments: str) -> None:
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"))
    path = str(found[-1]) if found else shutil.which(program)
    if path is None:
        raise RuntimeError("the tests need PostgreSQL's server programs: apt-get install postgresql")
    as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    subprocess.run([*as_user, path, *arguments], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")
