"""Who has filed and who has not (填报情况), for each round of projects or systems; for a batch, its projects and what was decided."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from adapters.database import Db, cases, items, people, projects, rules, systems
from adapters.database.tables import Case
from domain.money import shown, to_wan
from domain.rounds import days, possible
from domain.rulesets import Round, Ruleset
from tasks import boards, calendars, rounds, versions
from tasks import notices as outbox
from tasks.facts import SHANGHAI

MOST = 200  #: rows of a table; the rest is in the ledger
LOOK_BACK = timedelta(days=366)
LATE, MISSING, FILED, VOID = "逾期未报", "未报", "已报", "已终止"
_ORDER = (LATE, MISSING, FILED, VOID)


def of_round(db: Db, ruleset: Ruleset, one: Round, *, now: datetime) -> list[dict[str, str]]:
    """Of the newest day of a round: who has filed and who has not, the late first; of a batch, its projects by rank."""
    today = now.astimezone(SHANGHAI).date()
    fallen = days(one.opens, today - LOOK_BACK, today, calendars.current())
    if not fallen:
        return []
    if one.per == "jurisdiction":
        case = cases.by_round(db, rounds.Due(ruleset.code, one, fallen[-1]).key)
        return _decided(db, ruleset, case) if case else []
    found = cases.of_round(db, f"{ruleset.code}:{one.id}:{fallen[-1]:%Y-%m-%d}:", limit=MOST)
    rows = [_filed(db, case, today) | _system(db, one, case) for case in found]
    return sorted(rows, key=lambda row: _ORDER.index(row["填报"]))


def unfinished(db: Db, *, now: datetime) -> list[dict[str, str]]:
    """Every round of every place in which somebody has still to file: all its projects or systems, so that both are seen."""
    found: list[dict[str, str]] = []
    for code in rules.jurisdictions(db):
        _, ruleset = versions.current(db, code)
        for one in rounds.planned(db, ruleset):
            rows = [] if one.per == "jurisdiction" else of_round(db, ruleset, one, now=now)
            if any(row["填报"] in (LATE, MISSING) for row in rows):
                found += [{"批次": f"{ruleset.name}·{one.title}", **row} for row in rows]
    return found[:MOST]


def _filed(db: Db, case: Case, today: date) -> dict[str, str]:
    first = next(iter(items.of_case(db, case.id)), None)
    state = FILED
    if first is not None and first.status == "open":
        state = LATE if first.due is not None and first.due < today else MISSING
    elif first is not None and first.status != "done":
        state = VOID
    due = f"{first.due:%Y-%m-%d}" if first is not None and first.due else ""
    return {"填报": state, **case_row(db, case), "期限": due}


def _system(db: Db, one: Round, case: Case) -> dict[str, str]:
    """The system that a round is about, where it is not about a project."""
    found = systems.find(db, (case.round_key or "").rpartition(":")[2]) if one.per == "system" else None
    return {"项目": found.name} if found else {}


def _decided(db: Db, ruleset: Ruleset, case: Case) -> list[dict[str, str]]:
    board = boards.board(db, case, ruleset)
    if board is None:
        return []
    return [
        {
            "排序": str(one.rank or ""),
            "单位": one.unit,
            "项目": one.name,
            "金额": shown(to_wan(one.fen)) if one.fen is not None else "",
            **dict(zip(board.meetings, one.meetings, strict=True)),
            "结果": one.outcome or "待定",
            "办件": f"[打开]({outbox.link(case.id)})",
        }
        for one in board.entries[:MOST]
    ]


def period(one: Round, day: date) -> str:
    """Which year, month or quarter a round is about, where its title does not say it.

    A quarter is reported in the first month after it: what opens in October is about the third quarter.
    """
    if one.opens.startswith("monthly"):
        return f"{day.year}年{day.month}月"
    if one.opens.startswith(("quarterly", "workday")) and len(possible(one.opens)) == 4:
        before = day.replace(day=1) - timedelta(days=1)
        return f"{before.year}年第{'一二三四'[(before.month - 1) // 3]}季度"
    return ""


def case_row(db: Db, case: Case) -> dict[str, str]:
    """A case in a table for operators."""
    project = projects.find(db, case.project) if case.project else None
    unit = people.unit(db, project.unit) if project else None
    standing = "、".join(dict.fromkeys(item.title for item in items.open_of(db, case.id)))
    return {
        "单位": unit.name if unit else project.unit if project else "",
        "项目": project.name if project else "",
        "事项": case.title,
        "现在待办": standing,
        "办件": f"[打开]({outbox.link(case.id)})",
    }
