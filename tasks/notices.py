"""Notices going out (通知投递): addressed to people, then handed over at least once on each channel they can be reached on.

A notice is in the application from the moment its act commits. What is outward happens here, in sweeps that may run twice, in parallel,
late, or be killed: a delivery is claimed and committed before it is sent, and reported with the fence of its claim. What waits for one
person goes into one message, so that a backlog arrives as a digest.
"""

from __future__ import annotations

import asyncio
import secrets
import time as machine
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import groupby

from adapters import settings
from adapters.database import Database, Db, addresses, audit, notices, people
from adapters.database.notices import Claim
from adapters.database.tables import Address, Delivery, Notice
from adapters.notifier import Channel, Mail, Message, Undelivered
from domain.errors import InvalidAnswers, NotFound
from domain.notices import is_mail_address
from tasks import incidents, versions
from tasks.facts import SHANGHAI

MAIL = "邮件"
CHANNELS = (MAIL,)
STALE = timedelta(days=3)  #: a notice that old is read in the application only: a channel that was just configured brings no flood
LEASE = timedelta(minutes=5)
CHUNK, TOGETHER = 200, 5
LONGEST = 120.0  #: seconds of sending within one claim, well below its lease
TROUBLE = 3  #: failures of the partner in a row, after which a channel rests until the next sweep
BACKOFF = (1, 2, 5, 15, 30, 60, 120, 240, 480, 720)  #: minutes until the next try; then the delivery is a dead letter


@dataclass
class Delivered:
    """What a sweep did. `lines` say it for operators."""

    addressed: int = 0
    sent: int = 0
    again: int = 0
    dead: int = 0
    people: set[str] = field(default_factory=set)
    reasons: dict[str, int] = field(default_factory=dict)

    @property
    def lines(self) -> list[str]:
        """Nothing when there was nothing to do."""
        said = []
        if self.sent:
            said.append(f"送出通知 {self.sent} 条，收件 {len(self.people)} 人")
        if self.again:
            said.append(f"暂未送达 {self.again} 条，稍后重试：{'；'.join(self.reasons)}")
        if self.dead:
            said.append(f"不能送达 {self.dead} 条，已记入异常：{'；'.join(self.reasons)}")
        return said


def configured() -> dict[str, Channel]:
    """The channels that the settings name."""
    smtp = settings.settings().smtp
    if smtp is None:
        return {}
    mail = Mail(host=smtp.host, port=smtp.port, security=smtp.security, sender=smtp.sender, user=smtp.user, password=smtp.password)
    return {MAIL: mail}


def set_address(db: Db, person: str, channel: str, address: str, *, by: str, now: datetime) -> None:
    """Where a person is reached; an empty address: no longer. Raises NotFound, InvalidAnswers."""
    people.get(db, person)
    if channel not in CHANNELS:
        raise NotFound(f"没有名为“{channel}”的通知渠道。", todo=f"可选：{'、'.join(CHANNELS)}。")
    if not address.strip():
        addresses.drop(db, person, channel)
    elif is_mail_address(address.strip()):
        addresses.keep(db, Address(person=person, channel=channel, address=address.strip(), at=now, by=by))
    else:
        raise InvalidAnswers("联系方式没有保存。", {"address": "邮箱写法不对。"}, todo="请写成 姓名@单位域名 的形式。")
    audit.append(db, at=now, actor=by, act="address-changed", target=person, body={"channel": channel, "known": bool(address.strip())})


def retry_dead(db: Db, *, by: str, now: datetime) -> int:
    """Try every dead letter again, from its first pause on. Answers how many."""
    count = sum(notices.revive(db, one.notice, one.channel, one.recipient, at=now) for one in notices.dead(db, limit=10_000))
    audit.append(db, at=now, actor=by, act="dead-letters-retried", target="", body={"count": count})
    return count


def deliver(database: Database, *, now: datetime, channels: Mapping[str, Channel] | None = None) -> Delivered:
    """Address what is new, then hand over what is due. Without channels nothing leaves the application."""
    using = configured() if channels is None else channels
    done = Delivered()
    while True:
        with database.transaction() as db:
            count = _address(db, tuple(using), now)
        done.addressed += count
        if not count:
            break
    resting: set[str] = set()
    while using:
        with database.transaction() as db:
            claims = notices.claim(db, now, lease=LEASE, limit=CHUNK)
        if not claims:
            break
        resting |= _send(database, claims, using, done, now)
        if resting >= set(using):
            break
    return done


def _address(db: Db, channels: Sequence[str], now: datetime) -> int:
    """Write the deliveries of notices that have none yet: to the person, or to everybody who holds the office today."""
    found = addresses.unaddressed(db)
    if not found:
        return 0
    today = now.astimezone(SHANGHAI).date()
    recent = [one for one in found if channels and one.at > now - STALE]
    holders: dict[tuple[str, str | None, str | None, str | None], list[str]] = {}
    for one in recent:
        to = (one.jurisdiction, one.office, one.unit, one.person)
        if to not in holders:
            holders[to] = _readers(db, one, today)
    known = addresses.of_people(db, sorted({person for names in holders.values() for person in names}), channels)
    begin = _after_quiet(now)
    rows = [
        Delivery(notice=one.id, channel=channel, recipient=person, next_at=begin)
        for one in recent
        for person in holders[one.jurisdiction, one.office, one.unit, one.person]
        for channel in channels
        if (person, channel) in known
    ]
    addresses.addressed(db, [one.id for one in found], rows)
    return len(found)


