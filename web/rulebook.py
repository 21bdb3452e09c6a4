"""The rules for everybody who signs in (条款): looked up by word and topic, and two jurisdictions side by side."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from tasks import rulebook
from tasks.comparison import ASPECTS
from web.context import Rooms
from web.identity import Anyone
from web.render import page, wants_part

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
