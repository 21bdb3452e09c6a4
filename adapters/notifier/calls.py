"""One HTTP call to a partner: allowed hosts only, no redirects, a deadline for all of it, a bounded answer that must say yes."""

from __future__ import annotations

import asyncio
import json
import logging
import ssl
from collections.abc import Mapping
from functools import cache
from typing import Any

import httpx

from adapters.notifier.words import Undelivered
from domain.partners import obstacle

MOST_BYTES = 64 * 1024

for _name in ("httpx", "httpcore"):  # they write whole addresses into logs, and a robot's address holds its key
    logging.getLogger(_name).setLevel(logging.WARNING)


@cache
def _trusted() -> ssl.SSLContext:
    """The certificates we trust, read once: reading them costs more than a call."""
    return ssl.create_default_context()


async def post(
    name: str,
    url: str,
    body: bytes,
    *,
    allowed: tuple[str, ...],
    deadline: float,
    query: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Mapping[str, Any]:
    """The JSON object a partner answers. Raises Undelivered; `name` is how people call the partner."""
    if why := obstacle(url, allowed):
        raise Undelivered(f"{name}：{why}", down=True)
    told = {"content-type": "application/json; charset=utf-8", **(headers or {})}
    reached = False
    try:
        address = httpx.URL(url).copy_merge_params(dict(query or {}))
        async with (
            asyncio.timeout(deadline),
            httpx.AsyncClient(verify=_trusted(), trust_env=False, follow_redirects=False, timeout=deadline) as client,
            client.stream("POST", address, content=body, headers=told) as answer,
        ):
            reached = True
            data = bytearray()
            async for chunk in answer.aiter_bytes():
                data += chunk
                if len(data) > MOST_BYTES:
                    raise Undelivered(f"{name}的答复过长", down=True)
            status = answer.status_code
    except TimeoutError as error:
        raise Undelivered(f"{name} {deadline:g} 秒内没有办完", down=True) from error
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError) as error:
        raise Undelivered(f"{name}中途断开" if reached else f"连不上{name}", down=not reached) from error
    if status != 200:
        raise Undelivered(f"{name}答复 HTTP {status}", down=True)
    try:
        said = json.loads(bytes(data))
    except (ValueError, RecursionError) as error:
        raise Undelivered(f"{name}的答复看不懂", down=True) from error
    if not isinstance(said, dict):
        raise Undelivered(f"{name}的答复看不懂", down=True)
    return said


def must_say_yes(name: str, said: Mapping[str, Any], *fields: str) -> None:
    """Partners say no inside an answer of status 200. Raises Undelivered unless one of the fields is there and says 0."""
    found = next((said[one] for one in fields if one in said), None)
    if isinstance(found, bool) or found not in (0, "0", "OK", "ok"):
        raise Undelivered(f"{name}没有接受，代码 {str(found)[:40] if found is not None else '缺失'}", down=True)
