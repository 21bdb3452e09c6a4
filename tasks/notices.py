"""Notices going out (通知投递): addressed to people, then handed over at least once on each channel they can be reached on.

A notice is in the application from the moment its act commits. What is outward happens here, in sweeps that may run twice, in parallel,
late, or be killed: a delivery is claimed and committed before it is sent, and reported with the fence of its claim. What waits for one
person goes into one message, so that a backlog arrives as a digest. A partner that fails again and again rests, longer each time (熔断);
when the rest is over, one message tries whether it works.
"""

from __future__ import annotations

import asyncio
import secrets
import time as machine
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import groupby

from adapters import settings
from adapters.database import Database, Db, addresses, audit, notices, people
from adapters.database import channels as channel_rows
from adapters.database.notices import Claim
from adapters.database.tables import Address, ChannelRest, Delivery, Notice
from adapters.notifier import Channel, DingTalk, Feishu, Mail, Message, Sms, Undelivered, WeCom
from domain.errors import Conflict, InvalidAnswers, NotFound
from domain.notices import is_mail_address
from domain.partners import is_mobile, is_open_id
from tasks import incidents, versions
from tasks.facts import SHANGHAI

MAIL, WECOM, DINGTALK, FEISHU, SMS = "邮件", "企业微信", "钉钉", "飞书", "短信"
CHANNELS = (MAIL, WECOM, DINGTALK, FEISHU, SMS)
UNPROVEN = frozenset({WECOM, DINGTALK, FEISHU, SMS})  #: tried against loopback receivers only (未经真实服务验证)
STALE = timedelta(days=3)  #: a notice that old is read in the application only: a channel that was just configured brings no flood
LEASE = timedelta(minutes=5)
CHUNK, TOGETHER = 100, 5  #: people of one claim, and how many of them at the same time
MOST_NEWS = 200  #: milestones told by one sweep
LONGEST = 120.0  #: seconds of sending within one claim, well below its lease
TROUBLE = 3  #: failures of the partner in a row, after which a channel rests
RESTS = (1, 2, 5, 10, 30)  #: minutes a channel rests, longer each time
ALARM = 3  #: rests in a row, after which operators are called
BACKOFF = (1, 2, 5, 15, 30, 60, 120, 240, 480, 720)  #: minutes until the next try; then the delivery is a dead letter


_NOT_TRIED = Undelivered("本轮没有轮到")


@dataclass
class Delivered:
    """What a sweep did. `lines` say it for operators."""

    addressed: int = 0
    sent: int = 0
    again: int = 0
    dead: int = 0
    people: set[str] = field(default_factory=set)
    reasons: dict[str, int] = field(default_factory=dict)
    news: list[tuple[str, str, str, str | None]] = field(default_factory=list)  #: (kind, place, case, clause) of what was addressed

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
    said = settings.settings()
    found: dict[str, Channel] = {}
    if (smtp := said.smtp) is not None:
        found[MAIL] = Mail(
            host=smtp.host, port=smtp.port, security=smtp.security, sender=smtp.sender, user=smtp.user, password=smtp.password
        )
    kinds: dict[str, type[WeCom | DingTalk | Feishu | Sms]] = {WECOM: WeCom, DINGTALK: DingTalk, FEISHU: Feishu, SMS: Sms}
    for channel, gateway in said.gateways.items():
        found[channel] = kinds[channel](url=gateway.url, secret=gateway.secret, allowed=said.partners)
    return found


_SHAPES: Mapping[str, tuple[Callable[[str], bool], str]] = {
    MAIL: (is_mail_address, "应为 姓名@单位域名。"),
    WECOM: (is_mobile, "应为 11 位手机号，用于在群里提醒本人。"),
    DINGTALK: (is_mobile, "应为 11 位手机号，用于在群里提醒本人。"),
    FEISHU: (is_open_id, "应为飞书的 open_id，以 ou_ 开头。"),
    SMS: (is_mobile, "应为 11 位手机号。"),
}


def hint(channel: str) -> str:
    """What an address on a channel looks like."""
    return _SHAPES[channel][1]


def set_address(db: Db, person: str, channel: str, address: str, *, by: str, now: datetime, daily: bool = False) -> None:
    """Where a person is reached, at once or once a day; an empty address: no longer. Raises NotFound, InvalidAnswers."""
    people.get(db, person)
    if channel not in CHANNELS:
        raise NotFound(f"没有名为“{channel}”的通知渠道。", todo=f"可选：{'、'.join(CHANNELS)}。")
    address = address.strip()
    fits, hint = _SHAPES[channel]
    if not address:
        addresses.drop(db, person, channel)
    elif fits(address):
        addresses.keep(db, Address(person=person, channel=channel, address=address, at=now, by=by, daily=daily))
    else:
        wrong = f"{'邮箱' if channel == MAIL else '联系方式'}写法不对，{hint}"
        raise InvalidAnswers("联系方式没有保存。", {"address": wrong}, todo=f"{channel}：{wrong}")
    audit.append(db, at=now, actor=by, act="address-changed", target=person, body={"channel": channel, "known": bool(address)})


