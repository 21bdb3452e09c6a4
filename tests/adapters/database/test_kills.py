"""What was committed is kept, and kept whole, whenever a writer is killed."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import text

from adapters.database import Database, audit, cases, records
from tests.adapters.database import examples as given

ROOT = Path(__file__).parents[3]
WRITERS = ("a", "b")
TRACES = {"idempotency": "key", "work_items": "id", "submissions": "id", "decisions": "activation", "history": "words", "notices": "id"}


def _kill(database: Database, rounds: int) -> set[str]:
    """Start both writers, kill them at a random moment; answers what they said they had done."""
    dice = random.Random(rounds)
    url = database.url.set(drivername="sqlite" if database.sqlite else "postgresql").render_as_string(hide_password=False)
    said: set[str] = set()
    for turn in range(rounds):
        command = [sys.executable, "-m", "tests.adapters.database.killed", url]
        running = [subprocess.Popen([*command, name, str(turn * 100_000)], cwd=ROOT, stdout=subprocess.PIPE, text=True) for name in WRITERS]
        for one in running:  # imports take most of the time; the moment counts from the first commit
            assert one.stdout is not None
            said.add(one.stdout.readline().strip())
        time.sleep(dice.uniform(0, 0.15))
        for one in running:
            one.send_signal(signal.SIGKILL)
        for one in running:
            assert one.stdout is not None
            rest = one.communicate()[0]
            said.update(line for line in rest.split("\n")[:-1])  # the last line may be cut
    return said


def _check(database: Database, said: set[str]) -> None:
    with database.reading() as db:
        found = list(audit.every(db))
        assert audit.verify(found) is None
        done = {record.target for record in found}
        assert len(done) == len(found), "an act was done twice"
        assert said <= done, "an acknowledged act was lost"
        for table, column in TRACES.items():
            assert sorted(db.run(text(f"SELECT {column} FROM {table}")).scalars()) == sorted(done), table
        for writer in WRITERS:
            case = cases.get(db, f"case-{writer}")
            assert case.rev == len(records.history(db, case.id, limit=100_000))
            assert case.rev == 0 or case.state.decode() == records.history(db, case.id, limit=100_000)[-1].words
        if database.sqlite:
            assert db.run(text("PRAGMA integrity_check")).scalar_one() == "ok"


def _campaign(database: Database, rounds: int) -> None:
    with database.transaction() as db:
        for writer in WRITERS:
            given.case(db, f"case-{writer}")
    said = _kill(database, rounds)
    assert len(said) >= rounds
    _check(database, said)


def test_a_few_kills(database: Database) -> None:
    _campaign(database, 2)


@pytest.mark.prove
def test_thirty_kills(database: Database) -> None:
    _campaign(database, 15)  # two writers each
