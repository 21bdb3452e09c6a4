"""通知台账: who was told what, with its export."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Depends, Query, Request, Response

from adapters import clock, sheets
from tasks import ledger
from tasks.ledger import Ask
from web.context import Rooms
from web.identity import Worker
from web.render import page

router = APIRouter()


def asked(
    since: str = "",
    until: str = "",
    kind: Annotated[str, Query(max_length=40)] = "",
    q: Annotated[str, Query(max_length=100)] = "",
    lost: str = "",
) -> Ask:
    """What the address asks for; a day that is none means no limit."""
    return Ask(since=_day(since), until=_day(until), kind=kind, search=q.strip(), lost=bool(lost))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


Asked = Annotated[Ask, Depends(asked)]


@router.get("/ledger")
def listing(request: Request, me: Worker, house: Rooms, ask: Asked, after: str = "") -> Response:
    """A page, newest first."""
    with house.database.reading() as db:
        rows, more = ledger.page(db, me.official, me.jurisdiction, ask, after=after)
        kinds = ledger.kinds(db, me.jurisdiction)
    given = {"since": ask.since or "", "until": ask.until or "", "kind": ask.kind, "q": ask.search, "lost": "1" if ask.lost else ""}
    query = urlencode({name: value for name, value in given.items() if value})
    return page(request, "ledger.html", rows=rows, after=more, ask=ask, kinds=kinds, query=query, first=not after)


@router.get("/ledger.csv")
def as_csv(me: Worker, house: Rooms, ask: Asked) -> Response:
    """Everything that is asked for, as CSV."""
    with house.database.reading() as db:
        rows = ledger.export(db, me.official, me.jurisdiction, ask)
    return _file(sheets.to_csv(ledger.HEAD, rows), "csv", "text/csv; charset=utf-8")


@router.get("/ledger.xlsx")
def as_xlsx(me: Worker, house: Rooms, ask: Asked) -> Response:
    """Everything that is asked for, as a workbook."""
    with house.database.reading() as db:
        rows = ledger.export(db, me.official, me.jurisdiction, ask)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return _file(sheets.to_xlsx("通知台账", ledger.HEAD, rows), "xlsx", kind)


def _file(content: bytes, suffix: str, kind: str) -> Response:
    name = quote(f"通知台账-{clock.today():%Y%m%d}.{suffix}")
    return Response(content, media_type=kind, headers={"content-disposition": f"attachment; filename*=UTF-8''{name}"})