def address_of(db: Db, person: str, channel: str) -> str:
    """Where a person is reached on a channel; empty when nothing is known."""
    return next((one.address for one in addresses.of_person(db, person) if one.channel == channel), "")


def retry_dead(db: Db, *, by: str, now: datetime) -> int:
    """Try every dead letter again, from its first pause on. Answers how many."""
    count = sum(notices.revive(db, one.notice, one.channel, one.recipient, at=now) for one in notices.dead(db, limit=10_000))
    audit.append(db, at=now, actor=by, act="dead-letters-retried", target="", body={"count": count})
    return count


def deliver(
    database: Database,
    *,
    now: datetime,
    channels: Mapping[str, Channel] | None = None,
    progress: Callable[[int, int], None] = lambda _done, _of: None,
) -> Delivered:
    """Address what is new, then hand over what is due. Without channels nothing leaves the application."""
    known = configured() if channels is None else channels
    done = Delivered()
    while True:
        with database.transaction() as db:
            fresh = _address(db, tuple(known), now)
        done.addressed += len(fresh)
        done.news += [(one.kind, one.jurisdiction, one.case, one.clause) for one in fresh if one.case][: MOST_NEWS - len(done.news)]
        if not fresh:
            break
    if _after_quiet(now) > now:
        return done
    with database.reading() as db:
        troubled = channel_rows.troubled(db)
        using = {name: one for name, one in known.items() if name not in troubled or troubled[name].until <= now}
        whole, handled = notices.due(db, now, channels=tuple(using)), 0
    trying = set(using) & set(troubled)  # their rest is over: one message tells whether they work again
    while using:
        progress(min(handled, whole), whole)
        claims = _claimed(database, using, trying, now)
        if not claims:
            break
        resting = _send(database, claims, using, trying, done, now)
        handled += len(claims)
        trying -= {one.delivery.channel for one in claims}
        using = {name: one for name, one in using.items() if name not in resting}
    return done


def _claimed(database: Database, using: Mapping[str, Channel], trying: set[str], now: datetime) -> list[Claim]:
    with database.transaction() as db:
        found = [one for name in sorted(trying) for one in notices.claim(db, now, channels=(name,), lease=LEASE, people=1)]
        if sound := tuple(set(using) - trying):
            found += notices.claim(db, now, channels=sound, lease=LEASE, people=CHUNK)
    return found


def _address(db: Db, channels: Sequence[str], now: datetime) -> list[Notice]:
    """Write the deliveries of notices that have none yet: to the person, or to everybody who holds the office today."""
    found = addresses.unaddressed(db)
    if not found:
        return []
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
        Delivery(notice=one.id, channel=channel, recipient=person, next_at=_next_digest(now) if reached.daily else begin)
        for one in recent
        for person in holders[one.jurisdiction, one.office, one.unit, one.person]
        for channel in channels
        if (reached := known.get((person, channel))) is not None
    ]
    addresses.addressed(db, [one.id for one in found], rows)
    return found


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


def _next_digest(now: datetime) -> datetime:
    """When those who want one message a day get theirs."""
    local, at = now.astimezone(SHANGHAI), settings.settings().digest
    day = local.date() + timedelta(days=1) if local.time() > at else local.date()
    return _after_quiet(datetime.combine(day, at, tzinfo=SHANGHAI))


