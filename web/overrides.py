"""例外 and 批次: every exception from a 原则上 rule, recording one by the office that may grant it; and the batches."""

from __future__ import annotations

from datetime import date

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from adapters import clock
from domain.errors import InvalidAnswers, NotAssigned
from tasks import boards, casefile, incidents, overrides, rulebook, sight
from tasks.sessions import SignedIn
from web.context import House, Rooms
from web.identity import Worker
from web.render import page
from web.typed import Typed, text

router = APIRouter()
FIELDS = ("clause", "project", "reason", "day", "until")


@router.get("/overrides")
def listing(request: Request, me: Worker, house: Rooms, project: str = "") -> Response:
    """The list, and the form for those who may grant one."""
    return _page(request, me, house, {"project": project})


@router.post("/overrides")
def record(request: Request, me: Worker, house: Rooms, typed: Typed) -> Response:
    """Record an exception; a refusal shows what was typed again."""
    given = {name: text(typed, name).strip() for name in FIELDS}
    now = clock.now()
    with house.database.reading() as db:
        found = overrides.listed(db, me.official, me.jurisdiction, now=now)
        if not found.clauses:
            raise NotAssigned("例外由有批准权的岗位登记，您没有该岗位。", todo="请由该条款写明的单位登记。")
        if given["project"]:
            sight.project(db, me.official, me.jurisdiction, given["project"])
    try:
        day, until = _days(given)
        incidents.perform(
            house.database,
            lambda db: overrides.record(
                db,
                clause=given["clause"],
                project=given["project"],
                reason=given["reason"],
                official=me.official,
                now=now,
                day=day,
                until=until,
            ),
            case_of=lambda db: None,
            request={"act": "override", "person": me.person.id, **given},
            now=now,
        )
    except InvalidAnswers as refusal:
        return _page(request, me, house, given, refusal)
    return RedirectResponse("/overrides?recorded=1", 303)


def _days(given: dict[str, str]) -> tuple[date | None, date | None]:
    """Both days. Raises InvalidAnswers for a project that was not chosen, or a day that is none."""
    errors = {} if given["project"] else {"project": "请选择项目。"}
    days: list[date | None] = []
    for name in ("day", "until"):
        try:
            days.append(date.fromisoformat(given[name]) if given[name] else None)
        except ValueError:
            errors[name] = "请填写日期，如 2026-01-01。"
    if errors:
        raise InvalidAnswers("例外没有登记。", errors, todo="请改正后再登记。")
    return days[0], days[1]


def _page(request: Request, me: SignedIn, house: House, typed: dict[str, str], refusal: InvalidAnswers | None = None) -> Response:
    with house.database.reading() as db:
        found = overrides.listed(db, me.official, me.jurisdiction, now=clock.now())
    recorded = "recorded" in request.query_params
    return page(request, "overrides.html", status=422 if refusal else 200, found=found, typed=typed, refusal=refusal, recorded=recorded)


@router.get("/batches")
def batches(request: Request, me: Worker, house: Rooms) -> Response:
    """批次: those this person may open, newest first."""
    with house.database.reading() as db:
        found = boards.batches_of(db, me.official, me.jurisdiction)
        rounds = rulebook.recurring(db, me.jurisdiction or "", clock.today())
    return page(request, "batches.html", found=found, statuses=casefile.STATUSES, rounds=rounds)
