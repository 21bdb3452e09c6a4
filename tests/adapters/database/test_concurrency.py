"""Two at once: exactly one wins, nobody is told twice, nothing hangs."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

from sqlalchemy import text

from adapters.database import Database, audit, cases, items, notices, projects, records, requests, timers
from adapters.database.tables import Delivery
from domain.errors import AlreadyDone, Conflict
from tests.adapters.database import examples as given
from tests.adapters.database.examples import NOW, item, later, notice, timer


def _together(count: int, act: Callable[[int], Any]) -> list[Any]:
    """Call `act` in `count` threads that start at the same moment; exceptions come back as values."""
    start = threading.Barrier(count)

    def run(number: int) -> Any:
        start.wait()
        try:
            return act(number)
        except Exception as error:
            return error

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def test_the_same_key_is_worked_once_and_answered_alike(database: Database) -> None:
    with database.transaction() as db:
        given.project(db)

    def act(_: int) -> Any:
        with database.transaction() as db:
            seen = requests.begin(db, "key", "hash", at=NOW)
            if seen is not None:
                return seen.response
            response = {"number": projects.next_number(db, "work")}
            requests.answer(db, "key", response)
            return response

    assert _together(6, act) == [{"number": 1}] * 6


def test_of_two_who_complete_one_item_one_wins(database: Database) -> None:
    with database.transaction() as db:
        given.case(db)
        given.open_items(db, *(item(f"i{number}") for number in range(10)))

    def complete(number: int, work: str) -> str:
        with database.transaction() as db:
            case = cases.lock(db, "c1")
            items.close(db, work, at=NOW, by=f"person{number}")
            cases.save(db, case, state=f"{work}".encode())
            records.add_history(db, [given.line(work, actor=f"person{number}")])
            audit.append(db, at=NOW, actor=f"person{number}", act="complete", target=work)
        return "done"

    for turn in range(10):
        answers = _together(4, lambda number, work=f"i{turn}": complete(number, work))
        assert Counter(map(type, answers)) == {str: 1, AlreadyDone: 3}
    with database.reading() as db:
        assert cases.get(db, "c1").rev == 10
        assert [one.seq for one in records.history(db, "c1")] == list(range(1, 11))
        assert audit.verify(audit.every(db)) is None
        assert len(list(audit.every(db))) == 10


def test_a_case_seen_before_another_saved_it_is_not_saved(database: Database) -> None:
    with database.transaction() as db:
        given.case(db)
    with database.reading() as db:
        seen = cases.get(db, "c1")

    def save(number: int) -> int:
        with database.transaction() as db:
            return cases.save(db, seen, state=bytes([number])).rev

    answers = _together(4, save)
    assert Counter(map(type, answers)) == {int: 1, Conflict: 3}


def test_acts_on_different_cases_share_one_chain(database: Database) -> None:
    with database.transaction() as db:
        for number in range(8):
            given.case(db, f"c{number}")

    def act(number: int) -> None:
        for turn in range(5):
            with database.transaction() as db:
                case = cases.lock(db, f"c{number}")
                cases.save(db, case, state=bytes([turn]))
                audit.append(db, at=NOW, actor="li", act="a", target=case.id)

    assert _together(8, act) == [None] * 8
    with database.reading() as db:
        found = list(audit.every(db))
    assert len(found) == 40
    assert audit.verify(found) is None


def test_a_notice_is_said_once_and_a_number_given_once(database: Database) -> None:
    def act(number: int) -> tuple[bool, int]:
        with database.transaction() as db:
            return notices.add(db, notice(f"n{number}", key="same")), projects.next_number(db, "RK")

    answers = _together(6, act)
    assert sum(said for said, _ in answers) == 1
    assert sorted(number for _, number in answers) == [1, 2, 3, 4, 5, 6]


def test_senders_share_the_deliveries(database: Database) -> None:
    with database.transaction() as db:
        for number in range(40):
            notices.add(
                db, notice(f"n{number:02}"), [Delivery(notice=f"n{number:02}", channel="mail", recipient=f"p{number:02}", next_at=NOW)]
            )

    def send(_: int) -> list[str]:
        sent: list[str] = []
        while True:
            with database.transaction() as db:
                claims = notices.claim(db, NOW, channels=("mail",), lease=timedelta(hours=1), people=3)
            if not claims:
                return sent
            for claim in claims:
                with database.transaction() as db:
                    assert notices.sent(db, claim.delivery, at=NOW)
                sent.append(claim.notice.id)

    answers = _together(4, send)
    assert sorted(one for sent in answers for one in sent) == [f"n{number:02}" for number in range(40)]


def test_two_sweepers_fire_every_timer_once(database: Database) -> None:
    with database.transaction() as db:
        for number in range(30):
            given.case(db, f"c{number:02}")
            timers.sync(db, f"c{number:02}", [timer("t", later(seconds=-number), f"c{number:02}")])

    def sweep(_: int) -> int:
        fired = 0
        while True:
            with database.transaction() as db:
                due = timers.due(db, NOW, limit=4)
                for one in due:
                    case = cases.lock(db, one.case)
                    timers.sync(db, one.case, [], fired=[one.task])
                    cases.save(db, case, state=b"fired")
                    fired += 1
            if not due:
                with database.reading() as db:
                    if not timers.due_cases(db, NOW):
                        return fired

    assert sum(_together(2, sweep)) == 30
    with database.reading() as db:
        assert {one.rev for one in cases.listing(db, "here")} == {1}


def test_a_locked_case_is_passed_over_by_a_sweeper(postgresql: Database) -> None:
    """On SQLite a second writer does not even begin."""
    with postgresql.transaction() as db:
        given.case(db)

    def attempt(_: int) -> Any:
        with postgresql.transaction() as db:
            return cases.try_lock(db, "c1")

    with postgresql.transaction() as db:
        cases.lock(db, "c1")
        assert _together(1, attempt) == [None]


def test_notices_may_refer_to_a_case_that_is_locked(postgresql: Database) -> None:
    """A foreign key into a locked case does not wait: reminders go on while somebody completes an item."""
    with postgresql.transaction() as db:
        given.case(db)

    def say(_: int) -> bool:
        with postgresql.transaction() as db:
            return notices.add(db, notice("n1", case="c1"))

    with postgresql.transaction() as db:
        cases.lock(db, "c1")
        assert _together(1, say) == [True]


def test_whoever_waits_too_long_is_told_so(postgresql: Database) -> None:
    with postgresql.transaction() as db:
        given.case(db)

    def attempt(_: int) -> None:
        with postgresql.transaction() as db:
            db.run(text("SET LOCAL lock_timeout = 50"))
            cases.lock(db, "c1")

    with postgresql.transaction() as db:
        cases.lock(db, "c1")
        [answer] = _together(1, attempt)
    assert isinstance(answer, Conflict)
    assert "请稍候" in str(answer)
