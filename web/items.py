"""The page of a work item (办理): look, fill in, keep a draft, hand in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from adapters import clock
from domain.errors import AlreadyDone, InvalidAnswers, MissingMaterial, NotAssigned, NotFound, Refusal
from tasks import drawing, incidents, work, worklist
from tasks import inbox as tasks_inbox
from tasks.sessions import SignedIn
from web import answers, fields
from web.context import House, Rooms
from web.errors import status_of
from web.identity import Worker, worker
from web.render import moment, page, wants_part
from web.typed import Typed, pairs, text

router = APIRouter()


@router.get("/items/{item_id}")
def item(request: Request, item_id: str, me: Worker, house: Rooms) -> Response:
    """The page."""
    return show(request, item_id, me, house)


@router.post("/items/{item_id}")
def complete(request: Request, item_id: str, house: Rooms, typed: Typed) -> Response:
    """Hand in. A refusal shows the page again with everything that was typed.

    The busiest route: who is asking is read in the thread that does the work, and whether they may see the item is asked only when they
    are refused, since whoever may do it sees it.
    """
    me = worker(request)
    now = clock.now()
    with house.database.reading() as db:
        schema = work.schema_of(db, item_id)
    given = answers.read(pairs(typed), schema)
    key = text(typed, "_key")[:64] or None
    try:
        incidents.perform(
            house.database,
            lambda db: tasks_inbox.complete(db, item_id, me.official, given, key=key, now=now),
            case_of=lambda db: work.case_of(db, item_id),
            request={"act": "complete", "item": item_id, "person": me.person.id, "answers": given},
            now=now,
        )
    except Refusal as refusal:
        with house.database.reading() as db:
            work.visible(db, me.official, me.jurisdiction, item_id)  # what they may not see does not exist for them
        if isinstance(refusal, NotFound | NotAssigned | AlreadyDone):
            raise
        return show(request, item_id, me, house, typed=given, refusal=refusal)
    return RedirectResponse(f"/items/{item_id}", 303)


@router.post("/items/{item_id}/draft")
def draft(item_id: str, me: Worker, house: Rooms, typed: Typed) -> Response:
    """Keep what was typed so far."""
    now = clock.now()
    given = _given(item_id, me, house, typed)
    with house.database.transaction() as db:
        tasks_inbox.keep_draft(db, item_id, me.official, given, now=now)
    return Response(f"草稿已保存（{moment(now)[11:]}）", media_type="text/html; charset=utf-8")


@router.post("/items/{item_id}/form")
def rows(request: Request, item_id: str, me: Worker, house: Rooms, typed: Typed, add: str = "") -> Response:
    """The form as typed, with one more row in a list."""
    given = _given(item_id, me, house, typed, blanks=True)
    return show(request, item_id, me, house, typed=given, more=add, part="part_form.html", status=200)


@router.post("/items/{item_id}/replace")
def replace(item_id: str, me: Worker, house: Rooms, typed: Typed) -> Response:
    """Give the opinion of a drawn expert who cannot take part to the next of the draw."""
    now = clock.now()
    with house.database.reading() as db:
        case = work.visible(db, me.official, me.jurisdiction, item_id)
    incidents.perform(
        house.database,
        lambda db: drawing.replace(db, item_id, me.official, text(typed, "reason")[:200], now=now),
        case_of=lambda db: case,
        request={"act": "replace", "item": item_id, "person": me.person.id},
        now=now,
    )
    return RedirectResponse(f"/cases/{case}", 303)


def _given(item_id: str, me: SignedIn, house: House, typed: Typed, *, blanks: bool = False) -> dict[str, Any]:
    with house.database.reading() as db:
        schema = work.form_of(db, me.official, me.jurisdiction, item_id)
    return answers.read(pairs(typed), schema, blanks=blanks)


def show(
    request: Request,
    item_id: str,
    me: SignedIn,
    house: House,
    *,
    typed: Mapping[str, Any] | None = None,
    refusal: Refusal | None = None,
    more: str = "",
    part: str = "",
    status: int | None = None,
    chasing_refused: Refusal | None = None,
) -> Response:
    """The page of an item, or a part of it, with what was typed and what is wrong with it."""
    with house.database.reading() as db:
        view = work.item_view(db, me.official, me.jurisdiction, item_id, now=clock.now())
        following = worklist.next_item(db, me.official, me.jurisdiction)
    wrong = dict(refusal.fields) if isinstance(refusal, InvalidAnswers) else {}
    missing = refusal.materials if isinstance(refusal, MissingMaterial) else ()
    form = None
    if view.form is not None:
        given = view.answers if typed is None else typed
        form = fields.form(view.form, given, view.choices, errors=wrong, fixed=view.fixed_rows, more=more)
    if status is None:
        wrong_one = refusal or chasing_refused
        status = status_of(wrong_one)[0] if wrong_one is not None else 200
    name = part if part and wants_part(request) else "item.html"
    return page(
        request, name, status=status, view=view, form=form, refusal=refusal, missing=missing, key=uuid4().hex, following=following,
        articles=view.articles, typed=typed is not None, chasing_refused=chasing_refused,
    )  # fmt: skip
