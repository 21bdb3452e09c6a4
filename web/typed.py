"""What was typed into a form, read once per request before the route runs."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import Depends, Request
from starlette.datastructures import FormData

from domain.errors import Refusal
from web.answers import MOST_FIELDS


async def typed(request: Request) -> FormData:
    """The fields of a request; files wait on disk, not in memory."""
    return await request.form(max_files=20, max_fields=MOST_FIELDS, max_part_size=1024 * 1024)


Typed = Annotated[FormData, Depends(typed)]


def data(request: Request) -> None:
    """This address answers a script: with data, refusals included. Stands before everything that may refuse."""
    request.state.data = True


async def body(request: Request) -> dict[str, Any]:
    """What a script sends: one JSON object. Raises Refusal."""
    try:
        found = json.loads(await request.body() or b"{}")
    except (ValueError, RecursionError) as error:
        raise Refusal("请求的内容不是正确的 JSON，没有执行。", todo="请刷新页面后重试。") from error
    if not isinstance(found, dict):
        raise Refusal("请求的内容应当是一个 JSON 对象，没有执行。", todo="请刷新页面后重试。")
    return found


Body = Annotated[dict[str, Any], Depends(body)]


def said(body: dict[str, Any], name: str, default: str | None = None) -> str:
    """A text of a JSON body. Raises Refusal when it is missing or no text."""
    found = body.get(name, default)
    if not isinstance(found, str):
        raise Refusal(f"请求缺少文字 {name}，没有执行。", todo="请刷新页面后重试。")
    return found


def text(form: FormData, name: str) -> str:
    """A text field; nothing when it is missing or a file."""
    value = form.get(name)
    return value if isinstance(value, str) else ""


def pairs(form: FormData) -> list[tuple[str, str]]:
    """Every text field in the order of the page."""
    return [(name, value) for name, value in form.multi_items() if isinstance(value, str)]
