"""异常, for operators: what could not be finished, a retry, a settlement."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from adapters import clock
from domain.duties import OPERATOR
from domain.errors import NotFound, Refusal
from tasks import repairs
from tasks.sessions import SignedIn
from web.context import House, Rooms
from web.identity import needs
from web.render import page
from web.typed import Typed, text

router = APIRouter()
Operator = Annotated[SignedIn, Depends(needs(OPERATOR))]


@router.get("/incidents")
def incidents(request: Request, me: Operator, house: Rooms, done: str = "") -> Response:
    """What is unsettled."""
    return _page(request, house, done=done)


@router.post("/incidents/{incident_id}/retry")
def retry(request: Request, incident_id: str, me: Operator, house: Rooms) -> Response:
    """Do the act that failed again."""
    try:
        repairs.retry(house.database, incident_id, by=me.person.id, now=clock.now())
    except NotFound:
        raise
    except Refusal as refusal:
        return _page(request, house, refusal=refusal, at=incident_id)
    return RedirectResponse("/incidents?done=retry", 303)


@router.post("/incidents/{incident_id}/resolve")
def resolve(request: Request, incident_id: str, me: Operator, house: Rooms, typed: Typed) -> Response:
    """Settle an incident with a note."""
    try:
        with house.database.transaction() as db:
            repairs.settle(db, incident_id, by=me.person.id, note=text(typed, "note"), now=clock.now())
    except NotFound:
        raise
    except Refusal as refusal:
        return _page(request, house, refusal=refusal, at=incident_id)
    return RedirectResponse("/incidents?done=resolve", 303)


def _page(request: Request, house: House, *, refusal: Refusal | None = None, at: str = "", done: str = "") -> Response:
    with house.database.reading() as db:
        found = repairs.listing(db)
    return page(request, "incidents.html", status=422 if refusal else 200, found=found, refusal=refusal, at=at, done=done)
