"""Lists an official works from: 待办 with lights, 已办, and 通知."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from adapters.database import Db, inbox, notices, people, projects
from adapters.database.inbox import Line
from adapters.database.tables import Notice
from domain import duties
from domain.deadlines import Standing, standing
from domain.errors import NotFound
from domain.offices import Official
from domain.rulesets import Ruleset
from tasks import sight, versions
from tasks.facts import SHANGHAI

PAGE = 20
MOST = 500


@dataclass(frozen=True, slots=True)
class Light:
    """A deadline as a colour and words; both say the same."""

    standing: Standing | None  #: None: there is no deadline
    words: str
    due: date | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a list. `at` is when the item was opened, in 已办 when it was done."""

    id: str
    case: str
    title: str
    project: str | None
    project_name: str
    unit_name: str
    case_title: str
    office: str
    light: Light
    at: datetime
    personal: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a list. `after` asks for the next one; empty on the last."""

    rows: tuple[Row, ...]
    after: str
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """What the head of every page shows."""

    open: int
    unread: int


def light(due: date | None, today: date) -> Light:
    """How a deadline is shown.

    >>> light(date(2026, 3, 10), date(2026, 3, 12)).words
    '已超期 2 天'
    """
    if due is None:
        return Light(None, "无期限")
    left = (due - today).days
    words = f"已超期 {-left} 天" if left < 0 else "今天到期" if left == 0 else f"还有 {left} 天"
    return Light(standing(due, today), words, due)


def counts(db: Db, official: Official, jurisdiction: str) -> Counts:
    """Open work items and unread notices."""
    desks = sight.desks(official, jurisdiction)
    return Counts(_count(db, official, jurisdiction), notices.count_unread(db, desks, official.id))


def _count(db: Db, official: Official, jurisdiction: str) -> int:
    """How many items are theirs; those of an office that several bodies fill are looked at one by one."""
    desks, (_, ruleset) = sight.desks(official, jurisdiction), versions.current(db, jurisdiction)
    shared = [desk for desk in desks if desk.office in ruleset.offices and ruleset.offices[desk.office].line]
    plain = inbox.count(db, [desk for desk in desks if desk not in shared], official.id)
    if not shared:
        return plain
    found = inbox.page(db, shared, "", limit=MOST)
    return plain + len(_of_line(db, ruleset, official, found))


def _of_line(db: Db, ruleset: Ruleset, official: Official, found: Sequence[Line]) -> list[Line]:
    """Without the items that another body of the same office does (JJ-05-industry-netsec)."""

    def mine(line: Line) -> bool:
        office = ruleset.offices.get(line.item.office)
        if office is None or not office.line or line.item.person is not None or line.item.project is None:
            return True
        return duties.of_line(official, office, projects.get(db, line.item.project).facts)

    return [line for line in found if mine(line)]


def open_items(db: Db, official: Official, jurisdiction: str, *, now: datetime, search: str = "", after: str = "") -> Page:
    """待办: most urgent first."""
    desks = sight.desks(official, jurisdiction)
    _, ruleset = versions.current(db, jurisdiction)
    found: list[Line] = []
    while len(found) <= PAGE:
        batch = inbox.page(db, desks, official.id, search=search.strip(), after=after, limit=PAGE + 1)
        found += _of_line(db, ruleset, official, batch)
        if len(batch) <= PAGE:
            break
        after = batch[-1].mark
    total = None if search.strip() else _count(db, official, jurisdiction)
    return _page(db, jurisdiction, found[: PAGE + 1], now, total)


def done_items(db: Db, official: Official, jurisdiction: str, *, now: datetime, search: str = "", after: str = "") -> Page:
    """已办: newest first."""
    return _page(db, jurisdiction, inbox.done(db, official.id, search=search.strip(), after=after, limit=PAGE + 1), now, None)


def next_item(db: Db, official: Official, jurisdiction: str) -> str | None:
    """The item to do next: the most urgent one."""
    _, ruleset = versions.current(db, jurisdiction)
    found = _of_line(db, ruleset, official, inbox.page(db, sight.desks(official, jurisdiction), official.id, limit=PAGE))
    return found[0].item.id if found else None


def _page(db: Db, jurisdiction: str, found: Sequence[Line], now: datetime, total: int | None) -> Page:
    today = now.astimezone(SHANGHAI).date()
    _, ruleset = versions.current(db, jurisdiction)
    units = {one.id: one.name for one in people.units(db, jurisdiction, all=True)}
    rows = []
    for line in found[:PAGE]:
        item = line.item
        office = ruleset.offices.get(item.office)
        rows.append(
            Row(
                id=item.id,
                case=item.case,
                title=item.title,
                project=item.project,
                project_name=line.project_name or line.case_title,
                unit_name=units.get(line.project_unit or "", ""),
                case_title=line.case_title,
                office=office.name if office else item.office,
                light=light(item.due if item.status == "open" else None, today),
                at=item.opened_at if item.status == "open" else item.closed_at or item.opened_at,
                personal=item.person is not None,
            )
        )
    return Page(tuple(rows), found[PAGE - 1].mark if len(found) > PAGE else "", total)


@dataclass(frozen=True, slots=True)
class Letter:
    """A notice as its reader sees it, with the article it rests on."""

    notice: Notice
    article: str
    light: Light


def letters(
    db: Db, official: Official, jurisdiction: str, *, now: datetime, unread: bool = False, after: str = ""
) -> tuple[list[Letter], str]:
    """通知, newest first, and the mark of the next page."""
    found = notices.page(db, sight.desks(official, jurisdiction), official.id, unread=unread, after=_marked(after), limit=PAGE + 1)
    today = now.astimezone(SHANGHAI).date()
    catalogue = versions.current(db, jurisdiction)[1].catalogue if jurisdiction else None
    shown = [Letter(one, catalogue.cite([one.clause]) if one.clause and catalogue else "", light(one.due, today)) for one in found[:PAGE]]
    last = found[PAGE - 1] if len(found) > PAGE else None
    return shown, f"{last.at.isoformat()}~{last.id}" if last else ""


def mark_read(db: Db, official: Official, jurisdiction: str, notice: str, *, now: datetime) -> Notice:
    """Mark a notice as read. Raises NotFound for one that is addressed to somebody else."""
    one = notices.get(db, notice)
    mine = one is not None and (
        one.person == official.id
        or (
            one.person is None
            and any(
                desk.jurisdiction == one.jurisdiction and desk.office == one.office and one.unit in (None, desk.unit)
                for desk in sight.desks(official, jurisdiction)
            )
        )
    )
    if one is None or not mine:
        raise NotFound("没有这条通知。", todo="请返回通知列表。")
    notices.read(db, [notice], by=official.id, at=now)
    return one


def mark_all_read(db: Db, official: Official, jurisdiction: str, *, now: datetime) -> None:
    """Mark everything as read."""
    desks = sight.desks(official, jurisdiction)
    while found := notices.page(db, desks, official.id, unread=True, limit=500):
        notices.read(db, [one.id for one in found], by=official.id, at=now)


def _marked(mark: str) -> tuple[datetime, str] | None:
    at, _, notice = mark.partition("~")
    try:
        return datetime.fromisoformat(at), notice
    except ValueError:
        return None
