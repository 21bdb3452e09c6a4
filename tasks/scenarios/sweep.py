"""All stories of a place played on a draft (场景回归), in a process of its own: bounded in memory and time, it notes how far it is.

`python -m tasks.scenarios.sweep RUN` reads DATABASE_URL; nothing it does can hold up the people who use the web pages.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any

from adapters import clock
from adapters.database import Database, authoring, open_database
from adapters.database.tables import RuleRun
from domain.errors import Refusal, Unpublishable
from tasks import drafts
from tasks.scenarios.language import Scenario, ScenarioError, parse
from tasks.scenarios.player import Theatre, play
from tasks.scenarios.traces import Trace, flows, rows
from tasks.scenarios.wording import named

MEMORY = 3 * 1024**3
SECONDS = 1800
OFTEN = 1.0  #: seconds between two notes
DEAD = timedelta(seconds=90)  #: a run that has been silent for so long was ended from outside
MOST_TOLD = 6  #: differences of one story


def stories(files: Mapping[str, bytes], code: str) -> dict[str, bytes]:
    """Path → text of every story, without the shared files."""
    folder = f"{code}/scenarios/"
    return {path: text for path, text in sorted(files.items()) if path.startswith(folder) and not path.removeprefix(folder).startswith("_")}


def run(database: Database, run_id: str) -> None:
    """Play everything, and keep what came out."""
    with database.reading() as db:
        row = authoring.run(db, run_id)
        draft = authoring.get(db, row.draft)
        files, base = drafts.contents(db, draft), drafts.base_files(db, draft)
    with TemporaryDirectory() as folder:
        store = Path(folder)
        try:
            theatre = Theatre.made(files, draft.jurisdiction, store)
        except Unpublishable as refusal:
            _note(database, run_id, ended_at=clock.now(), fault=f"规则读不出来，没有运行：{refusal.what}")
            return
        result = _play(database, row, theatre, files, base, store)
    _note(database, run_id, ended_at=clock.now(), result=result, done=result["total"])


def _play(
    database: Database, row: RuleRun, theatre: Theatre, files: Mapping[str, bytes], base: Mapping[str, bytes], store: Path
) -> dict[str, Any]:
    code = theatre.ruleset.code
    every, before = stories(files, code), stories(base, code)
    _note(database, row.id, total=len(every))
    trace, touched, failed, told = Trace(), set[str](), list[dict[str, Any]](), monotonic()
    passed: list[list[str]] = []
    old: Theatre | None = None
    for number, (path, text) in enumerate(every.items(), 1):
        differences, title, met = _differences(path, text, theatre, trace)
        touched |= met
        if not differences:
            passed.append([path.removeprefix(f"{code}/"), title])
        else:
            passed_before = False
            if path in before:
                old = old or Theatre.made(base, code, store)
                passed_before = not _differences(path, before[path], old, None)[0]
            failed.append(
                {
                    "path": path.removeprefix(f"{code}/"),
                    "title": title,
                    "differences": [named(theatre.ruleset, one) for one in differences[:MOST_TOLD]],
                    "changed": passed_before,
                    "new": path not in before,
                    "edited": path in before and before[path] != text,
                }
            )
        if monotonic() - told > OFTEN:
            told = monotonic()
            _note(database, row.id, done=number)
    own = [one for one in theatre.ruleset.catalogue if one.executable]
    unmet = [(f"{code}/clauses.yaml", one.id, f"{one.article}：{one.rule}") for one in own if one.id not in touched]
    edges, lines = flows(theatre.ruleset, trace), rows(theatre.ruleset, files, trace)
    return {
        "total": len(every),
        "passed": passed,
        "changed": [one for one in failed if one["changed"]],
        "failed": [one for one in failed if not one["changed"]],
        "flows": {"all": edges.all, "unmet": [list(one) for one in edges.unmet]},
        "rows": {"all": lines.all, "unmet": [list(one) for one in lines.unmet]},
        "clauses": {"all": len(own), "unmet": [list(one) for one in unmet]},
    }


def _differences(path: str, text: bytes, theatre: Theatre, trace: Trace | None) -> tuple[list[str], str, set[str]]:
    """(what came out otherwise, title, clauses met) of one story."""
    name = path.rpartition("/")[2]
    try:
        scenario: Scenario = parse(text.decode("utf-8", "replace"), name)
    except ScenarioError as error:
        return [f"场景文件读不出来：{error.what}"], name, set()
    outcome = play(scenario, theatre, trace=trace)
    return outcome.differences, scenario.title, outcome.touched


def _note(database: Database, run_id: str, **changes: Any) -> None:
    with database.transaction() as db:
        authoring.change_run(db, run_id, seen_at=clock.now(), **changes)


def main(arguments: list[str]) -> int:
    """Run with bounds; whatever goes wrong is noted where people look for the result."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    signal.signal(signal.SIGALRM, _too_long)
    signal.alarm(SECONDS)
    os.nice(10)
    database = open_database(os.environ["DATABASE_URL"], pool_size=2)
    try:
        run(database, arguments[0])
    except (Exception, MemoryError) as error:
        words = str(error) if isinstance(error, Refusal) else f"运行没有完成（{type(error).__name__}）。请检查最近的修改，或联系运维人员。"
        _note(database, arguments[0], ended_at=clock.now(), fault=words)
        return 1
    finally:
        database.close()
    return 0


def _too_long(*_: object) -> None:
    raise Refusal(f"运行超过 {SECONDS // 60} 分钟，已停止。", todo="请检查最近修改的流程是否在原地打转。")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
