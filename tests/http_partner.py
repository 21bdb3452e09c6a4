"""A real HTTP receiver on the loopback, as robots and SMS gateways are: takes messages, or misbehaves in one of the ways partners do."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.loopback import listening

MANNERS = ("takes", "refuses", "says_no", "silent", "drips", "drops", "loses_answer", "garbage", "list", "redirects", "endless", "busy")


@dataclass(frozen=True)
class Call:
    """One message as it arrived."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]
    raw: bytes
    body: Any


@dataclass
class Partner:
    """`manner` may change at any time; `calls` are those it took, also those whose answer got lost."""

    manner: str = "takes"
    answer: dict[str, Any] = field(default_factory=lambda: {"errcode": 0, "code": 0})
    port: int = 0
    calls: list[Call] = field(default_factory=list)
    conversations: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/robot/send?key=hush-hush"

    @property
    def allowed(self) -> tuple[str, ...]:
        return (f"http://127.0.0.1:{self.port}",)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.conversations += 1
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            await self._talk(reader, writer)
        writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.manner == "drops":
            return
        head = (await reader.readuntil(b"\r\n\r\n")).decode().splitlines()
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
        raw = await reader.readexactly(int(headers.get("content-length", "0")))
        target = urlsplit(head[0].split()[1])
        call = Call(target.path, dict(parse_qsl(target.query)), headers, raw, json.loads(raw))
        match self.manner:
            case "silent":
                await reader.read()
            case "refuses":
                await self._say(writer, b"", "500 Internal Server Error")
            case "busy":
                await self._say(writer, b"", "429 Too Many Requests")
            case "redirects":
                await self._say(writer, b"", "302 Found", "location: http://127.0.0.1:1/elsewhere\r\n")
            case "says_no":
                await self._say(writer, json.dumps({"errcode": 310000, "code": 19021, "errmsg": "sign not match"}).encode())
            case "garbage":
                await self._say(writer, b"\x00\xff<html>")
            case "list":
                await self._say(writer, b"[0]")
            case "endless":
                writer.write(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n")
                for _ in range(4000):
                    writer.write(b"0" * 1024)
                    await writer.drain()
            case "drips":
                for letter in b"HTTP/1.1 200 OK\r\ncontent-length: 16\r\n\r\n":
                    writer.write(bytes([letter]))
                    await writer.drain()
                    await asyncio.sleep(0.3)
            case "loses_answer":
                self.calls.append(call)
            case _:
                self.calls.append(call)
                await self._say(writer, json.dumps(self.answer).encode())

    async def _say(self, writer: asyncio.StreamWriter, body: bytes, status: str = "200 OK", more: str = "") -> None:
        writer.write(f"HTTP/1.1 {status}\r\ncontent-length: {len(body)}\r\n{more}connection: close\r\n\r\n".encode() + body)
        await writer.drain()


@contextlib.contextmanager
def partner(manner: str = "takes") -> Iterator[Partner]:
    """A receiver in a thread of its own, on a free port."""
    running = Partner(manner)
    with listening(running.talk) as running.port:
        yield running
