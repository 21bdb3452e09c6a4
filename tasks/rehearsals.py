"""Playing all stories on a draft: started by a person, done by another process (`tasks.scenarios.sweep`), watched on a page."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime

from adapters import library
from adapters.database import Database, Db, authoring, ids
from adapters.database.tables import RuleRun
from adapters.settings import settings
from domain.errors import Refusal
from tasks import drafts
from tasks.scenarios.sweep import DEAD


@dataclass(frozen=True, slots=True)
class Standing:
    """The newest run of a draft as its page shows it. `state`: none, running, dead, failed or done."""

    run: RuleRun | None
    state: str
    stale: bool  #: the draft was changed after the run began

    @property
    def percent(self) -> int:
        """How far it is."""
        return 0 if self.run is None or not self.run.total else 100 * self.run.done // self.run.total


def standing(db: Db, draft_id: str, *, now: datetime) -> Standing:
    """How far the newest run of a draft is."""
    draft, row = authoring.get(db, draft_id), authoring.newest_run(db, draft_id)
    if row is None:
        return Standing(None, "none", False)
    state = "failed" if row.fault else "done"
    if row.ended_at is None:
        state = "dead" if now - row.seen_at > DEAD else "running"
    return Standing(row, state, row.digest != _content(db, draft_id) and draft.status in ("open", "review"))


def _content(db: Db, draft_id: str) -> str:
    """A digest of everything in a draft, stories included: they decide what a run says."""
    files = drafts.contents(db, authoring.get(db, draft_id))
    return library.digest({path.replace("/scenarios/", "/stories/"): content for path, content in files.items()})


def start(database: Database, draft_id: str, *, by: str, now: datetime) -> RuleRun:
    """Begin a run in a process of its own. Raises Refusal while another one is under way."""
    with database.transaction() as db:
        draft = authoring.lock(db, draft_id)
        under_way = authoring.running(db, since=now - DEAD)
        if under_way is not None:
            whose = "本草稿" if under_way.draft == draft.id else "另一份草稿"
            raise Refusal(f"{whose}的场景正在运行，没有另外开始。", todo="请等它结束后再运行，一般需要一两分钟。")
        row = RuleRun(id=ids.new(), draft=draft.id, digest=_content(db, draft.id), by=by, begun_at=now, seen_at=now)
        authoring.add_run(db, row)
    address = database.url.render_as_string(hide_password=False)
    environment = {**os.environ, "DATABASE_URL": address, "LIANSHEN_BPMN": str(settings().bpmn)}
    subprocess.Popen(
        [sys.executable, "-m", "tasks.scenarios.sweep", row.id],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    return row
