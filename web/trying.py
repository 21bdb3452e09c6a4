"""Trying a draft out, and playing all stories on it (试办、运行场景)."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from adapters import clock
from adapters.database import authoring
from domain.errors import InvalidAnswers, NotFound, Refusal, Unpublishable
from tasks import rehearsals, tryouts
from web import answers, fields
from web.context import House, Rooms
from web.drafts import ProcessAdmin
from web.errors import status_of
from web.render import page, wants_part
from web.typed import Typed, pairs, text

router = APIRouter(prefix="/drafts/{draft_id}")


@router.get("/try")
def begin_page(request: Request, draft_id: str, me: ProcessAdmin, house: Rooms) -> Response:
    """Earlier try-outs, and a form to begin one."""
    return _begin(request, draft_id, house)


@router.post("/try")
def begin(request: Request, draft_id: str, me: ProcessAdmin, house: Rooms, typed: Typed) -> Response:
    """Begin a try-out."""
    try:
        with house.database.transaction() as db:
            made = tryouts.begin(db, draft_id, dict(pairs(typed)), by=me.person.id, now=clock.now())
    except InvalidAnswers as refusal:
        return _begin(request, draft_id, house, refusal)
    return RedirectResponse(f"/drafts/{draft_id}/try/{made.id}", 303)


def _begin(request: Request, draft_id: str, house: House, refusal: Refusal | None = None) -> Response:
    with house.database.reading() as db:
        draft = authoring.get(db, draft_id)
        plays = authoring.plays(db, draft_id)
        try:
            procedures, units = tryouts.choices(db, draft_id)
        except (Unpublishable, Refusal) as unready:
            procedures, units, refusal = [], [], unready
    return page(
        request, "tryouts.html", status=status_of(refusal)[0] if refusal else 200, draft=draft, plays=plays, procedures=procedures,
        units=units, refusal=refusal,
    )  # fmt: skip


@router.get("/try/{play_id}")
def look(request: Request, draft_id: str, play_id: str, me: ProcessAdmin, house: Rooms) -> Response:
    """A try-out as it stands."""
    return _show(request, draft_id, play_id, house)


@router.post("/try/{play_id}")
def act(request: Request, draft_id: str, play_id: str, me: ProcessAdmin, house: Rooms, typed: Typed) -> Response:
    """Go on: time passes, a round opens, a side case begins, steps are played by defaults, or something is taken back."""
    given = dict(pairs(typed))
    try:
        if "keep" in given:
            tryouts.undo(house.database, draft_id, play_id, keep=int(given["keep"]) if given["keep"].isdigit() else 0)
        else:
            tryouts.act(house.database, draft_id, play_id, _said(given))
    except NotFound:
        raise
    except Refusal as refusal:
        return _show(request, draft_id, play_id, house, refusal)
    return RedirectResponse(f"/drafts/{draft_id}/try/{play_id}", 303)


def _said(given: dict[str, str]) -> dict[str, Any]:
    """One act of the scenario language from the fields of a form. Raises Refusal."""
    if given.get("count", "").isdigit() and given.get("unit") in ("个工作日", "天", "个月"):
        return {"wait": f"{given['count']} {given['unit']}"}
    for verb in ("wait_until", "round", "play"):
        if given.get(verb):
            return {verb: given[verb]}
    if given.get("start"):
        return {"start": {"procedure": given["start"]}, "case": given["start"]}
    raise Refusal("没有选择要做什么。", todo="请填写后再试。")


def _show(request: Request, draft_id: str, play_id: str, house: House, refusal: Refusal | None = None) -> Response:
    with house.database.reading() as db:
        draft = authoring.get(db, draft_id)
    view = tryouts.look(house.database, draft_id, play_id)
    return page(
        request, "tryout.html", status=status_of(refusal)[0] if refusal else 200, draft=draft, view=view, refusal=refusal,
        here_path=f"/drafts/{draft_id}/try/{play_id}",
    )  # fmt: skip


@router.get("/try/{play_id}/{key}")
def item(request: Request, draft_id: str, play_id: str, key: str, me: ProcessAdmin, house: Rooms) -> Response:
    """An open step with its form."""
    return _item(request, draft_id, play_id, key, house)


@router.post("/try/{play_id}/{key}")
def hand_in(request: Request, draft_id: str, play_id: str, key: str, me: ProcessAdmin, house: Rooms, typed: Typed) -> Response:
    """Do a step with what was typed, or by defaults."""
    given = None
    if text(typed, "_usual") != "1":
        shown, _, _ = tryouts.item(house.database, draft_id, play_id, key)
        given = answers.read(pairs(typed), shown.form or {})
        given = {name: value for name, value in given.items() if not answers.blank(value)}
    try:
        tryouts.hand_in(house.database, draft_id, play_id, key, given, text(typed, "_by"))
    except NotFound:
        raise
    except Refusal as refusal:
        return _item(request, draft_id, play_id, key, house, refusal, given)
    return RedirectResponse(f"/drafts/{draft_id}/try/{play_id}", 303)


@router.post("/try/{play_id}/{key}/form")
def rows(request: Request, draft_id: str, play_id: str, key: str, me: ProcessAdmin, house: Rooms, typed: Typed, add: str = "") -> Response:
    """The form as typed, with one more row in a list."""
    shown, _, _ = tryouts.item(house.database, draft_id, play_id, key)
    given = answers.read(pairs(typed), shown.form or {}, blanks=True)
    return _item(request, draft_id, play_id, key, house, given=given, more=add)


def _item(
    request: Request,
    draft_id: str,
    play_id: str,
    key: str,
    house: House,
    refusal: Refusal | None = None,
    given: dict[str, Any] | None = None,
    more: str = "",
) -> Response:
    shown, usual, view = tryouts.item(house.database, draft_id, play_id, key)
    form = None
    if shown.form is not None:
        wrong = refusal.fields if isinstance(refusal, InvalidAnswers) else {}
        form = fields.form(shown.form, usual if given is None else given, shown.choices, errors=wrong, fixed=shown.fixed_rows, more=more)
    here = f"/drafts/{draft_id}/try/{play_id}"
    name = "part_tryform.html" if more and wants_part(request) else "tryitem.html"
    return page(
        request, name, status=status_of(refusal)[0] if refusal else 200, shown=shown, form=form, view=view, refusal=refusal, back=here,
        key=key, articles=shown.articles,
    )  # fmt: skip


@router.post("/try/{play_id}/save/scenario")
def save(request: Request, draft_id: str, play_id: str, me: ProcessAdmin, house: Rooms, typed: Typed) -> Response:
    """Keep the story as a scenario of the draft."""
    clauses = [value for name, value in pairs(typed) if name == "clause"]
    try:
        path = tryouts.save(house.database, draft_id, play_id, dict(pairs(typed)), clauses, by=me.person.id, now=clock.now())
    except Refusal as refusal:
        return _show(request, draft_id, play_id, house, refusal)
    return RedirectResponse(f"/drafts/{draft_id}/edit?path={path}", 303)


# --- all stories ----------------------------------------------------------------------------------------------------------------------


@router.get("/scenarios")
def scenarios(request: Request, draft_id: str, me: ProcessAdmin, house: Rooms) -> Response:
    """What the newest run of all stories said, or how far it is."""
    return _scenarios(request, draft_id, house)


@router.post("/scenarios")
def play_all(request: Request, draft_id: str, me: ProcessAdmin, house: Rooms) -> Response:
    """Play all stories on the draft."""
    try:
        rehearsals.start(house.database, draft_id, by=me.person.id, now=clock.now())
    except NotFound:
        raise
    except Refusal as refusal:
        return _scenarios(request, draft_id, house, refusal)
    return RedirectResponse(f"/drafts/{draft_id}/scenarios", 303)


def _scenarios(request: Request, draft_id: str, house: House, refusal: Refusal | None = None) -> Response:
    with house.database.reading() as db:
        draft = authoring.get(db, draft_id)
        standing = rehearsals.standing(db, draft_id, now=clock.now())
    name = "part_rehearsal.html" if wants_part(request) else "rehearsal.html"
    return page(request, name, status=status_of(refusal)[0] if refusal else 200, draft=draft, standing=standing, refusal=refusal)
