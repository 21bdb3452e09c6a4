"""What was typed into a form, read once per request before the route runs."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request
from starlette.datastructures import FormData

from web.answers import MOST_FIELDS


async def typed(request: Request) -> FormData:
    """The fields of a request; files wait on disk, not in memory."""
    return await request.form(max_files=20, max_fields=MOST_FIELDS, max_part_size=1024 * 1024)


Typed = Annotated[FormData, Depends(typed)]


def text(form: FormData, name: str) -> str:
    """A text field; nothing when it is missing or a file."""
    value = form.get(name)
    return value if isinstance(value, str) else ""


def pairs(form: FormData) -> list[tuple[str, str]]:
    """Every text field in the order of the page."""
    return [(name, value) for name, value in form.multi_items() if isinstance(value, str)]
