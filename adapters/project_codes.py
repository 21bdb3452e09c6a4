"""The register of project codes (投资项目在线审批监管平台项目代码): a file that the platform's people hand over, or the platform over HTTP.

What the platform answers is only compared and told; it never decides. Tried against a loopback server only, not against a real platform.
"""

from __future__ import annotations

import asyncio
import csv
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import httpx

SECONDS = 8.0  #: for a whole answer, however slowly it comes
MOST = 65_536  #: bytes of an answer


class Unreachable(Exception):
    """The register could not be asked; try again later. The message is Chinese."""


@dataclass(frozen=True, slots=True)
class Registration:
    """What the platform knows of a code. Empty where it does not say."""

    code: str
    name: str = ""
    unit: str = ""


class Register(Protocol):
    """Something that knows codes."""

    def find(self, code: str) -> Registration | None:
        """The registration, or None where the platform knows no such code. Raises Unreachable."""


class FileRegister:
    """A CSV file with the columns 项目代码, 项目名称, 项目单位 (UTF-8 or GB 18030). Read again when it changes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._read: tuple[float, dict[str, Registration]] | None = None

    def find(self, code: str) -> Registration | None:
        """From the file as it is now. Raises Unreachable when it cannot be read."""
        return self._rows().get(code.strip())

    def _rows(self) -> dict[str, Registration]:
        try:
            changed = self.path.stat().st_mtime
            if self._read is None or self._read[0] != changed:
                self._read = (changed, _parsed(self.path.read_bytes()))
        except OSError as error:
            raise Unreachable(f"项目代码文件 {self.path.name} 无法读取（{error.strerror}）。") from error
        return self._read[1]


def _parsed(data: bytes) -> dict[str, Registration]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("gb18030", "replace")
    rows = csv.DictReader(text.splitlines())
    if rows.fieldnames is None or "项目代码" not in rows.fieldnames:
        raise Unreachable("项目代码文件的第一行没有“项目代码”这一列。")
    found = {}
    for row in rows:
        code = (row.get("项目代码") or "").strip()
        if code:
            found[code] = Registration(code, (row.get("项目名称") or "").strip(), (row.get("项目单位") or "").strip())
    return found


class HttpRegister:
    """`GET <url>?code=…` answering {"code", "name", "unit"} or 404. A partner that is slow, garbled or away is Unreachable."""

    def __init__(self, url: str, secret: str = "") -> None:
        self.url = url
        self._headers = {"authorization": f"Bearer {secret}"} if secret else {}

    def find(self, code: str) -> Registration | None:
        """What the platform answers. Raises Unreachable. Not to be called from a running event loop."""
        try:
            status, body = asyncio.run(self._ask(code))
        except TimeoutError as error:
            raise Unreachable(f"项目代码平台 {SECONDS:g} 秒内没有答完。") from error
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise Unreachable(f"项目代码平台没有正常回答（{type(error).__name__}）。") from error
        if status == httpx.codes.NOT_FOUND:
            return None
        try:
            said = json.loads(body) if status == httpx.codes.OK else None
        except (ValueError, RecursionError):
            said = None
        if not isinstance(said, dict) or not isinstance(said.get("code"), str):
            raise Unreachable(f"项目代码平台的回答无法识别（HTTP {status}）。")
        return Registration(said["code"], str(said.get("name") or ""), str(said.get("unit") or ""))

    async def _ask(self, code: str) -> tuple[int, bytes]:
        address = httpx.URL(self.url).copy_merge_params({"code": code})
        async with (
            asyncio.timeout(SECONDS),
            httpx.AsyncClient(trust_env=False, follow_redirects=False, timeout=SECONDS) as client,
            client.stream("GET", address, headers=self._headers) as answer,
        ):
            body = bytearray()
            async for part in answer.aiter_bytes():
                body += part
                if len(body) > MOST:
                    raise Unreachable("项目代码平台的回答过长。")
            return answer.status_code, bytes(body)


def register(where: str, secret: str = "") -> Register | None:
    """The register that a setting names: an http(s) address, a file, or none."""
    if not where:
        return None
    return HttpRegister(where, secret) if where.startswith(("http://", "https://")) else FileRegister(Path(where))
