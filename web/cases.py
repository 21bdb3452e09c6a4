"""The page of a case, and its diagram (办件、流程图)."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from adapters import clock
from tasks import casefile
from web.context import Rooms
from web.identity import Worker
from web.render import page

router = APIRouter()


@router.get("/cases/{case_id}")
def case(request: Request, case_id: str, me: Worker, house: Rooms, scope: str | None = None) -> Response:
    """A case: where it stands, what happened, what was handed in."""
    with house.database.reading() as db:
        view = casefile.case_view(db, me.official, me.jurisdiction, case_id, now=clock.now(), scope=scope)
    return page(request, "case.html", view=view)


@router.get("/cases/{case_id}/diagram.bpmn")
def diagram(case_id: str, me: Worker, house: Rooms, scope: str = "") -> Response:
    """The diagram of one level, of the version the case runs on."""
    with house.database.reading() as db:
        found = casefile.diagram_of(db, me.official, me.jurisdiction, case_id, scope)
    return Response(found.content, media_type="application/xml; charset=utf-8")
