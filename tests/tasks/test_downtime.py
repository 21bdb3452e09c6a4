"""Three days without a tick: the first one does what was missed, in order, with one message for each person; the effect is the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest

from adapters import clock, settings
from adapters.database import cases, notices, open_database, projects, records, timers
from adapters.database.tables import Project
from tasks import notices as outbox
from tasks import ticks
from tests.mail_server import MailServer, mail_server
from tests.tasks import stages
from tests.tasks.stages import Town
from tests.tasks.test_incidents import DIRECT

PLACE = "jinjiang"
BEGUN = (date(2026, 3, 20), date(2026, 3, 23), date(2026, 3, 24))  #: seven working days end on 31 March, 1 and 2 April
LAST, BACK = date(2026, 3, 30), datetime(2026, 4, 3, 9, 30, tzinfo=clock.SHANGHAI)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[MailServer]:
    with mail_server() as running:
        monkeypatch.setenv("LIANSHEN_SMTP", f"smtp://127.0.0.1:{running.port}")
        monkeypatch.setenv("LIANSHEN_SMTP_FROM", "s@example.gov.cn")
        settings.settings.cache_clear()
        yield running
        monkeypatch.undo()
        settings.settings.cache_clear()


def town(*moments: datetime) -> Town:
    """Three contracts to be filed, six projects whose progress is asked for on 1 April; ticks at these moments."""
    database = open_database("sqlite://")
    with clock.at(stages.MORNING):
        made = stages.town(database)
    for day, unit in zip(BEGUN, ("区教育局", "区民政局", "区教育局"), strict=True):
        with clock.at(day):
            made.begin(until="file_contract", unit=unit, **DIRECT)
    with clock.at(LAST), database.transaction() as db:
        for number in range(6):
            given = {"name": f"项目{number}", "unit": "edu", "stage": "项目实施", "status": "在办"}
            projects.add(db, Project(id=f"p{number}", jurisdiction=PLACE, facts={}, created_at=clock.now(), **given))
        for account in (f"{PLACE}.owner.edu", f"{PLACE}.leading_group_office"):
            outbox.set_address(db, account, outbox.MAIL, f"{account}@example.gov.cn", by="admin", now=clock.now())
    for moment in moments:
        with clock.at(moment):
            ticks.run(database, now=moment)
    return made


def effect(made: Town) -> tuple[list[str], list[str], set[str]]:
    """Cases opened by rounds, lines of passed deadlines, notices that are no reminders; whoever is asked late has all the days."""
    with made.database.reading() as db:
        found = cases.listing(db, PLACE)
        lines = [line.words for case in found for line in records.history(db, case.id) if line.act == "overdue"]
        ledger = notices.ledger(db, PLACE, since=stages.MORNING, limit=10_000)
        told = {re.sub(r"2026年\d+月\d+日", "某日", one.words) for one, _ in ledger if not one.key.startswith("remind:")}
        assert timers.due_cases(db, BACK) == []
        opened = sorted(one.round_key for one in found if one.round_key)
    return opened, lines, told


def every(hours: int) -> list[datetime]:
    first = datetime.combine(LAST + timedelta(days=1), datetime.min.time(), tzinfo=clock.SHANGHAI)
    return [first + timedelta(hours=number) for number in range(0, 82, hours) if first + timedelta(hours=number) < BACK] + [BACK]


def test_after_three_days_everything_is_done_once_and_nobody_is_flooded(server: MailServer) -> None:
    before = datetime.combine(LAST, datetime.min.time(), tzinfo=clock.SHANGHAI) + timedelta(hours=10)
    down = town(before, BACK)
    server.mails.clear()
    quiet = len(server.mails)
    with clock.at(BACK):
        ticks.run(down.database, now=BACK)
    assert len(server.mails) == quiet, "a second tick says nothing"
    usual = town(before, *every(6))
    assert effect(down)[0] == effect(usual)[0]
    assert effect(down)[2] == effect(usual)[2]
    assert len(effect(down)[1]) == len(effect(usual)[1]) == 3


def test_each_person_gets_one_message_after_downtime(server: MailServer) -> None:
    before = datetime.combine(LAST, datetime.min.time(), tzinfo=clock.SHANGHAI) + timedelta(hours=10)
    made = town(before)
    server.mails.clear()
    with clock.at(BACK):
        ticks.run(made.database, now=BACK)
    receivers = [mail["To"] for mail in server.mails]
    assert sorted(receivers) == sorted(set(receivers))
    (owner,) = [mail for mail in server.mails if "owner.edu" in mail["To"]]
    text = owner.get_content()
    assert owner["Subject"].startswith("您有 ")
    assert "建设进度" in text
    assert text.count("已超过期限") == 2, "of each item the newest reminder only"


def test_what_was_missed_is_done_oldest_first() -> None:
    made = town()
    with made.database.reading() as db:
        due = timers.due_cases(db, BACK)
    assert [moment for moment, _ in due] == sorted(moment for moment, _ in due)
    assert len({moment for moment, _ in due}) == 3
