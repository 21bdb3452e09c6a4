"""The rules for everybody who signs in (条款): looked up, two places side by side, and whether a unit may apply."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from adapters import clock
from tasks import eligibility, rulebook
from tasks.comparison import ASPECTS
from tasks.sessions import SignedIn
from web import answers, fields
from web.context import House, Rooms
from web.identity import Anyone, Worker
from web.render import page, wants_part
from web.typed import Typed, pairs, text

router = APIRouter()


@router.get("/rules")
def clauses(request: Request, me: Anyone, house: Rooms, place: str = "", q: str = "", topic: str = "") -> Response:
    """The clauses of a place, by default one's own."""
    with house.database.reading() as db:
        places = rulebook.places(db)
        wanted = place or me.jurisdiction or next((code for code, _ in places), "")
        found = rulebook.book(db, wanted, search=q[:100], topic=topic)
    name = "part_rules.html" if wants_part(request) else "rules.html"
    return page(request, name, book=found, places=places, q=q, topic=topic)


@router.get("/rules/compare")
def compare(request: Request, me: Anyone, house: Rooms, left: str = "", right: str = "", every: str = "") -> Response:
    """Two places side by side, by topic; what is alike stays away unless asked for."""
    with house.database.reading() as db:
        places = rulebook.places(db)
        codes = [code for code, _ in places]
        first = left or me.jurisdiction or next(iter(codes), "")
        second = right or next((code for code in codes if code != first), first)
        sides = rulebook.compared(db, first, second) if codes else None
    return page(request, "compare.html", sides=sides, places=places, left=first, right=second, every=bool(every), aspects=ASPECTS)


@router.get("/rules/eligibility")
def idea(request: Request, me: Worker, house: Rooms, unit: str = "", procedure: str = "") -> Response:
    """The first form of a procedure, to be tried."""
    return _idea(request, me, house, unit, procedure)


@router.post("/rules/eligibility")
def tried(request: Request, me: Worker, house: Rooms, typed: Typed, add: str = "") -> Response:
    """The answer, with what was typed; or, with `add`, the form with one more row. Nothing is kept."""
    return _idea(request, me, house, text(typed, "_unit"), text(typed, "_procedure"), typed=typed, more=add)


def _idea(
    request: Request, me: SignedIn, house: House, unit: str, procedure: str, *, typed: Typed | None = None, more: str = ""
) -> Response:
    place, now = me.jurisdiction or "", clock.now()
    with house.database.reading() as db:
        known = [one for one, _ in rulebook.units(db, place)]
        offered = rulebook.openers(db, place)
    unit = unit or next((one.unit for one in me.official.posts if one.unit in known), "") or next(iter(known), "")
    asked = eligibility.question(house.database, place, unit=unit, procedure=procedure, now=now)
    given = answers.read(pairs(typed), asked.schema, blanks=bool(more)) if typed is not None else {}
    answer = None
    if typed is not None and not more:
        answer = eligibility.ask(house.database, place, unit=unit, procedure=asked.procedure.code, answers=given, now=now)
    wrong = dict(answer.fields or {}) if answer is not None else {}
    form = fields.form(asked.schema, given, asked.choices, errors=wrong, more=more) if asked.schema else None
    name = "part_trial.html" if more and wants_part(request) else "eligibility.html"
    return page(
        request,
        name,
        asked=asked,
        form=form,
        answer=answer,
        unit=unit,
        offered=offered,
        articles=asked.articles,
        action="/rules/eligibility",
    )
