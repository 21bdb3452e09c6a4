"""Notices reach people: addressed once, one message a person, tried again, given up with an incident; nothing lost when senders die."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta

import pytest

from adapters import clock, settings
from adapters.database import Database, channels, incidents, people
from adapters.database import notices as rows
from adapters.database.tables import Delivery, Notice, Person, PostRow, UnitRow
from adapters.notifier import Channel, Mail, WeCom
from domain.errors import InvalidAnswers, NotFound
from tasks import notices, ticks
from tests.http_partner import Partner, partner
from tests.mail_server import MailServer, mail_server
from tests.tasks.stages import MORNING, Town


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as running:
        yield running


@pytest.fixture
def office(database: Database) -> Database:
    """Two people in one office, one of them with an address."""
    with database.transaction() as db:
        people.add_unit(db, UnitRow(id="edu", jurisdiction="here", name="教育局", kind="部门"))
        for one in ("zhang", "wang"):
            people.add(db, Person(id=one, jurisdiction="here", login=one, name=one))
            people.add_post(db, PostRow(id=one, person=one, jurisdiction="here", office="reviewer"))
        notices.set_address(db, "zhang", notices.MAIL, " zhang@example.gov.cn ", by="admin", now=MORNING)
    return database


def through(server: MailServer, deadline: float = 2.0) -> dict[str, Channel]:
    return {notices.MAIL: Mail(host="127.0.0.1", port=server.port, security="none", sender="s@example.gov.cn", deadline=deadline)}


def write(database: Database, *names: str, to: str | None = None, minutes: int = 0) -> None:
    with database.transaction() as db:
        for name in names:
            at = MORNING + timedelta(minutes=minutes)
            office = None if to else "reviewer"
            rows.add(db, Notice(id=name, key=name, jurisdiction="here", kind="待办", office=office, person=to, words=f"通知{name}", at=at))


def deliveries(database: Database, *names: str) -> list[Delivery]:
    with database.reading() as db:
        found = rows.deliveries_of(db, names)
    return [one for name in names for one in found.get(name, [])]


def test_those_with_an_address_get_a_mail_once(office: Database, server: MailServer) -> None:
    write(office, "a")
    done = notices.deliver(office, now=MORNING, channels=through(server))
    assert (done.addressed, done.sent, done.people) == (1, 1, {"zhang"})
    assert notices.deliver(office, now=MORNING + timedelta(days=1), channels=through(server)).lines == []
    (mail,) = server.mails
    assert mail["To"] == "zhang@example.gov.cn"
    assert "通知a" in mail.get_content()
    assert [(one.recipient, one.status, one.attempts) for one in deliveries(office, "a")] == [("zhang", "sent", 1)]


def test_a_backlog_arrives_as_one_digest(office: Database, server: MailServer) -> None:
    write(office, *(f"n{number}" for number in range(40)))
    write(office, "own", to="zhang", minutes=1)
    assert notices.deliver(office, now=MORNING + timedelta(hours=1), channels=through(server)).sent == 41
    (mail,) = server.mails
    assert mail["Subject"] == "您有 41 条新通知"
    text = mail.get_content()
    assert text.index("1. 通知n0") < text.index("40. 通知n") < text.index("41. 通知own")


def test_without_channels_nothing_waits_and_nothing_comes_later_as_a_flood(office: Database, server: MailServer) -> None:
    write(office, "a")
    assert notices.deliver(office, now=MORNING, channels={}).sent == 0
    write(office, "old")
    done = notices.deliver(office, now=MORNING + notices.STALE, channels=through(server))
    assert (done.addressed, done.sent) == (1, 0), "what is old is read in the application"
    assert not server.mails


def test_a_partner_in_trouble_is_tried_again_and_rests(office: Database, server: MailServer) -> None:
    with office.transaction() as db:
        for number in range(8):
            people.add(db, Person(id=f"p{number}", jurisdiction="here", login=f"p{number}", name="甲"))
            notices.set_address(db, f"p{number}", notices.MAIL, f"p{number}@example.gov.cn", by="admin", now=MORNING)
    for number in range(8):
        write(office, f"n{number}", to=f"p{number}")
    server.manner = "busy"
    done = notices.deliver(office, now=MORNING, channels=through(server))
    assert (done.sent, done.dead) == (0, 0)
    assert 3 <= done.again < 8, "those whose turn did not come were not tried"
    assert server.conversations < 8, "after three failures the partner is left alone"
    server.manner = "takes"
    assert notices.deliver(office, now=MORNING + timedelta(seconds=30), channels=through(server)).sent == 0, "not before the pause is over"
    assert notices.deliver(office, now=MORNING + timedelta(minutes=2), channels=through(server)).sent == 8
    assert len(server.mails) == 8


def test_a_slow_partner_does_not_hold_the_sweep(office: Database, server: MailServer) -> None:
    write(office, "a")
    server.manner = "drips"
    begun = time.monotonic()
    done = notices.deliver(office, now=MORNING, channels=through(server, deadline=1.0))
    assert time.monotonic() - begun < 5
    assert done.again == 1


def test_a_dead_letter_is_one_incident_and_can_be_sent_again(office: Database, server: MailServer) -> None:
    write(office, "a", "b")
    server.manner = "refuses_recipient"
    done = notices.deliver(office, now=MORNING, channels=through(server))
    assert done.dead == 2
    write(office, "c")
    notices.deliver(office, now=MORNING, channels=through(server))
    with office.reading() as db:
        (incident,) = incidents.open_in(db)
        assert len(rows.dead(db)) == 3
    assert "邮件" in incident.cause
    assert incident.todo
    server.manner = "takes"
    with office.transaction() as db:
        assert rows.revive(db, "a", notices.MAIL, "zhang", at=MORNING)
    assert notices.deliver(office, now=MORNING, channels=through(server)).sent == 1


def test_it_gives_up_after_the_last_pause(office: Database, server: MailServer) -> None:
    write(office, "a")
    server.manner = "refuses"
    now, tries = MORNING, 0
    while deliveries(office, "a") == [] or deliveries(office, "a")[0].status == "pending":
        notices.deliver(office, now=now, channels=through(server))
        now += timedelta(days=1)
        tries += 1
    assert tries == len(notices.BACKOFF) + 1
    assert deliveries(office, "a")[0].status == "dead"


def test_a_sender_that_died_loses_its_claim_and_nothing_else(office: Database, server: MailServer) -> None:
    write(office, "a")
    with office.transaction() as db:
        notices._address(db, [notices.MAIL], MORNING)
        (lost,) = rows.claim(db, MORNING, channels=[notices.MAIL], lease=notices.LEASE)  # …and here the process is killed
    assert notices.deliver(office, now=MORNING + timedelta(minutes=1), channels=through(server)).sent == 0
    assert notices.deliver(office, now=MORNING + notices.LEASE, channels=through(server)).sent == 1
    with office.transaction() as db:
        assert not rows.failed(db, lost.delivery, "late", again_at=MORNING), "a report that comes late changes nothing"
    assert len(server.mails) == 1


def test_a_lost_answer_repeats_the_same_mail(office: Database, server: MailServer) -> None:
    write(office, "a")
    server.manner = "loses_answer"
    assert notices.deliver(office, now=MORNING, channels=through(server)).again == 1
    server.manner = "takes"
    assert notices.deliver(office, now=MORNING + timedelta(hours=1), channels=through(server)).sent == 1
    first, second = server.mails
    assert first["Message-ID"] == second["Message-ID"]


def test_quiet_hours_wait_for_the_morning(office: Database, server: MailServer) -> None:
    night = MORNING.replace(hour=23)
    with office.transaction() as db:
        rows.add(db, Notice(id="n", key="n", jurisdiction="here", kind="待办", office="reviewer", words="夜间", at=night))
    assert settings.settings().quiet is not None
    assert notices.deliver(office, now=night, channels=through(server)).sent == 0
    assert notices.deliver(office, now=night.replace(hour=8) + timedelta(days=1), channels=through(server)).sent == 1


def test_an_address_is_checked_and_can_be_taken_away(office: Database, server: MailServer) -> None:
    with office.transaction() as db:
        with pytest.raises(InvalidAnswers):
            notices.set_address(db, "zhang", notices.MAIL, "张三", by="admin", now=MORNING)
        with pytest.raises(NotFound):
            notices.set_address(db, "zhang", "烽火", "x@y", by="admin", now=MORNING)
        with pytest.raises(NotFound):
            notices.set_address(db, "nobody", notices.MAIL, "x@y", by="admin", now=MORNING)
    write(office, "a")
    with office.transaction() as db:
        notices._address(db, [notices.MAIL], MORNING)
        notices.set_address(db, "zhang", notices.MAIL, "", by="admin", now=MORNING)
    assert notices.deliver(office, now=MORNING, channels=through(server)).dead == 1, "nobody to send to any more"
    assert not server.mails


def test_a_step_of_a_case_is_told_with_its_article_and_its_page(town: Town, server: MailServer) -> None:
    case = town.begin("declare")
    item = town.item(case, "declare")
    with town.database.transaction() as db:
        official = town.stage.cast.for_item(db, item, clock.today())
        notices.set_address(db, official.id, notices.MAIL, "edu@example.gov.cn", by="admin", now=clock.now())
    notices.deliver(town.database, now=clock.now(), channels=through(server))
    (mail,) = server.mails
    text = mail.get_content()
    assert item.title in text
    assert f"{settings.settings().url}/cases/{case}" in text
    assert "依据：《" in text


def test_the_tick_without_prefect_delivers_too(office: Database, server: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIANSHEN_SMTP", f"smtp://127.0.0.1:{server.port}")
    monkeypatch.setenv("LIANSHEN_SMTP_FROM", "s@example.gov.cn")
    settings.settings.cache_clear()
    try:
        write(office, "a")
        assert ticks.run(office, now=MORNING).lines == ["送出通知 1 条，收件 1 人"]
    finally:
        monkeypatch.undo()
        settings.settings.cache_clear()
    assert len(server.mails) == 1


def test_a_long_delivery_says_how_far_it_is(office: Database, server: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notices, "CHUNK", 2)
    reached_by_robot(office, 5)
    seen: list[tuple[int, int]] = []
    with partner() as there:
        notices.deliver(office, now=MORNING, channels=robots(there), progress=lambda done, of: seen.append((done, of)))
    assert seen == [(0, 5), (2, 5), (4, 5), (5, 5)]


def robots(there: Partner, deadline: float = 1.0) -> dict[str, Channel]:
    return {notices.WECOM: WeCom(url=there.url, allowed=there.allowed, deadline=deadline)}


def reached_by_robot(office: Database, count: int) -> None:
    with office.transaction() as db:
        for number in range(count):
            people.add(db, Person(id=f"r{number}", jurisdiction="here", login=f"r{number}", name="乙"))
            notices.set_address(db, f"r{number}", notices.WECOM, f"1380013800{number}", by="admin", now=MORNING)
    for number in range(count):
        write(office, f"w{number}", to=f"r{number}")


def test_a_partner_that_fails_again_and_again_rests_longer_and_comes_back_by_one_message(office: Database) -> None:
    reached_by_robot(office, 9)
    with partner("refuses") as there:
        now, called = MORNING, []
        for _ in range(40):  # a sweep every minute
            before = there.conversations
            notices.deliver(office, now=now, channels=robots(there))
            called.append(there.conversations - before)
            now += timedelta(minutes=1)
        assert called[0] < 9, "three failures are enough"
        assert set(called[1:]) <= {0, 1}, "after a rest one message tries"
        assert sum(called[1:]) <= 6, "each rest is longer than the one before"
        with office.reading() as db:
            (incident,) = incidents.open_in(db)
        assert (incident.kind, "企业微信" in incident.cause, "hush" in incident.cause) == ("ChannelDown", True, False)
        there.manner = "takes"
        for _ in range(60):
            notices.deliver(office, now=now, channels=robots(there))
            now += timedelta(minutes=5)
        assert sorted(call.body["text"]["mentioned_mobile_list"][0] for call in there.calls) == [f"1380013800{n}" for n in range(9)]
        with office.reading() as db:
            assert channels.troubled(db) == {}


def test_one_channel_in_trouble_does_not_stop_another(office: Database, server: MailServer) -> None:
    reached_by_robot(office, 3)
    write(office, "a")
    with partner("drops") as there:
        done = notices.deliver(office, now=MORNING, channels={**robots(there), **through(server)})
    assert (done.sent, done.again) == (1, 3)
    assert len(server.mails) == 1


def test_who_wants_one_message_a_day_gets_one(office: Database, server: MailServer) -> None:
    with office.transaction() as db:
        notices.set_address(db, "zhang", notices.MAIL, "zhang@example.gov.cn", by="zhang", now=MORNING, daily=True)
    for hour in range(6):
        write(office, f"n{hour}", minutes=60 * hour)
        notices.deliver(office, now=MORNING + timedelta(hours=hour), channels=through(server))
    assert not server.mails
    tomorrow = MORNING.replace(hour=8, minute=30) + timedelta(days=1)
    assert notices.deliver(office, now=tomorrow, channels=through(server)).sent == 6
    (mail,) = server.mails
    assert mail["Subject"] == "您有 6 条新通知"


def test_a_great_backlog_is_one_message_for_each_person(office: Database, server: MailServer) -> None:
    with office.transaction() as db:
        notices.set_address(db, "wang", notices.MAIL, "wang@example.gov.cn", by="admin", now=MORNING)
    write(office, *(f"n{number:04}" for number in range(700)))
    assert notices.deliver(office, now=MORNING + timedelta(hours=1), channels=through(server)).sent == 1400
    assert sorted(mail["To"] for mail in server.mails) == ["wang@example.gov.cn", "zhang@example.gov.cn"]
