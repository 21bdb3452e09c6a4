"""The ledger of notices (通知台账): who was told what, when, by which rule and clause; whether it went out, and whether it was read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from adapters.database import Db, cases, notices, people, projects
from adapters.database.notices import Wanted
from adapters.database.tables import Delivery, Notice
from domain.errors import NotAssigned
from domain.offices import Official
from domain.rulesets import Ruleset
from tasks import anonymity, reading, sight, versions
from tasks.facts import SHANGHAI

PAGE, MOST = 50, 20_000
HEAD = ("时间", "收件", "种类", "内容", "依据条款", "规则", "渠道送达", "阅读")
STATES = {"pending": "待送", "sent": "已送", "dead": "不能送达"}


@dataclass(frozen=True, slots=True)
class Row:
    """A notice for people."""

    notice: Notice
    to: str
    clause: str
    rule: str
    sent: tuple[str, ...]
    lost: bool
    read: str

    def cells(self) -> tuple[str, ...]:
        """As exported, in the order of `HEAD`."""
        one = self.notice
        at = f"{one.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
        return (at, self.to, one.kind, one.words, self.clause, self.rule, "；".join(self.sent) or "系统内", self.read)


@dataclass(frozen=True, slots=True)
class Ask:
    """What somebody looks for."""

    since: date | None = None
    until: date | None = None
    kind: str = ""
    search: str = ""
    lost: bool = False


def may_read(db: Db, official: Official, jurisdiction: str) -> bool:
    """Whether a person may see everybody's notices: those who may read every project."""
    return sight.of(versions.current(db, jurisdiction)[1], official).everything


def page(db: Db, official: Official, jurisdiction: str, ask: Ask, *, after: str = "") -> tuple[list[Row], str]:
    """A page, newest first, and the mark of the next one. Raises NotAssigned."""
    found = _found(db, official, jurisdiction, ask, after, PAGE + 1)
    mark = f"{found[PAGE - 1][0].at.isoformat()}~{found[PAGE - 1][0].id}" if len(found) > PAGE else ""
    return list(_rows(db, official, jurisdiction, found[:PAGE])), mark


def export(db: Db, official: Official, jurisdiction: str, ask: Ask) -> list[tuple[str, ...]]:
    """Everything that is asked for, newest first, as cells. Raises NotAssigned."""
    return [one.cells() for one in _rows(db, official, jurisdiction, _found(db, official, jurisdiction, ask, "", MOST))]


def kinds(db: Db, jurisdiction: str) -> list[str]:
    """The kinds there are."""
    return notices.kinds(db, jurisdiction)


def _found(db: Db, official: Official, jurisdiction: str, ask: Ask, after: str, limit: int) -> list[tuple[Notice, list[Delivery]]]:
    if not may_read(db, official, jurisdiction):
        raise NotAssigned("通知台账由可以查阅全部项目的岗位使用，您没有该岗位。", todo="请在“通知”中查看发给您的通知。")
    wanted = Wanted(
        since=datetime.combine(ask.since, time(), tzinfo=SHANGHAI) if ask.since else None,
        before=datetime.combine(ask.until + timedelta(days=1), time(), tzinfo=SHANGHAI) if ask.until else None,
        kind=ask.kind,
        search=ask.search,
        lost=ask.lost,
        after=_marked(after),
    )
    return notices.ledger_page(db, jurisdiction, wanted, limit=limit)


def _marked(mark: str) -> tuple[datetime, str] | None:
    at, _, notice = mark.partition("~")
    try:
        return datetime.fromisoformat(at), notice
    except ValueError:
        return None


def _rows(db: Db, official: Official, jurisdiction: str, found: Sequence[tuple[Notice, list[Delivery]]]) -> Iterator[Row]:
    _, ruleset = versions.current(db, jurisdiction)
    ids = {one.person for one, _ in found} | {one.read_by for one, _ in found} | {each.recipient for _, sent in found for each in sent}
    names = {key: one.name for key, one in people.by_ids(db, sorted(one for one in ids if one)).items()}
    units = {one.id: one.name for one in people.units(db, jurisdiction, all=True)}
    own = _own(db, official, ruleset, units, [one for one, _ in found])
    for one, sent in found:
        hidden = own.get(one.case or "", ())
        told = dict.fromkeys(names, reading.HIDDEN) if one.person != official.id and names.get(one.person or "") in hidden else names
        office = ruleset.offices.get(one.office or "")
        desk = [units.get(one.unit or ""), office.name if office else one.office]
        yield Row(
            notice=one.model_copy(update={"words": anonymity.mask(one.words, hidden)}) if hidden else one,
            to=told.get(one.person or "", "") or "·".join(part for part in desk if part),
            clause=f"{ruleset.catalogue.cite([one.clause])}（{one.clause}）" if one.clause else "",
            rule=_rule(ruleset, one),
            sent=tuple(_told(each, told) for each in sent),
            lost=any(each.status == "dead" for each in sent),
            read=f"{told.get(one.read_by or '', '')} {one.read_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}".strip() if one.read_at else "未读",
        )


def _own(db: Db, official: Official, ruleset: Ruleset, units: Mapping[str, str], found: Sequence[Notice]) -> dict[str, tuple[str, ...]]:
    """Case of the reader's own unit → the words that must stay hidden: who reads everything does not learn who reviews them."""
    bodies = {office.unit for post in official.posts if (office := ruleset.offices.get(post.office)) and office.unit}
    mine = {post.unit for post in official.posts if post.unit} | {key for key, name in units.items() if name in bodies}
    cited = {str(one.project) for one in found if one.project and one.case} if mine else set()
    owned = {one.id for one in projects.listing(db, [ruleset.code], ids=sorted(cited), limit=MOST) if one.unit in mine} if cited else set()
    hidden = {}
    for key in {str(one.case) for one in found if one.project in owned and one.case}:
        case = cases.get(db, key)
        if reading.applicant_side(db, versions.ruleset(db, case.version), case, official):
            hidden[key] = reading.seats(db, key)
    return hidden


def _told(one: Delivery, names: dict[str, str]) -> str:
    when = f" {one.sent_at.astimezone(SHANGHAI):%m-%d %H:%M}" if one.sent_at else f"（{one.last_error}）" if one.last_error else ""
    return f"{one.channel} {names.get(one.recipient, one.recipient)} {STATES[one.status]}{when}"


def _rule(ruleset: Ruleset, one: Notice) -> str:
    """What made somebody write it."""
    if (name := str((one.detail or {}).get("round", ""))) and name in ruleset.rounds:
        return f"批次“{ruleset.rounds[name].title}”"
    what = one.key.partition(":")[0]
    return {"item": "步骤开始", "remind": "期限提醒", "deadline": "放假通知更新", "chase": "催办督办"}.get(what, "流程中的通知")
