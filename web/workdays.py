"""工作日历: the yearly notices, and loading a new one."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from starlette.datastructures import UploadFile

from adapters import clock
from domain.duties import SYSTEM_ADMIN
from domain.errors import InvalidAnswers
from tasks import calendars, deadlines
from tasks.sessions import SignedIn
from web.context import House, Rooms
from web.identity import Anyone, needs
from web.render import page
from web.typed import Typed, text

router = APIRouter()
SystemAdmin = Annotated[SignedIn, Depends(needs(SYSTEM_ADMIN))]


@router.get("/workdays")
def workdays(request: Request, me: Anyone, house: Rooms) -> Response:
    """The years, and what the last recount moved."""
    return _page(request, house)


@router.post("/workdays")
def load(request: Request, me: SystemAdmin, house: Rooms, typed: Typed) -> Response:
    """Load the notice of a year; what was provisional is counted again at once."""
    now, file = clock.now(), typed.get("file")
    data = file.file.read(calendars.MOST_BYTES + 1) if isinstance(file, UploadFile) else b""
    try:
        with house.database.transaction() as db:
            year = calendars.load(db, data, text(typed, "notice"), by=me.person.id, now=now)
    except InvalidAnswers as refusal:
        return _page(request, house, refusal=refusal, notice=text(typed, "notice"))
    deadlines.follow_calendar(house.database, now=now)
    return _page(request, house, year=year)


def _page(request: Request, house: House, *, year: int | None = None, refusal: InvalidAnswers | None = None, notice: str = "") -> Response:
    with house.database.reading() as db:
        recount = deadlines.last_recount(db)
    return page(
        request, "workdays.html", status=422 if refusal else 200, years=calendars.years(clock.today()), recount=recount,
        loaded=year, refusal=refusal, notice=notice,
    )  # fmt: skip
