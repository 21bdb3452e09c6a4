"""人员, for the system and the security administrator: accounts, passwords, locks, posts. Each sees what is theirs to do."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from adapters import clock
from domain.duties import SECURITY_ADMIN, SYSTEM_ADMIN
from domain.errors import InvalidAnswers, NotFound, Refusal
from tasks import accounts, directory, notices
from tasks.accounts import First
from tasks.sessions import SignedIn
from web.context import House, Rooms
from web.errors import status_of
from web.identity import needs
from web.render import page
from web.typed import Typed, text

router = APIRouter()
Administrator = Annotated[SignedIn, Depends(needs(SYSTEM_ADMIN, SECURITY_ADMIN))]
SystemAdmin = Annotated[SignedIn, Depends(needs(SYSTEM_ADMIN))]
SecurityAdmin = Annotated[SignedIn, Depends(needs(SECURITY_ADMIN))]


@router.get("/people")
def people(request: Request, me: Administrator, house: Rooms, place: str = "", q: str = "") -> Response:
    """The accounts of a place, or of the installation."""
    return _list(request, house, place, q)


@router.post("/people")
def create(request: Request, me: SystemAdmin, house: Rooms, typed: Typed) -> Response:
    """A new account; its first password is shown once."""
    place = text(typed, "place")
    try:
        with house.database.transaction() as db:
            first = accounts.create(
                db,
                login=text(typed, "login"),
                name=text(typed, "name"),
                jurisdiction=place or None,
                employer=text(typed, "employer")[:100] or None,
                by=me.person.id,
                now=clock.now(),
            )
    except InvalidAnswers as refusal:
        return _list(request, house, place, "", refusal=refusal, typed=dict(typed))
    return _person(request, house, first.person, first=first)


@router.get("/people/{person_id}")
def person(request: Request, person_id: str, me: Administrator, house: Rooms) -> Response:
    """One account: its state and its posts."""
    return _person(request, house, person_id)


@router.post("/people/{person_id}/reset")
def reset(request: Request, person_id: str, me: SystemAdmin, house: Rooms) -> Response:
    """A new first password, shown once."""
    with house.database.transaction() as db:
        first = accounts.reset(db, person_id, by=me.person.id, now=clock.now())
    return _person(request, house, person_id, first=first)


@router.post("/people/{person_id}/mail")
def mail(request: Request, person_id: str, me: SystemAdmin, house: Rooms, typed: Typed) -> Response:
    """Where they get notices by mail; empty: nowhere."""
    try:
        with house.database.transaction() as db:
            notices.set_address(db, person_id, notices.MAIL, text(typed, "address")[:200], by=me.person.id, now=clock.now())
    except InvalidAnswers as refusal:
        return _person(request, house, person_id, refusal=refusal)
    return RedirectResponse(f"/people/{person_id}", 303)


@router.post("/people/{person_id}/active")
def active(person_id: str, me: SystemAdmin, house: Rooms, typed: Typed) -> Response:
    """Take an account out of use, or bring it back."""
    with house.database.transaction() as db:
        accounts.set_active(db, person_id, text(typed, "active") == "1", by=me.person.id, now=clock.now())
    return RedirectResponse(f"/people/{person_id}", 303)


@router.post("/people/{person_id}/unlock")
def unlock(person_id: str, me: SecurityAdmin, house: Rooms) -> Response:
    """Lift the lock after wrong passwords."""
    with house.database.transaction() as db:
        accounts.unlock(db, person_id, by=me.person.id, now=clock.now())
    return RedirectResponse(f"/people/{person_id}", 303)


@router.post("/people/{person_id}/posts")
def grant(request: Request, person_id: str, me: SecurityAdmin, house: Rooms, typed: Typed) -> Response:
    """Give a post."""
    try:
        with house.database.transaction() as db:
            accounts.grant(
                db,
                person_id,
                text(typed, "office"),
                unit=text(typed, "unit") or None,
                since=_day(typed, "since"),
                until=_day(typed, "until"),
                by=me.person.id,
                now=clock.now(),
            )
    except NotFound:
        raise
    except Refusal as refusal:
        return _person(request, house, person_id, refusal=refusal, typed=dict(typed))
    return RedirectResponse(f"/people/{person_id}", 303)


@router.post("/people/{person_id}/posts/{post_id}/end")
def end_post(request: Request, person_id: str, post_id: str, me: SecurityAdmin, house: Rooms, typed: Typed) -> Response:
    """Take a post away, at once or after a last day."""
    try:
        with house.database.transaction() as db:
            accounts.end_post(db, person_id, post_id, last=_day(typed, "last"), by=me.person.id, now=clock.now())
    except InvalidAnswers as refusal:
        return _person(request, house, person_id, refusal=refusal)
    return RedirectResponse(f"/people/{person_id}", 303)


def _list(
    request: Request, house: House, place: str, q: str, *, refusal: InvalidAnswers | None = None, typed: dict[str, object] | None = None
) -> Response:
    with house.database.reading() as db:
        found = directory.listing(db, place, search=q[:100], now=clock.now())
    return page(request, "people.html", status=422 if refusal else 200, found=found, q=q, refusal=refusal, typed=typed or {})


def _day(typed: Typed, name: str) -> date | None:
    """A day that may be left out. Raises InvalidAnswers."""
    words = text(typed, name)
    try:
        return date.fromisoformat(words) if words else None
    except ValueError:
        raise InvalidAnswers("没有保存。", {name: "请填写日期，如 2026-01-01。"}) from None


def _person(
    request: Request,
    house: House,
    person_id: str,
    *,
    first: First | None = None,
    refusal: Refusal | None = None,
    typed: dict[str, object] | None = None,
) -> Response:
    with house.database.reading() as db:
        view = directory.person_view(db, person_id, now=clock.now())
        address = notices.address_of(db, person_id, notices.MAIL)
    status = status_of(refusal)[0] if refusal else 200
    return page(request, "person.html", status=status, view=view, mail=address, first=first, refusal=refusal, typed=typed or {})
