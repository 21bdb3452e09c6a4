"""待办, 已办 and 通知."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from adapters import clock
from adapters.database import people
from tasks import drafts, ledger, publishing, worklist
from web.context import Rooms
from web.identity import Reader, Worker
from web.render import page, wants_part

router = APIRouter()


@router.get("/inbox")
def inbox(request: Request, me: Reader, house: Rooms, q: str = "", after: str = "") -> Response:
    """待办, most urgent first; for process administrators the rules that wait for their approval."""
    with house.database.reading() as db:
        if not me.jurisdiction:
            waiting = publishing.waiting(db, me.person.id)
            names = people.by_ids(db, [review.submitted_by for _, review in waiting])
            return page(request, "reviews.html", waiting=waiting, names=names, places=drafts.places(db))
        found = worklist.open_items(db, me.official, me.jurisdiction, now=clock.now(), search=q[:100], after=after)
    return page(request, "part_list.html" if wants_part(request) else "inbox.html", found=found, q=q, kind="inbox", first=not after)


@router.get("/done")
def done(request: Request, me: Worker, house: Rooms, q: str = "", after: str = "") -> Response:
    """已办, newest first."""
    with house.database.reading() as db:
        found = worklist.done_items(db, me.official, me.jurisdiction, now=clock.now(), search=q[:100], after=after)
    return page(request, "part_list.html" if wants_part(request) else "inbox.html", found=found, q=q, kind="done", first=not after)


@router.get("/notices")
def notices(request: Request, me: Reader, house: Rooms, unread: str = "", after: str = "") -> Response:
    """通知, newest first."""
    with house.database.reading() as db:
        letters, more = worklist.letters(db, me.official, me.jurisdiction, now=clock.now(), unread=bool(unread), after=after)
        everything = bool(me.jurisdiction) and ledger.may_read(db, me.official, me.jurisdiction)
    return page(request, "notices.html", letters=letters, after=more, unread=bool(unread), first=not after, everything=everything)


@router.post("/notices/read")
def read_all(me: Reader, house: Rooms) -> Response:
    """Mark every notice as read."""
    with house.database.transaction() as db:
        worklist.mark_all_read(db, me.official, me.jurisdiction, now=clock.now())
    return RedirectResponse("/notices", 303)


@router.post("/notices/{notice_id}/read")
def read_one(notice_id: str, me: Reader, house: Rooms) -> Response:
    """Mark one as read and go to what it speaks of."""
    with house.database.transaction() as db:
        one = worklist.mark_read(db, me.official, me.jurisdiction, notice_id, now=clock.now())
    target = f"/items/{one.item}" if one.item else f"/cases/{one.case}" if one.case else one.detail.get("link", "/notices")
    return RedirectResponse(target, 303)
