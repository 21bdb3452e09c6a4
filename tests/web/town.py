"""A small town for tests of the pages: the shipped rules, the cast of the stories, and two projects on their way.

Made once per session as an SQLite file and copied for each test. What identifies an expert is a canary: it occurs nowhere else.
"""

from __future__ import annotations

import fcntl
import json
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from adapters import clock, settings
from adapters.database import Database, items, open_database, people, sessions
from adapters.database.tables import Person, PostRow, Session
from adapters.files import FileStore
from adapters.settings import SHIPPED
from domain.duties import EVERYWHERE, INSTALLATION_POSTS
from tasks import sessions as tasks_sessions
from tasks.scenarios.language import Begin
from tasks.scenarios.player import Theatre
from tasks.scenarios.stage import Outcome, Stage
from web.app import create_app

MORNING = datetime(2026, 3, 2, 9, 0, tzinfo=clock.SHANGHAI)
PLACE = "jinjiang"
#: name and account of each kind of person the tests know; experts are added by who was drawn
PEOPLE = {
    "owner": f"{PLACE}.owner.edu",
    "leader": f"{PLACE}.leader_in_charge.edu",
    "other owner": f"{PLACE}.owner.civil",
    "office": f"{PLACE}.leading_group_office",
    "finance": f"{PLACE}.finance_bureau",
    "department": f"{PLACE}.cyberspace_office",
    "supervisor": f"{PLACE}.industry_supervisor",
}


@dataclass(frozen=True)
class Town:
    """A database with its application. `things`: ids the template wrote down."""

    database: Database
    folder: Path
    things: dict[str, Any]

    def client(self, person: str | None = None) -> TestClient:
        """A browser of this person, or of nobody. Redirects are not followed, so that tests see them."""
        if "app" not in self.things:  # FastAPI readies every route when the first request comes: once is enough
            found = settings.read({"LIANSHEN_DATA": str(self.folder)})
            self.things["app"] = create_app(self.database, FileStore(self.folder / "files"), found)
        client = TestClient(
            self.things["app"], base_url="http://testserver", follow_redirects=False, headers={"sec-fetch-site": "same-origin"}
        )
        if person is not None:
            with self.database.transaction() as db:
                client.cookies.set("sid", tasks_sessions.begin(db, self.account(person), address="test", now=clock.now()))
        return client

    def account(self, person: str) -> str:
        """The id of a person by the name tests use."""
        return str(self.things["experts"].get(person) or PEOPLE.get(person, person))

    def item(self, case: str, step: str) -> str:
        """The open work item of a step."""
        with self.database.reading() as db:
            return next(one.id for one in items.open_of(db, self.things[case]) if one.step == step)


def town(folder: Path, shared: Path) -> Town:
    """A copy of the template, open."""
    template = _template(shared)
    shutil.copyfile(template / "town.db", folder / "town.db")
    shutil.copytree(template / "files", folder / "files", dirs_exist_ok=True)
    return Town(open_database(f"sqlite:///{folder / 'town.db'}"), folder, json.loads((template / "things.json").read_text("utf-8")))


def _template(shared: Path) -> Path:
    place = shared / "town"
    with (shared / "town.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (place / "things.json").exists():
            place.mkdir(exist_ok=True)
            _make(place)
    return place


def _make(place: Path) -> None:
    database = open_database(f"sqlite:///{place / 'town.db'}")
    theatre = Theatre.of(SHIPPED, PLACE, place / "files")
    with clock.at(MORNING):
        stage = theatre.stage(database, Outcome("town"), reload=False, say=None)
        with database.transaction() as db:
            for number, one in enumerate(people.experts(db, PLACE)):
                name, employer = (
                    f"kanari{number:02}名",
                    f"kanari{number:02}院" if one.employer not in ("区教育局", "区民政局") else one.employer,
                )
                people.add_expert(db, one.model_copy(update={"name": name, "employer": employer}))
                people.change(db, one.id, name=name, unit=employer)
            for post, name in INSTALLATION_POSTS.items():
                people.add(db, Person(id=post, login=post, name=name))
                people.add_post(db, PostRow(id=post, person=post, jurisdiction=EVERYWHERE, office=post))
        _play(stage, "reviewed", "区教育局", "pre_review_opinion", "校园安全智慧监管平台")
        _play(stage, "drafted", "区民政局", "needs_proposal", "养老服务一张图")
        with database.reading() as db:
            things: dict[str, Any] = dict(stage.names)
            open_items = {name: items.open_of(db, case) for name, case in stage.names.items()}
            drawn = [one.person for one in open_items["reviewed"]]
            everyone = [one.id for one in people.experts(db, PLACE)]
            things["projects"] = {name: found[0].project for name, found in open_items.items()}
            things["experts"] = {
                "expert": drawn[0],
                "second expert": drawn[1],
                "other expert": next(one for one in everyone if one not in drawn),
            }
            things["canaries"] = sorted(
                {text for one in people.experts(db, PLACE) for text in (one.name, one.employer) if "kanari" in text}
            )
    database.close()
    (place / "things.json").write_text(json.dumps(things, ensure_ascii=False), "utf-8")


def _play(stage: Stage, name: str, unit: str, until: str, title: str) -> None:
    stage.begin(Begin(procedure="project", unit=unit, until=until, answers={"declare": {"name": title}}), name)


def idle(database: Database, moment: datetime) -> None:
    """Let every session have been used last at this moment."""
    with database.transaction() as db:
        db.run(Session.table.update().values(seen=moment))


__all__ = ["MORNING", "PEOPLE", "PLACE", "Town", "idle", "sessions", "town"]
