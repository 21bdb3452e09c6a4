"""Pressing for an open item (催办), and demanding a written reply until a day (督办). Both are notices with a record; neither is a step.

催办: whoever may see the case but does not hold the item, once a day for each item in all. 督办: offices that may read every project; until
a reply is written the ladder goes on: reminded on the last day, told to the one who demands it on the day after.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from adapters.database import Database, Db, audit, cases, chases, ids, items, notices, people, projects, records
from adapters.database.tables import Chase, HistoryLine, Notice, WorkItem
from domain.duties import holds
from domain.errors import AlreadyDone, Conflict, InvalidAnswers, NotAssigned, NotFound, Refusal
from domain.offices import Official
from domain.workdays import add_working_days
from tasks import anonymity, calendars, casefile, incidents, ledger, reading, settling, sight, versions
from tasks.facts import SHANGHAI
from tasks.worklist import Light, light

SHORTEST, LONGEST = 4, 500
MOST_DAYS = 60
KEPT_OPEN = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Line:
    """A demand or a reminder as its page shows it."""

    chase: Chase
    who: str  #: to whom it went
    by: str
    light: Light | None
    explained: str
    mine: bool  #: the reader is to reply


def urge(db: Db, official: Official, jurisdiction: str, item_id: str, *, now: datetime) -> None:
    """催办. Raises NotFound, NotAssigned (one's own item), AlreadyDone, Refusal (pressed today already)."""
    item = _open(db, official, jurisdiction, item_id)
    if holds_item(official, item, now):
        raise NotAssigned("这件待办由您办理，不需要催办。", todo="请直接办理。")
    name = _name(db, item)
    words = f"“{name}”的“{item.title}”被催办，请尽快办理" + (f"（最后一日 {item.due:%Y年%-m月%-d日}）。" if item.due else "。")
    today = now.astimezone(SHANGHAI).date()
    if not _told(db, item, "催办", words, f"chase:urge:{item.id}:{today}", now):
        raise Refusal("这件待办今天已经催办过。", todo="请明天再催办，或由牵头单位督办。")
    chases.add(db, _row(item, official, words, now))
    _noted(db, item, official, "urge", f"催办：{item.title}", now)


def demand(db: Db, official: Official, jurisdiction: str, item_id: str, words: str, days: str, *, now: datetime) -> str:
    """督办: a reply is demanded within so many working days. Answers its id. Raises as `urge`, and InvalidAnswers."""
    item = _open(db, official, jurisdiction, item_id)
    if not ledger.may_read(db, official, jurisdiction):
        raise NotAssigned("督办由可以查阅全部项目的岗位发起，您没有该岗位。", todo="可以先催办，或联系牵头单位督办。")
    if holds_item(official, item, now):
        raise NotAssigned("这件待办由您办理，不能督办自己。", todo="请直接办理。")
    words = words.strip()
    errors = {}
    if not SHORTEST <= len(words) <= LONGEST:
        errors["words"] = f"请写明督办要求，{SHORTEST} 至 {LONGEST} 个字。"
    if not days.isdecimal() or not 1 <= int(days) <= MOST_DAYS:
        errors["days"] = f"答复期限应为 1 至 {MOST_DAYS} 个工作日。"
    if errors:
        raise InvalidAnswers("督办没有发出。", errors, todo="请改正后重新提交。")
    due = add_working_days(now.astimezone(SHANGHAI).date(), int(days), calendars.current())
    text = f"“{_name(db, item)}”的“{item.title}”被督办：{words}。请于 {due:%Y年%-m月%-d日}（含）前书面答复。"
    row = _row(item, official, words, now).model_copy(update={"due": due.basis.due, "basis": settling.plain(due.basis)})
    chases.add(db, row)
    _told(db, item, "督办", text, f"chase:demand:{row.id}", now, due=due.basis.due)
    _noted(db, item, official, "demand", f"督办：{item.title}。{words}。答复期限 {due:%Y年%-m月%-d日}", now)
    return row.id


def reply(db: Db, official: Official, jurisdiction: str, chase_id: str, words: str, *, now: datetime) -> Chase:
    """Answer a demand. Raises NotFound, NotAssigned, AlreadyDone, InvalidAnswers."""
    row = chases.find(db, chase_id)
    if row is None or row.due is None:
        raise NotFound("没有这件督办。", todo="请从待办重新进入。")
    sight.case(db, official, jurisdiction, row.case)
    if not _addressed(official, row, now):
        raise NotAssigned("这件督办由被督办的单位答复。", todo="请由该单位答复。")
    words = words.strip()
    if not SHORTEST <= len(words) <= LONGEST:
        raise InvalidAnswers("答复没有提交。", {"reply": f"请写明办理情况，{SHORTEST} 至 {LONGEST} 个字。"}, todo="请改正后重新提交。")
    if not chases.reply(db, chase_id, words, by=official.id, at=now):
        raise AlreadyDone("这件督办已经答复。", todo="请刷新页面。")
    office = None if row.by_office == "" else row.by_office
    told = f"“{row.title}”的督办已答复：{words}"
    notices.add(db, _notice(row, "督办答复", told, f"chase:reply:{row.id}", now, office=office, person=None if office else row.by))
    item = items.get(db, row.item)
    _noted(db, item, official, "demand-reply", f"答复督办：{words}", now)
    return row


def of_item(db: Db, official: Official, item: WorkItem, *, now: datetime) -> list[Line]:
    """What was pressed for and demanded of an item, newest first."""
    return _lines(db, official, item.jurisdiction, [one for one in chases.of_case(db, item.case) if one.item == item.id], now)


def listing(db: Db, official: Official, jurisdiction: str, *, now: datetime) -> list[Line]:
    """The demands a person may see: those without a reply first. Offices that read everything see all, others those addressed to them."""
    found = chases.demands(db, jurisdiction, since=now - KEPT_OPEN)
    if not ledger.may_read(db, official, jurisdiction):
        found = [one for one in found if _addressed(official, one, now)]
    return sorted(_lines(db, official, jurisdiction, found, now), key=lambda one: (one.chase.replied_at is not None, one.chase.due))


def write_due(database: Database, *, now: datetime) -> int:
    """Remind of replies that are due today, and tell of those that did not come. Answers how many notices were new."""
    today = now.astimezone(SHANGHAI).date()
    written = 0
    with database.reading() as db:
        waiting = chases.awaited(db, today)
    for row in waiting:
        try:
            with database.transaction() as db:
                written += sum(notices.add(db, one) for one in _due_notices(db, row, now))
        except Conflict:
            continue  # the next sweep comes soon
        except Exception as error:
            fault = incidents.fault_of(error)
            todo = "请核对该督办；其他提醒不受影响。"
            cause = f"督办“{row.title}”的提醒没有写出：{fault.what}"
            incidents.note(database, kind="ReminderFailed", cause=cause, todo=todo, about={"chase": row.id}, now=now)
    return written


def _due_notices(db: Db, row: Chase, now: datetime) -> list[Notice]:
    assert row.due is not None
    today = now.astimezone(SHANGHAI).date()
    last = f"{row.due:%Y年%-m月%-d日}"
    if row.due == today:
        words = f"“{row.title}”的督办今日到期，请于今日书面答复。"
        found = [_notice(row, "督办到期", words, f"chase:due:{row.id}", now, office=row.office, unit=row.unit, person=row.person)]
    else:
        words = f"“{row.title}”的督办已超过答复期限（{last}），请立即答复。"
        found = [_notice(row, "督办逾期", words, f"chase:late:{row.id}", now, office=row.office, unit=row.unit, person=row.person)]
        words = f"“{row.title}”的督办到期（{last}）没有收到答复，请进一步督促。"
        office = row.by_office or None
        found.append(_notice(row, "督办逾期", words, f"chase:late:{row.id}:by", now, office=office, person=None if office else row.by))
    known = notices.known(db, [one.key for one in found])
    return [one for one in found if one.key not in known]


def _notice(
    row: Chase, kind: str, words: str, key: str, now: datetime, *, office: str | None, unit: str | None = None, person: str | None = None
) -> Notice:
    return Notice(
        id=ids.new(),
        key=key,
        jurisdiction=row.jurisdiction,
        kind=kind,
        office=None if person else office,
        unit=unit,
        person=person,
        words=words,
        case=row.case,
        project=row.project,
        item=row.item,
        due=row.due,
        at=now,
    )


def _open(db: Db, official: Official, jurisdiction: str, item_id: str) -> WorkItem:
    item = items.find(db, item_id)
    if item is None:
        raise NotFound("没有这个待办，或者您不能查看。", todo="请返回项目列表重新选择。")
    sight.case(db, official, jurisdiction, item.case)
    if item.status != "open":
        raise AlreadyDone("这件待办已经办结或撤销。", todo="请刷新页面。")
    return item


def holds_item(official: Official, item: WorkItem, now: datetime) -> bool:
    """Whether an item is theirs to do."""
    if item.person is not None:
        return item.person == official.id
    return holds(official, item.office, item.unit, now.astimezone(SHANGHAI).date())


def _addressed(official: Official, row: Chase, now: datetime) -> bool:
    if row.person is not None:
        return row.person == official.id
    return holds(official, row.office, row.unit, now.astimezone(SHANGHAI).date())


def _name(db: Db, item: WorkItem) -> str:
    return projects.get(db, item.project).name if item.project else cases.get(db, item.case).title


def _row(item: WorkItem, official: Official, words: str, now: datetime) -> Chase:
    own = [one for one in official.posts if one.unit is None]
    return Chase(
        id=ids.new(),
        jurisdiction=item.jurisdiction,
        case=item.case,
        project=item.project,
        item=item.id,
        title=item.title,
        office=item.office,
        unit=item.unit,
        person=item.person,
        words=words,
        by=official.id,
        by_office=own[0].office if own else "",
        at=now,
    )


def _told(db: Db, item: WorkItem, kind: str, words: str, key: str, now: datetime, *, due: date | None = None) -> bool:
    row = Notice(
        id=ids.new(),
        key=key,
        jurisdiction=item.jurisdiction,
        kind=kind,
        office=None if item.person else item.office,
        unit=item.unit,
        person=item.person,
        words=words,
        case=item.case,
        project=item.project,
        item=item.id,
        due=due or item.due,
        at=now,
    )
    return notices.add(db, row)


def _noted(db: Db, item: WorkItem, official: Official, act: str, words: str, now: datetime) -> None:
    office = next((one.office for one in official.posts), None)  # what experts do is told without their names
    line = HistoryLine(case=item.case, at=now, actor=official.id, office=office, act=act, step=item.step, words=words)
    records.add_history(db, [line])
    audit.append(db, at=now, actor=official.id, act=act, target=item.case, body={"item": item.id})


def _lines(db: Db, official: Official, jurisdiction: str, found: list[Chase], now: datetime) -> list[Line]:
    names = {key: one.name for key, one in people.by_ids(db, sorted({one.by for one in found})).items()}
    today = now.astimezone(SHANGHAI).date()
    lines = []
    for row in sorted(found, key=lambda one: one.at, reverse=True):
        case = cases.get(db, row.case)
        ruleset = versions.ruleset(db, case.version)
        hide = reading.applicant_side(db, ruleset, case, official)
        who = casefile.performer(db, items.get(db, row.item), ruleset, hide=hide)
        shown = light(row.due, today) if row.due and row.replied_at is None else None
        if hide and (hidden := reading.seats(db, row.case)):
            changes = {"words": anonymity.mask(row.words, hidden), "reply": anonymity.mask(row.reply, hidden) if row.reply else row.reply}
            row = row.model_copy(update=changes)
        mine = row.due is not None and row.replied_at is None and _addressed(official, row, now)
        by_office = ruleset.offices.get(row.by_office)
        by = by_office.name if hide and by_office else names.get(row.by, row.by)
        lines.append(Line(row, who, by, shown, str((row.basis or {}).get("explained", "")), mine))
    return lines
