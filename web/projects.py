"""The project register and the start page (项目台账、新办)."""

from __future__ import annotations

from urllib.parse import quote
from uuid import uuid4

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from adapters import clock, sheets
from domain.projects import Status
from tasks import incidents, ledger, metrics, project_ledger, projects, starting
from web.context import Rooms
from web.identity import Worker
from web.render import page, wants_part
from web.typed import Typed, text

router = APIRouter()


@router.get("/projects")
def listing(request: Request, me: Worker, house: Rooms, q: str = "", stage: str = "", status: str = "", after: str = "") -> Response:
    """Projects this person may see."""
    with house.database.reading() as db:
        found = projects.listing(db, me.official, me.jurisdiction, now=clock.now(), search=q[:100], stage=stage, status=status, after=after)
        everything = ledger.may_read(db, me.official, me.jurisdiction)
    name = "part_projects.html" if wants_part(request) else "projects.html"
    return page(request, name, found=found, q=q, stage=stage, chosen=status, first=not after, statuses=list(Status), everything=everything)


@router.get("/projects.xlsx")
def export(me: Worker, house: Rooms) -> Response:
    """The register, the plan tables and the annexes as a workbook, for those who may read every project."""
    with house.database.reading() as db:
        book = sheets.to_book(project_ledger.workbook(db, me.jurisdiction, me.official))
    name = quote(f"项目台账-{clock.today():%Y%m%d}.xlsx")
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return Response(book, media_type=kind, headers={"content-disposition": f"attachment; filename*=UTF-8''{name}"})


@router.get("/metrics")
def figures(request: Request, me: Worker, house: Rooms, year: str = "") -> Response:
    """The metrics (指标) of the projects this person may see, year by year."""
    wanted = int(year) if year.isascii() and year.isdigit() and len(year) == 4 else None
    with house.database.reading() as db:
        found = metrics.sheet(db, me.official, me.jurisdiction, year=wanted)
    return page(request, "metrics.html", found=found, words=metrics.words)


@router.get("/projects/{project_id}")
def project(request: Request, project_id: str, me: Worker, house: Rooms) -> Response:
    """One project's whole life."""
    with house.database.reading() as db:
        view = projects.project_view(db, me.official, me.jurisdiction, project_id, now=clock.now())
    return page(request, "project.html", view=view, key=uuid4().hex)


@router.get("/start")
def start_page(request: Request, me: Worker, house: Rooms) -> Response:
    """What this person may begin."""
    with house.database.reading() as db:
        options = starting.anew(db, me.official, me.jurisdiction, now=clock.now())
        standing = starting.standing(db, me.jurisdiction, now=clock.now())
    return page(request, "start.html", options=options, standing=standing, keys=[uuid4().hex for _ in options])


@router.post("/start")
def start(me: Worker, house: Rooms, typed: Typed) -> Response:
    """Begin a procedure; to its first step, or to the case."""
    now = clock.now()
    begun = incidents.perform(
        house.database,
        lambda db: starting.begin(
            db,
            me.official,
            me.jurisdiction,
            procedure=text(typed, "procedure"),
            unit=text(typed, "unit") or None,
            project=text(typed, "project") or None,
            key=text(typed, "_key")[:64] or None,
            now=now,
        ),
        case_of=lambda db: None,
        request={"act": "begin", "person": me.person.id, "procedure": text(typed, "procedure")},
        now=now,
    )
    return RedirectResponse(f"/items/{begun.item}" if begun.item else f"/cases/{begun.case}", 303)
