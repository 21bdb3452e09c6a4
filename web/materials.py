"""Documents of a work item (材料): hand in, take back, open."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse, StreamingResponse
from starlette.datastructures import UploadFile

from adapters import clock
from domain.errors import BadUpload, Refusal
from tasks import casefile, materials, work
from tasks.sessions import SignedIn
from web.context import House, Rooms
from web.errors import status_of
from web.identity import Worker
from web.render import page, wants_part
from web.typed import Typed, text

router = APIRouter()
PIECE = 1 << 20
#: What an attachment may do in a browser: nothing.
SANDBOX = {"content-security-policy": "default-src 'none'; sandbox", "x-content-type-options": "nosniff"}


@router.post("/items/{item_id}/materials")
def attach(request: Request, item_id: str, me: Worker, house: Rooms, typed: Typed) -> Response:
    """Hand in a document of one kind, or one that is not on the list."""
    file, material = typed.get("file"), text(typed, "material")
    now = clock.now()
    with house.database.reading() as db:
        work.materials_of(db, me.official, me.jurisdiction, item_id, now=now)  # may they, before a large file is kept
    try:
        if not isinstance(file, UploadFile) or not file.filename:
            raise BadUpload("没有选择文件。", todo="请先选择文件，再上传。")
        kept = house.files.keep(file.filename, _pieces(file))
        with house.database.transaction() as db:
            materials.note(db, item_id, me.official, material=material or None, kept=kept, now=now)
    except BadUpload as refusal:
        return _checklist(request, item_id, me, house, refusal, material)
    return _checklist(request, item_id, me, house)


@router.post("/items/{item_id}/materials/{attachment_id}/withdraw")
def withdraw(request: Request, item_id: str, attachment_id: str, me: Worker, house: Rooms) -> Response:
    """Take a document back while the item is open."""
    with house.database.transaction() as db:
        casefile.attachment(db, me.official, me.jurisdiction, attachment_id)
        materials.withdraw(db, attachment_id, me.official, now=clock.now())
    return _checklist(request, item_id, me, house)


@router.get("/attachments/{attachment_id}")
def download(attachment_id: str, me: Worker, house: Rooms) -> Response:
    """A document, always to be saved, never shown inside our pages. Who opened it is noted."""
    with house.database.transaction() as db:
        row = materials.opened(db, me.official, me.jurisdiction, attachment_id, now=clock.now())
    content = house.files.read(row.stored)
    headers = SANDBOX | {
        "content-disposition": f"attachment; filename*=UTF-8''{quote(row.name, safe='')}",
        "content-length": str(row.size),
    }
    return StreamingResponse(content, media_type=row.media, headers=headers)


def _checklist(request: Request, item_id: str, me: SignedIn, house: House, refusal: Refusal | None = None, material: str = "") -> Response:
    if not wants_part(request) and refusal is None:
        return RedirectResponse(f"/items/{item_id}#materials", 303)
    if not wants_part(request) and refusal is not None:
        raise refusal
    with house.database.reading() as db:
        lines = work.materials_of(db, me.official, me.jurisdiction, item_id, now=clock.now())
    status = status_of(refusal)[0] if refusal else 200
    return page(
        request, "part_materials.html", status=status, item_id=item_id, lines=lines, mine=True, problem=refusal, at=material, missing=()
    )


def _pieces(file: UploadFile) -> Iterator[bytes]:
    while piece := file.file.read(PIECE):
        yield piece
