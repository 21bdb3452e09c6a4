"""The editor's conversation with the server about a draft (编辑接口): texts, findings, words, previews. Data only, no pages."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response
from fastapi.responses import JSONResponse

from adapters import clock
from domain.duties import PROCESS_ADMIN
from domain.errors import Refusal
from tasks import authoring, drafts
from tasks.sessions import SignedIn
from web import fields
from web.context import House, Rooms
from web.errors import as_data
from web.identity import needs
from web.render import templates
from web.typed import Body, data, said

router = APIRouter(prefix="/drafts/{draft_id}", dependencies=[Depends(data)])
ProcessAdmin = Annotated[SignedIn, Depends(needs(PROCESS_ADMIN))]


@router.get("/file")
def read(draft_id: str, me: ProcessAdmin, house: Rooms, path: str = "") -> dict[str, Any]:
    """A file as it stands now."""
    with house.database.reading() as db:
        found = drafts.read(db, draft_id, path)
    return {"path": found.path, "content": found.content, "revision": found.revision, "read_only": found.read_only}


@router.put("/file")
def save(draft_id: str, me: ProcessAdmin, house: Rooms, body: Body, path: str = "") -> Response:
    """Keep a text over the revision it was made from."""
    return _keep(house, draft_id, path, said(body, "content"), body, me)


@router.delete("/file")
def remove(draft_id: str, me: ProcessAdmin, house: Rooms, body: Body, path: str = "") -> Response:
    """Take a file out of the draft."""
    return _keep(house, draft_id, path, None, body, me)


def _keep(house: House, draft_id: str, path: str, content: str | None, body: dict[str, Any], me: SignedIn) -> Response:
    revision = body.get("revision")
    if isinstance(revision, bool) or not isinstance(revision, int):
        raise Refusal("请求缺少版本号 revision，没有保存。", todo="请刷新页面后重试。")
    try:
        with house.database.transaction() as db:
            kept = drafts.save(db, draft_id, path, content, revision, by=me.person.id, now=clock.now())
    except drafts.Overtaken as refusal:
        theirs = refusal.theirs
        text = theirs.content.decode("utf-8", "replace") if theirs.content is not None else None
        more = {"content": text, "revision": theirs.revision, "by": refusal.name, "at": theirs.at.isoformat()}
        return JSONResponse(as_data(refusal) | more, 409)
    with house.database.reading() as db:
        found = authoring.check(db, draft_id)
    return JSONResponse({"revision": kept, "findings": len(found.lines), "errors": found.errors})


@router.get("/files")
def files(draft_id: str, me: ProcessAdmin, house: Rooms) -> list[dict[str, Any]]:
    """Every file with who changed it last."""
    with house.database.reading() as db:
        found = drafts.files(db, draft_id)
    return [
        {
            "path": one.path,
            "kind": one.kind,
            "title": one.title,
            "revision": one.revision,
            "edited_by": one.by,
            "edited_at": one.at.isoformat() if one.at else None,
            "changed": one.changed,
            "read_only": one.path in drafts.FIXED,
        }
        for one in found
        if not one.removed
    ]


@router.post("/check")
def check(draft_id: str, me: ProcessAdmin, house: Rooms, body: Body) -> dict[str, Any]:
    """What is wrong, also with the unsaved text of one file."""
    path = said(body, "path", "")
    content = said(body, "content") if "content" in body else None
    with house.database.reading() as db:
        found = authoring.check(db, draft_id, path=path, content=content)
    lines = [
        {
            "severity": one.severity,
            "file": one.file,
            "element": one.element,
            "code": one.code,
            "message": one.message,
            "todo": one.todo,
            "clause": one.clause,
        }
        for one in found.lines
    ]
    return {"findings": lines, "ms": found.ms}


@router.get("/vocabulary")
def vocabulary(draft_id: str, me: ProcessAdmin, house: Rooms) -> dict[str, Any]:
    """Everything a diagram of this draft may name."""
    with house.database.reading() as db:
        return authoring.words(db, draft_id)


@router.post("/deadline")
def deadline(draft_id: str, me: ProcessAdmin, house: Rooms, body: Body) -> dict[str, Any]:
    """The last day that a deadline gives."""
    start = said(body, "start", clock.today().isoformat())
    try:
        begun = date.fromisoformat(start)
    except ValueError as error:
        raise Refusal(f"“{start[:20]}”不是日期。", todo="请写成 2026-01-01。") from error
    with house.database.reading() as db:
        last, why = authoring.deadline(db, draft_id, said(body, "expression"), begun)
    return {"date": f"{last:%Y-%m-%d}", "explained": why}


@router.post("/form")
def form(draft_id: str, me: ProcessAdmin, house: Rooms, body: Body) -> dict[str, Any]:
    """A form as officials will see it."""
    given = body.get("values")
    with house.database.reading() as db:
        schema, choices, articles = authoring.form(db, draft_id, said(body, "content"))
    made = fields.form(schema, given if isinstance(given, dict) else {}, choices)
    return {"html": templates().get_template("part_preview.html").render(form=made, articles=articles)}


@router.post("/presence")
def presence(draft_id: str, me: ProcessAdmin, house: Rooms, body: Body) -> dict[str, Any]:
    """Say that one is here; hear who else is."""
    with house.database.transaction() as db:
        others = drafts.present(db, draft_id, said(body, "path", ""), by=me.person.id, now=clock.now())
    return {"others": [{"name": name, "path": path, "at": at.isoformat()} for name, path, at in others]}
