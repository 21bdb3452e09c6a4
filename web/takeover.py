"""存量台账导入 for the system administrator: the template, checking a filled-in file, and importing what was checked."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request, Response
from starlette.datastructures import UploadFile

from adapters import clock, sheets
from domain.duties import SYSTEM_ADMIN
from domain.errors import BadUpload, InvalidAnswers, Refusal
from tasks import registers
from tasks.importing import running, template
from tasks.sessions import SignedIn
from web.context import House, Rooms
from web.identity import needs
from web.render import page
from web.typed import Typed, text

router = APIRouter()
SystemAdmin = Annotated[SignedIn, Depends(needs(SYSTEM_ADMIN))]
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@router.get("/registers/{place}/takeover")
def ask(request: Request, place: str, me: SystemAdmin, house: Rooms) -> Response:
    """Where the template is had, and a filled-in file handed in."""
    return _page(request, house, place)


@router.get("/registers/{place}/takeover.xlsx")
def blank(place: str, me: SystemAdmin, house: Rooms) -> Response:
    """The template."""
    with house.database.reading() as db:
        book = sheets.to_book(template.workbook(db, place, by=me.person.id, now=clock.now()))
    name = quote(f"存量台账模板-{place}.xlsx")
    return Response(book, media_type=EXCEL, headers={"content-disposition": f"attachment; filename*=UTF-8''{name}"})


@router.post("/registers/{place}/takeover")
def check(request: Request, place: str, me: SystemAdmin, house: Rooms, typed: Typed) -> Response:
    """What an import of this file would do, or what is wrong with it; the file waits in the store for the second step."""
    file = typed.get("file")
    try:
        if not isinstance(file, UploadFile) or not file.filename:
            raise BadUpload("没有选择文件。", todo="请选择填好的模板文件。")
        content = file.file.read(sheets.MOST_BYTES + 1)
        report = running.rehearse(house.database, place, content, by=me.person.id, now=clock.now())
        kept = house.files.keep(file.filename, [content]) if report.landed else None
    except (BadUpload, InvalidAnswers) as refusal:
        return _page(request, house, place, refusal=refusal)
    return _page(request, house, place, report=report, stored=kept.stored if kept is not None else "")


@router.post("/registers/{place}/takeover/carry-out")
def carry_out(request: Request, place: str, me: SystemAdmin, house: Rooms, typed: Typed) -> Response:
    """Import a file that was checked. Asked twice, the second time imports nothing."""
    content = b"".join(house.files.read(text(typed, "file")))
    try:
        with house.database.transaction() as db:
            report = running.carry_out(db, place, content, by=me.person.id, now=clock.now())
    except (BadUpload, InvalidAnswers) as refusal:
        return _page(request, house, place, refusal=refusal)
    return _page(request, house, place, report=report, done=True)


def _page(
    request: Request,
    house: House,
    place: str,
    *,
    report: running.Report | None = None,
    stored: str = "",
    done: bool = False,
    refusal: Refusal | None = None,
) -> Response:
    with house.database.reading() as db:
        found = registers.register(db, place)
    faults = refusal.fields if isinstance(refusal, InvalidAnswers) else {}
    return page(
        request, "takeover.html", status=422 if refusal else 200, found=found, report=report, stored=stored, done=done, refusal=refusal,
        faults=faults,
    )  # fmt: skip