def _readers(db: Db, notice: Notice, today: date) -> list[str]:
    if notice.person is not None:
        found = people.find(db, notice.person)
        return [found.id] if found is not None and found.active else []
    return [one.id for one in people.holders(db, notice.jurisdiction, notice.office or "", today, unit=notice.unit)]


def _after_quiet(now: datetime) -> datetime:
    """Now, or the end of the quiet hours we are in."""
    quiet = settings.settings().quiet
    if quiet is None:
        return now
    local = now.astimezone(SHANGHAI)
    first, last = quiet
    at: time = local.time()
    within = first <= at < last if first < last else at >= first or at < last
    if not within:
        return now
    day = local.date() + timedelta(days=1) if at >= last else local.date()
    return datetime.combine(day, last, tzinfo=SHANGHAI)


def _send(database: Database, claims: Sequence[Claim], using: Mapping[str, Channel], done: Delivered, now: datetime) -> set[str]:
    """Send one message to each person, then report. Answers the channels that are in trouble."""

    def who(claim: Claim) -> tuple[str, str]:
        return claim.delivery.channel, claim.delivery.recipient

    parcels = [list(group) for _, group in groupby(sorted(claims, key=who), key=who)]
    with database.reading() as db:
        known = addresses.of_people(db, sorted({one.delivery.recipient for one in claims}), tuple(using))
        messages = [_message(db, parcel) for parcel in parcels]
    trouble = dict.fromkeys(using, 0)
    outcomes: list[Undelivered | None] = [Undelivered("本轮没有轮到", down=True)] * len(parcels)

    async def one(number: int, free: asyncio.Semaphore, end: float) -> None:
        channel, person = who(parcels[number][0])
        async with free:
            if channel in using and (trouble[channel] >= TROUBLE or machine.monotonic() > end):
                return
            try:
                if channel not in using or (person, channel) not in known:
                    raise Undelivered("收件人没有登记这个渠道的联系方式", final=True)
                await using[channel].send(known[person, channel], messages[number])
            except Undelivered as failure:
                outcomes[number] = failure
                if failure.down:
                    trouble[channel] += 1
                return
            outcomes[number] = None
            trouble[channel] = 0

    async def every() -> None:
        free, end = asyncio.Semaphore(TOGETHER), machine.monotonic() + LONGEST
        await asyncio.gather(*(one(number, free, end) for number in range(len(parcels))))

    asyncio.run(every())
    with database.transaction() as db:
        lost = [words for parcel, outcome in zip(parcels, outcomes, strict=True) for words in _report(db, parcel, outcome, done, now)]
    for channel, words in sorted(set(lost)):
        incidents.note(
            database,
            kind="Undelivered",
            cause=f"{channel}通知未能送达：{words}。",
            todo="收件人在系统内仍能看到通知。请核对联系方式和渠道设置，再在通知台账中重新投递。",
            about={"channel": channel},
            now=now,
        )
    return {channel for channel, count in trouble.items() if count >= TROUBLE}


def _report(db: Db, parcel: Sequence[Claim], outcome: Undelivered | None, done: Delivered, now: datetime) -> list[tuple[str, str]]:
    """Write down what became of the deliveries of one message. Answers (channel, reason) of dead letters."""
    lost = []
    for claim in parcel:
        delivery = claim.delivery
        if outcome is None:
            done.sent += notices.sent(db, delivery, at=now)
            done.people.add(delivery.recipient)
            continue
        done.reasons[outcome.words] = done.reasons.get(outcome.words, 0) + 1
        if outcome.final or delivery.attempts > len(BACKOFF):
            done.dead += notices.failed(db, delivery, outcome.words, again_at=None)
            lost.append((delivery.channel, outcome.words))
            continue
        minutes = BACKOFF[min(delivery.attempts, len(BACKOFF)) - 1]
        jitter = 0.8 + secrets.randbelow(401) / 1000  # ±20 %: senders that failed together do not come back together
        done.again += notices.failed(db, delivery, outcome.words, again_at=now + timedelta(minutes=minutes * jitter))
    return lost


def _message(db: Db, parcel: Sequence[Claim]) -> Message:
    """One notice as it is, or several as a digest. Harmless when it arrives twice."""
    found = [one.notice for one in parcel]
    url = settings.settings().url
    lines = []
    for number, one in enumerate(found, 1):
        lines.append(f"{f'{number}. ' if len(found) > 1 else ''}{one.words}")
        if cited := _cited(db, one):
            lines.append(f"   依据：{cited}")
        if one.case:
            lines.append(f"   办件：{link(one.case)}")
    lines += ["", f"登录 {url} 办理。本邮件由系统自动发出，请勿回复；重复收到的，以系统内的通知为准。"]
    subject = f"〔{found[0].kind}〕{found[0].words}"[:80] if len(found) == 1 else f"您有 {len(found)} 条新通知"
    return Message(key="|".join(one.id for one in found), subject=subject, text="\n".join(lines))


def _cited(db: Db, notice: Notice) -> str:
    """The article behind a notice, as its regulation names it."""
    if notice.clause is None:
        return ""
    try:
        _, ruleset = versions.current(db, notice.jurisdiction)
    except NotFound:
        return notice.clause
    clause = ruleset.catalogue.by_id().get(notice.clause)
    return f"《{ruleset.catalogue.title}》{clause.article}（{notice.clause}）" if clause else notice.clause


def link(case: str) -> str:
    """The page of a case."""
    return f"{settings.settings().url}/cases/{case}"
