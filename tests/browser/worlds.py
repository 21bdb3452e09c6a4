"""A world behind a browser: a database with the cast of the stories, the web application on it, and a clock for both.

Made once per session as an SQLite file and copied for each test.
"""

from __future__ import annotations

import fcntl
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from adapters import clock, passwords
from adapters.database import Database, open_database, people, sessions
from adapters.database.tables import Credential, Person, PostRow
from adapters.settings import SHIPPED
from domain.duties import EVERYWHERE, INSTALLATION_POSTS
from tasks import sessions as tasks_sessions
from tasks.scenarios.player import Theatre
from tasks.scenarios.stage import Outcome, Stage
from tests.browser.server import MOMENT
from web import front_end

PLACE = "jinjiang"
MORNING = datetime(2026, 3, 2, 9, 0, tzinfo=clock.SHANGHAI)
PASSWORD = "Chunxi-7-lu"  #: of everybody; nobody has to change it
ROOT = Path(__file__).parents[2]


@dataclass
class World:
    """A running application. `address` is where the browser finds it."""

    folder: Path
    address: str
    database: Database
    theatre: Theatre

    def stand_at(self, moment: datetime) -> None:
        """The application's clock stands here from now on."""
        (self.folder / MOMENT).write_text(moment.isoformat(), "utf-8")

    def token(self, person: str) -> str:
        """A session of this person, as logging in makes it."""
        with self.database.transaction() as db:
            return tasks_sessions.begin(db, person, address="127.0.0.1", now=clock.now())

    def stage(self, kind: type[Stage] = Stage) -> Stage:
        """A stage on this world's database."""
        one = self.theatre
        return kind(self.database, one.ruleset, one.cast, one.defaults, one.store, Outcome("browser"))


@contextmanager
def running(folder: Path, shared: Path) -> Iterator[World]:
    """A copy of the template with the application on it, at 09:00 on 2 March 2026."""
    assert not front_end.missing(), front_end.missing()
    shutil.copyfile(_template(shared), folder / "town.db")
    (folder / MOMENT).write_text(MORNING.isoformat(), "utf-8")
    with (folder / "web.log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "tests.browser.server", str(folder)], cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True
        )
    database = open_database(f"sqlite:///{folder / 'town.db'}")
    try:
        assert server.stdout is not None
        port = server.stdout.readline().strip()
        assert port, (folder / "web.log").read_text("utf-8")
        with clock.at(MORNING):
            yield World(folder, f"http://127.0.0.1:{port}", database, Theatre.of(SHIPPED, PLACE, folder / "files"))
    finally:
        database.close()
        server.terminate()
        server.wait(20)


def _template(shared: Path) -> Path:
    made = shared / "browser.db"
    with (shared / "browser.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            making = shared / "browser-making.db"
            _make(making, shared)
            making.rename(made)
    return made


def _make(path: Path, shared: Path) -> None:
    database = open_database(f"sqlite:///{path}")
    with clock.at(MORNING):
        Theatre.of(SHIPPED, PLACE, shared / "browser-files").stage(database, Outcome("browser"), reload=False, say=None)
        known = passwords.hashed(PASSWORD)
        with database.transaction() as db:
            for post, name in INSTALLATION_POSTS.items():
                people.add(db, Person(id=post, login=post, name=name))
                people.add_post(db, PostRow(id=post, person=post, jurisdiction=EVERYWHERE, office=post))
            for one in [*people.listing(db, PLACE), *people.listing(db, None)]:
                people.change(db, one.id, password_hash=known)
                sessions.keep_credential(db, Credential(person=one.id, must_change=False, changed_at=MORNING, earlier=[]))
    database.close()