def _send(
    database: Database, claims: Sequence[Claim], using: Mapping[str, Channel], trying: set[str], done: Delivered, now: datetime
) -> set[str]:
    """Send one message to each person, then report. Answers the channels that rest from now on; one of `trying` at its first failure."""

    def who(claim: Claim) -> tuple[str, str]:
        return claim.delivery.channel, claim.delivery.recipient

    parcels = [list(group) for _, group in groupby(sorted(claims, key=who), key=who)]
    with database.reading() as db:
        known = addresses.of_people(db, sorted({one.delivery.recipient for one in claims}), tuple(using))
        messages = [_message(db, parcel) for parcel in parcels]
    trouble = dict.fromkeys(using, 0)
    worked: set[str] = set()
    outcomes: list[Undelivered | None] = [_NOT_TRIED] * len(parcels)

    unreported = set(range(len(parcels)))
    lost: list[tuple[str, str]] = []

    def report(numbers: Sequence[int]) -> None:
        with database.transaction() as db:
            lost.extend(words for number in numbers for words in _report(db, parcels[number], outcomes[number], done, now))
        unreported.difference_update(numbers)

    async def one(number: int, free: asyncio.Semaphore, writing: asyncio.Lock, end: float) -> None:
        channel, person = who(parcels[number][0])
        async with free:
            if channel in using and (trouble[channel] >= TROUBLE or machine.monotonic() > end):
                return
            try:
                if channel not in using or (person, channel) not in known:
                    raise Undelivered("收件人没有登记这个渠道的联系方式", final=True)
                await using[channel].send(known[person, channel].address, messages[number])
            except Undelivered as failure:
                outcomes[number] = failure
                if failure.down:
                    trouble[channel] += 1
            else:
                outcomes[number] = None
                trouble[channel] = 0
                worked.add(channel)
            with suppress(Conflict):  # then it is reported with the rest
                async with writing:  # at once, so that whoever is killed repeats a few messages and not the whole claim
                    await asyncio.to_thread(report, [number])

    async def every() -> None:
        free, writing, end = asyncio.Semaphore(TOGETHER), asyncio.Lock(), machine.monotonic() + LONGEST
        await asyncio.gather(*(one(number, free, writing, end) for number in range(len(parcels))))

    asyncio.run(every())
    if unreported:
        report(sorted(unreported))
    for channel, words in sorted(set(lost)):
        incidents.note(
            database,
            kind="Undelivered",
            cause=f"{channel}通知未能送达：{words}。",
            todo="收件人在系统内仍能看到通知。请核对联系方式和渠道设置，再在通知台账中重新投递。",
            about={"channel": channel},
            now=now,
        )
    resting = {channel for channel, count in trouble.items() if count >= (1 if channel in trying else TROUBLE)}
    said = {who(parcel[0])[0]: one.words for parcel, one in zip(parcels, outcomes, strict=True) if one is not None and one.down}
    for channel in sorted(resting | worked):
        _rest(database, channel, channel in resting, said.get(channel, ""), now)
    return resting


def _rest(database: Database, channel: str, resting: bool, words: str, now: datetime) -> None:
    """Leave a partner in trouble alone for a while, or note that it works again."""
    with database.transaction() as db:
        if not resting:
            channel_rows.recovered(db, channel)
            return
        before = channel_rows.troubled(db).get(channel)
        failures = before.failures + 1 if before else 1
        until = now + timedelta(minutes=RESTS[min(failures, len(RESTS)) - 1])
        channel_rows.rest(db, ChannelRest(channel=channel, failures=failures, until=until, words=words))
    if failures >= ALARM:
        incidents.note(
            database,
            kind="ChannelDown",
            cause=f"{channel}渠道连续不能使用：{words}。",
            todo="通知没有丢失，系统内照常可见，渠道恢复后自动补送。请检查网络、渠道设置和对方服务，恢复后登记处理情况。",
            about={"channel": channel},
            now=now,
        )


def _report(db: Db, parcel: Sequence[Claim], outcome: Undelivered | None, done: Delivered, now: datetime) -> list[tuple[str, str]]:
    """Write down what became of the deliveries of one message. Answers (channel, reason) of dead letters."""
    lost = []
    for claim in parcel:
        delivery = claim.delivery
        if outcome is None:
            done.sent += notices.sent(db, delivery, at=now)
            done.people.add(delivery.recipient)
            continue
        if outcome is _NOT_TRIED:
            notices.give_back(db, delivery, at=now)
            continue
        done.reasons[outcome.words] = done.reasons.get(outcome.words, 0) + 1
        if outcome.final or delivery.attempts >= len(BACKOFF):
            done.dead += notices.failed(db, delivery, outcome.words, again_at=None)
            lost.append((delivery.channel, outcome.words))
            continue
        minutes = BACKOFF[delivery.attempts]
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
        elif there := one.detail.get("link"):
            lines.append(f"   办理：{settings.settings().url}{there}")
    lines += ["", f"登录 {url} 办理。本邮件由系统自动发出，请勿回复；重复收到的，以系统内的通知为准。"]
    subject = f"〔{found[0].kind}〕{found[0].words}"[:80] if len(found) == 1 else f"您有 {len(found)} 条新通知"
    return Message(key="|".join(one.id for one in found), subject=subject, text="\n".join(lines), brief=_brief(found))


def _brief(found: Sequence[Notice]) -> str:
    """That there is something to read, and of which kind; nothing of what it says, since others may read along."""
    kinds: dict[str, int] = {}
    for one in found:
        kinds[one.kind] = kinds.get(one.kind, 0) + 1
    counted = "、".join(f"{kind} {count} 条" for kind, count in kinds.items())
    return f"【联审】您有 {len(found)} 条新通知（{counted}），请登录 {settings.settings().url}/notices 查看。"


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
