"""Pages and fragments (页面): templates with everything escaped, and what every page shows."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from adapters import clock, files
from adapters.database import notices
from domain.deadlines import Standing
from domain.duties import AUDIT_ADMIN, OPERATOR, PROCESS_ADMIN, SECURITY_ADMIN, SYSTEM_ADMIN
from domain.money import shown, to_wan
from tasks import publishing, worklist
from tasks.sessions import SignedIn
from web.context import house
from web.front_end import STATIC

HERE = Path(__file__).parent
LIGHTS = {Standing.EARLY: "green", Standing.SOON: "amber", Standing.OVERDUE: "red", None: "none"}


def page(request: Request, name: str, *, status: int = 200, headers: dict[str, str] | None = None, **context: Any) -> HTMLResponse:
    """A whole page, or a fragment of one."""
    me: SignedIn | None = getattr(request.state, "me", None)
    counts = None
    if me is not None and not name.startswith("part_"):
        with house(request).database.reading() as db:
            if me.jurisdiction:
                counts = worklist.counts(db, me.official, me.jurisdiction)
            elif PROCESS_ADMIN in me.posts:
                counts = worklist.Counts(len(publishing.waiting(db, me.person.id)), notices.count_unread(db, (), me.person.id))
    shared = {"me": me, "counts": counts, "menu": menu(me, counts), "here": request.url.path, "version": version(), "today": clock.today()}
    text = templates().get_template(name).render(**shared, **context)
    return HTMLResponse(text, status, headers)


def menu(me: SignedIn | None, counts: worklist.Counts | None) -> list[tuple[str, str, int]]:
    """(path, label, number) of the links at the head of a page."""
    if me is None or me.must_change:
        return []
    found = []
    if me.jurisdiction and counts is not None:
        found += [("/inbox", "待办", counts.open), ("/done", "已办", 0), ("/projects", "项目", 0), ("/batches", "批次", 0)]
        found += [("/overrides", "例外", 0), ("/start", "新办", 0)]
        found.append(("/notices", "通知", counts.unread))
    elif counts is not None:
        found += [("/inbox", "待办", counts.open), ("/notices", "通知", counts.unread)]
    found += [("/rules", "条款", 0), ("/workdays", "工作日历", 0)]
    if OPERATOR in me.posts:
        found.append(("/incidents", "异常", 0))
    if me.posts & {SYSTEM_ADMIN, SECURITY_ADMIN}:
        found.append(("/people", "人员", 0))
    if SYSTEM_ADMIN in me.posts:
        found.append(("/registers", "单位和专家", 0))
    if PROCESS_ADMIN in me.posts:
        found += [("/drafts", "规则草稿", 0), ("/versions", "规则版本", 0)]
    if AUDIT_ADMIN in me.posts:
        found.append(("/audit", "审计记录", 0))
    return found


def wants_data(request: Request) -> bool:
    """Whether a script asks on an address that answers with data, refusals included."""
    return bool(getattr(request.state, "data", False))


def wants_part(request: Request) -> bool:
    """Whether htmx asks, so that a fragment will do."""
    return request.headers.get("hx-request") == "true"


@cache
def templates() -> Environment:
    """The templates; an unknown name is an error, everything else is escaped."""
    made = Environment(
        loader=FileSystemLoader(HERE / "pages"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    made.filters |= {"day": day, "moment": moment, "size": size, "wan": wan, "extract": extract, "light": lambda one: LIGHTS[one.standing]}
    made.globals["largest"] = files.LARGEST // 1024 // 1024
    return made


@cache
def version() -> str:
    """Changes with the built front end, so that browsers fetch the new one."""
    digest = hashlib.sha256()
    for name in ("main.css", "main.js", "editor.css", "editor.js"):
        path = STATIC / name
        digest.update(path.read_bytes() if path.exists() else b"")
    return digest.hexdigest()[:12]


def extract(key: str, table: Mapping[str, str]) -> str:
    """What a table says about a key, or the key itself."""
    return table.get(key, key)


def day(value: date | None) -> str:
    """2026年3月1日."""
    return f"{value.year}年{value.month}月{value.day}日" if value is not None else ""


def moment(value: datetime | None) -> str:
    """2026-03-01 09:30, in Asia/Shanghai."""
    return f"{value.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}" if value is not None else ""


def size(value: int) -> str:
    """1.5 MB."""
    return f"{value} 字节" if value < 1024 else f"{value / 1024:.0f} KB" if value < 1024**2 else f"{value / 1024**2:.1f} MB"


def wan(fen: int | None) -> str:
    """450.00 万元."""
    return shown(Decimal(to_wan(fen))) if fen is not None else ""
