"""接收方式: where one's own notices go besides the application, at once or once a day."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from adapters import clock
from adapters.database import addresses
from domain.errors import InvalidAnswers
from tasks import notices
from tasks.sessions import SignedIn
from web.context import House, Rooms
from web.identity import Worker
from web.render import page
from web.typed import Typed, text

router = APIRouter()


@router.get("/reach")
def reach(request: Request, me: Worker, house: Rooms, done: str = "") -> Response:
    """One's own addresses."""
    return _page(request, me, house, done=bool(done))


@router.post("/reach")
def keep(request: Request, me: Worker, house: Rooms, typed: Typed) -> Response:
    """Change one of them; empty: no longer."""
    channel = text(typed, "channel")
    try:
        with house.database.transaction() as db:
            daily = text(typed, "rhythm") == "daily"
            notices.set_address(db, me.person.id, channel, text(typed, "address"), by=me.person.id, now=clock.now(), daily=daily)
    except InvalidAnswers as refusal:
        return _page(request, me, house, refusal=refusal, at=channel, typed=text(typed, "address"))
    return RedirectResponse("/reach?done=1", 303)


def _page(
    request: Request,
    me: SignedIn,
    house: House,
    *,
    refusal: InvalidAnswers | None = None,
    at: str = "",
    typed: str = "",
    done: bool = False,
) -> Response:
    with house.database.reading() as db:
        known = {one.channel: one for one in addresses.of_person(db, me.person.id)}
    using = notices.configured()
    channels = [(one, known.get(one), one in using, one in notices.UNPROVEN, notices.hint(one)) for one in notices.CHANNELS]
    digest = house.settings.digest
    return page(
        request,
        "reach.html",
        status=422 if refusal else 200,
        channels=channels,
        refusal=refusal,
        at=at,
        typed=typed,
        done=done,
        digest=digest,
    )
