"""Windows (申报窗口、填报期): who has to act is told when one opens, before it closes, on the last day, and when it is over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from adapters.database import Database, Db, ids, notices, people, rules
from adapters.database.tables import Notice
from domain.errors import Conflict
from domain.rounds import closing, days
from domain.rulesets import Round, Ruleset
from domain.workdays import WorkCalendar
from tasks import calendars, incidents, rounds, versions
from tasks.facts import SHANGHAI

BACK = timedelta(days=400)  #: a window is no longer than this
LATE = timedelta(days=10)  #: what should have been told longer ago is not told any more


@dataclass(frozen=True, slots=True)
class Telling:
    """Something to tell about a window, and on which day."""

    round: Round
    opened: date
    day: date
    kind: str
    words: str
    closes: date | None

    @property
    def key(self) -> str:
        """What is told once to each office."""
        return f"window:{self.round.id}:{self.opened:%Y-%m-%d}:{self.kind}:{self.day:%Y-%m-%d}"


def tellings(one: Round, since: date, until: date, calendar: WorkCalendar) -> list[Telling]:
    """Everything a round tells between two days, both included, oldest first."""
    if not one.tells:
        return []
    found = [
        telling
        for opened in days(one.opens, since - BACK, until, calendar)
        for telling in _of_window(one, opened, closing(one.closes, opened, calendar))
        if since <= telling.day <= until
    ]
    return sorted(found, key=lambda telling: (telling.day, telling.opened))


def _of_window(one: Round, opened: date, closes: date | None) -> Iterator[Telling]:
    def telling(day: date, kind: str, words: str) -> Telling:
        return Telling(one, opened, day, kind, f"“{one.title}”{words}", closes)

    if closes is None:
        yield telling(opened, "开办", "今日开始。")
        return
    last = f"{closes:%Y年%-m月%-d日}"
    yield telling(opened, "开办", f"今日开始，最后一日为 {last}。")
    for left in sorted(set(one.reminds), reverse=True):
        day = closes - timedelta(days=left)
        if left == 0 and day > opened:
            yield telling(day, "今日截止", "今日截止，请于今日办理；已经办理的不必理会。")
        elif day > opened:
            yield telling(day, "截止提醒", f"将于 {last} 截止，还有 {left} 天；已经办理的不必理会。")
    yield telling(closes + timedelta(days=1), "已截止", f"已于 {last} 截止。")


def write_due(database: Database, *, now: datetime, working: bool = True) -> int:
    """Tell what is due in every place: of each window only the newest. Answers how many notices were new."""
    today = now.astimezone(SHANGHAI).date()
    calendar = calendars.current()
    with database.reading() as db:
        codes = rules.jurisdictions(db)
    written = 0
    for code in codes:
        try:
            with database.transaction() as db:
                _, ruleset = versions.current(db, code)
                for one in rounds.planned(db, ruleset):
                    newest = {telling.opened: telling for telling in tellings(one, today - LATE, today, calendar)}
                    for telling in newest.values():
                        if working or telling.day == today:
                            written += _tell(db, ruleset, telling, now)
        except Conflict:
            continue  # the next sweep comes soon
        except Exception as error:
            fault = incidents.fault_of(error)
            cause = f"地区 {code} 的批次通知没有写出：{fault.what}"
            todo = "请核对 rounds.yaml；其他地区不受影响，改正后下一次催办会补写。"
            detail = getattr(fault, "detail", str(fault))
            incidents.note(database, kind="ReminderFailed", cause=cause, todo=todo, about={"windows": code}, now=now, detail=detail)
    return written


def _tell(db: Db, ruleset: Ruleset, telling: Telling, now: datetime) -> int:
    wanted = [
        Notice(
            id=ids.new(),
            key=f"{ruleset.code}:{telling.key}:{office}:{unit or '-'}",
            jurisdiction=ruleset.code,
            kind=telling.kind,
            office=office,
            unit=unit,
            words=telling.words,
            clause=next(iter(telling.round.clauses), None),
            due=telling.closes,
            at=now,
            detail={"round": telling.round.id},
        )
        for office in telling.round.tells
        for unit in _units(db, ruleset, office)
    ]
    known = notices.known(db, [one.key for one in wanted])
    return sum(notices.add(db, one) for one in wanted if one.key not in known)


def _units(db: Db, ruleset: Ruleset, office: str) -> list[str | None]:
    return [one.id for one in people.units(db, ruleset.code)] if ruleset.offices[office].of_project else [None]
