"""The page on which one file of a draft is edited (流程编辑). Everything else it asks of `web/drafts.py`."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from adapters.database import Db, authoring
from domain.duties import PROCESS_ADMIN
from domain.errors import NotFound
from tasks import drafts
from tasks.sessions import SignedIn
from web.context import Rooms
from web.identity import needs
from web.render import page

router = APIRouter()
_PATH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_\-./]{0,120}")


@router.get("/drafts/{draft_id}/edit")
def edit(
    request: Request, draft_id: str, me: Annotated[SignedIn, Depends(needs(PROCESS_ADMIN))], house: Rooms, path: str = "", element: str = ""
) -> Response:
    """The editor of one file, with an element selected when one is named. Raises NotFound."""
    with house.database.reading() as db:
        draft = authoring.get(db, draft_id)
        if not _PATH.fullmatch(path) or ".." in path:
            raise NotFound("没有写明打开哪个文件。", todo="请返回草稿，从文件列表中选择。")
        fresh = _fresh(db, draft.id, path)
    return page(
        request, "edit.html", draft=draft.id, title=draft.title, place=draft.jurisdiction, path=path, element=element[:100], fresh=fresh
    )


def _fresh(db: Db, draft: str, path: str) -> bool:
    """Whether the draft has no such file yet."""
    try:
        drafts.read(db, draft, path)
    except NotFound:
        return True
    return False
