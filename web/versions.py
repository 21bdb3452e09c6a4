"""Rule-set versions (规则版本): list, one version, what it changed, an earlier one again, bundles in and out."""

from __future__ import annotations

import json

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import UploadFile

from adapters import clock
from adapters.database import people, rules
from domain.errors import BadUpload, Refusal
from tasks import bundles, comparing, drafts, versions
from web.context import House, Rooms
from web.drafts import ProcessAdmin
from web.errors import status_of
from web.render import page
from web.typed import Typed, text

router = APIRouter(prefix="/versions")


@router.get("")
def listing(request: Request, me: ProcessAdmin, house: Rooms, place: str = "") -> Response:
    """Every version of a place, newest first."""
    return _list(request, house, place)


@router.post("/import")
def take_in(request: Request, me: ProcessAdmin, house: Rooms, typed: Typed) -> Response:
    """Make a draft of a bundle."""
    file = typed.get("file")
    try:
        if not isinstance(file, UploadFile) or not file.filename:
            raise BadUpload("没有选择文件。", todo="请先选择规则包，再导入。")
        data = file.file.read(bundles.LARGEST + 1)
        with house.database.transaction() as db:
            made = bundles.take_in(db, data, house.settings.data, by=me.person.id, now=clock.now())
    except Refusal as refusal:
        return _list(request, house, "", refusal)
    return page(request, "imported.html", made=made)


def _list(request: Request, house: House, place: str, refusal: Refusal | None = None) -> Response:
    with house.database.reading() as db:
        places = drafts.places(db)
        code = place or (places[0][0] if places else "")
        found = rules.versions(db, code)
        names = people.by_ids(db, [one for row in found for one in (row.created_by, row.published_by) if one])
        today = rules.published(db, code, clock.today())
        counts = rules.running(db, code)
    return page(
        request, "versions.html", status=status_of(refusal)[0] if refusal else 200, places=places, place=code, versions=found, names=names,
        current=today.id if today else "", running=counts, refusal=refusal,
    )  # fmt: skip


@router.get("/{version}")
def version(request: Request, version: str, me: ProcessAdmin, house: Rooms) -> Response:
    """One version: what it is, what it holds, what may be compared with it."""
    with house.database.reading() as db:
        row = rules.get(db, version)
        others = [one for one in rules.versions(db, row.jurisdiction) if one.id != row.id]
        names = people.by_ids(db, [one for one in (row.created_by, row.published_by) if one])
        ruleset = versions.ruleset(db, row.id)
        today = rules.published(db, row.jurisdiction, clock.today())
        count = rules.running(db, row.jurisdiction).get(row.id, 0)
    procedures = [one for one in ruleset.procedures.values() if one.file.startswith(f"{row.jurisdiction}/")]
    return page(
        request, "version.html", row=row, others=others, names=names, ruleset=ruleset, procedures=procedures, count=count,
        current=today is not None and today.id == row.id,
    )  # fmt: skip


@router.get("/{version}/diff")
def diff(request: Request, version: str, me: ProcessAdmin, house: Rooms, base: str = "") -> Response:
    """What a version changed against another one."""
    with house.database.reading() as db:
        comparison = comparing.of_versions(db, base, version)
        before, after = rules.get(db, base), rules.get(db, version)
    marks = {
        one.path: json.dumps([{"element": name, "change": kind} for name, kind in one.marks], ensure_ascii=False)
        for one in comparison.files
    }
    return page(
        request, "diff.html", back=f"/versions/{version}", back_words=after.name, title="版本对比", before_words=before.name,
        after_words=after.name, comparison=comparison, marks=marks, before=f"/versions/{base}/diagram.bpmn?path=",
        after=f"/versions/{version}/diagram.bpmn?path=",
    )  # fmt: skip


@router.get("/{version}/diagram.bpmn")
def diagram(version: str, me: ProcessAdmin, house: Rooms, path: str = "") -> Response:
    """A diagram of a version."""
    with house.database.reading() as db:
        content = comparing.diagram_of_version(db, version, path)
    return Response(content, media_type="application/xml; charset=utf-8")


@router.post("/{version}/restore")
def restore(version: str, me: ProcessAdmin, house: Rooms, typed: Typed) -> Response:
    """Begin a draft with the texts of an earlier version; it is checked and approved like any other."""
    with house.database.transaction() as db:
        row = rules.get(db, version)
        title = text(typed, "title") or f"恢复：{row.name}"[:80]
        made = drafts.begin(db, row.jurisdiction, title, by=me.person.id, now=clock.now(), base=row.id)
    return RedirectResponse(f"/drafts/{made.id}", 303)


@router.post("/{version}/bundle")
def bundle(version: str, me: ProcessAdmin, house: Rooms) -> Response:
    """A version as a signed file."""
    with house.database.transaction() as db:
        name, content = bundles.pack(db, version, house.settings.data, by=me.person.id, now=clock.now())
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type="application/zip", headers=headers)
