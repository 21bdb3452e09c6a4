"""单位、专家库、参数 for the system administrator, 审计记录 for the audit administrator."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from adapters import clock
from domain.duties import AUDIT_ADMIN, SYSTEM_ADMIN
from domain.errors import InvalidAnswers
from tasks import registers, trail
from tasks.sessions import SignedIn
from web.context import House, Rooms
from web.identity import needs
from web.render import page
from web.typed import Typed, pairs, text

router = APIRouter()
SystemAdmin = Annotated[SignedIn, Depends(needs(SYSTEM_ADMIN))]
AuditAdmin = Annotated[SignedIn, Depends(needs(AUDIT_ADMIN))]


@router.get("/registers")
def first(me: SystemAdmin, house: Rooms) -> Response:
    """To the registers of the first place."""
    with house.database.reading() as db:
        found = registers.places(db)
    return RedirectResponse(f"/registers/{found[0][0]}" if found else "/people", 303)


@router.get("/registers/{place}")
def register(request: Request, place: str, me: SystemAdmin, house: Rooms) -> Response:
    """Units, experts and figures of a place."""
    return _page(request, house, place)


@router.post("/registers/{place}/units")
def keep_unit(request: Request, place: str, me: SystemAdmin, house: Rooms, typed: Typed) -> Response:
    """Add or change a unit."""
    try:
        with house.database.transaction() as db:
            registers.keep_unit(db, place, text(typed, "id") or None, dict(pairs(typed)), by=me.person.id, now=clock.now())
    except InvalidAnswers as refusal:
        return _page(request, house, place, refusal, "units", dict(pairs(typed)))
    return RedirectResponse(f"/registers/{place}#units", 303)


@router.post("/registers/{place}/experts")
def add_expert(request: Request, place: str, me: SystemAdmin, house: Rooms, typed: Typed) -> Response:
    """Add an expert."""
    try:
        with house.database.transaction() as db:
            registers.add_expert(db, place, dict(pairs(typed)), by=me.person.id, now=clock.now())
    except InvalidAnswers as refusal:
        return _page(request, house, place, refusal, "experts", dict(pairs(typed)))
    return RedirectResponse(f"/registers/{place}#experts", 303)


@router.post("/registers/{place}/experts/{expert_id}/active")
def expert_active(place: str, expert_id: str, me: SystemAdmin, house: Rooms, typed: Typed) -> Response:
    """Take an expert out of use, or bring them back."""
    with house.database.transaction() as db:
        registers.set_expert_active(db, place, expert_id, text(typed, "active") == "1", by=me.person.id, now=clock.now())
    return RedirectResponse(f"/registers/{place}#experts", 303)


@router.post("/registers/{place}/figures")
def set_figure(request: Request, place: str, me: SystemAdmin, house: Rooms, typed: Typed) -> Response:
    """Set a figure that the text leaves open."""
    try:
        with house.database.transaction() as db:
            registers.set_figure(db, place, text(typed, "id"), text(typed, "value"), by=me.person.id, now=clock.now())
    except InvalidAnswers as refusal:
        return _page(request, house, place, refusal, "figures", dict(pairs(typed)))
    return RedirectResponse(f"/registers/{place}#figures", 303)


@router.post("/registers/{place}/rounds")
def open_round(request: Request, place: str, me: SystemAdmin, house: Rooms, typed: Typed) -> Response:
    """Open a round by hand."""
    try:
        count = registers.open_round(house.database, place, text(typed, "id"), text(typed, "day"), by=me.person.id, now=clock.now())
    except InvalidAnswers as refusal:
        return _page(request, house, place, refusal, "rounds", dict(pairs(typed)))
    return RedirectResponse(f"/registers/{place}?opened={count}#rounds", 303)


@router.get("/audit")
def audit(request: Request, me: AuditAdmin, house: Rooms, act: str = "", before: int | None = None) -> Response:
    """Who signed in, and who changed whose rights."""
    with house.database.reading() as db:
        entries, after = trail.page(db, act=act, before=before)
    return page(request, "audit.html", entries=entries, after=after, act=act, acts=trail.ACTS, first=before is None)


def _page(
    request: Request,
    house: House,
    place: str,
    refusal: InvalidAnswers | None = None,
    at: str = "",
    typed: dict[str, str] | None = None,
) -> Response:
    with house.database.reading() as db:
        found = registers.register(db, place)
        places = registers.places(db)
    opened = request.query_params.get("opened", "")
    return page(
        request, "registers.html", status=422 if refusal else 200, found=found, places=places, refusal=refusal, at=at, typed=typed or {},
        opened=int(opened) if opened.isdecimal() else None,
    )  # fmt: skip
