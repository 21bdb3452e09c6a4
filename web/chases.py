"""催办 and 督办: press for an open item, demand a reply, reply."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from adapters import clock
from adapters.database import Db
from domain.errors import AlreadyDone, NotFound, Refusal
from tasks import chasing
from tasks.sessions import SignedIn
from web import items
from web.context import House, Rooms
from web.identity import Worker
from web.render import page
from web.typed import Typed, text

router = APIRouter()


@router.get("/chases")
def listing(request: Request, me: Worker, house: Rooms) -> Response:
    """督办: what waits for a reply, and what was replied."""
    with house.database.reading() as db:
        found = chasing.listing(db, me.official, me.jurisdiction, now=clock.now())
    return page(request, "chases.html", found=found)


@router.post("/items/{item_id}/urge")
def urge(request: Request, item_id: str, me: Worker, house: Rooms) -> Response:
    """催办."""

    def act(db: Db) -> str:
        chasing.urge(db, me.official, me.jurisdiction, item_id, now=clock.now())
        return item_id

    return _done(request, item_id, me, house, act)


@router.post("/items/{item_id}/demand")
def demand(request: Request, item_id: str, me: Worker, house: Rooms, typed: Typed) -> Response:
    """督办."""

    def act(db: Db) -> str:
        chasing.demand(db, me.official, me.jurisdiction, item_id, text(typed, "words"), text(typed, "days"), now=clock.now())
        return item_id

    return _done(request, item_id, me, house, act)


@router.post("/chases/{chase_id}/reply")
def reply(request: Request, chase_id: str, me: Worker, house: Rooms, typed: Typed) -> Response:
    """Answer a demand."""

    def act(db: Db) -> str:
        return chasing.reply(db, me.official, me.jurisdiction, chase_id, text(typed, "reply"), now=clock.now()).item

    return _done(request, text(typed, "item"), me, house, act)


def _done(request: Request, item_id: str, me: SignedIn, house: House, act: Callable[[Db], str]) -> Response:
    """Do it and go to the item that it answers; a refusal shows the item that was asked from, with the reason."""
    try:
        with house.database.transaction() as db:
            item = act(db)
    except (NotFound, AlreadyDone):
        raise
    except Refusal as refusal:
        return items.show(request, item_id, me, house, chasing_refused=refusal)
    return RedirectResponse(f"/items/{item}#chases", 303)
