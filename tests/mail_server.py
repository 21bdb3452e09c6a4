"""A real SMTP server on the loopback that takes mail, or misbehaves in one of the ways partners do."""

from __future__ import annotations

import asyncio
import contextlib
import email
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default
from typing import cast

from tests.loopback import listening

MANNERS = ("takes", "refuses", "refuses_recipient", "busy", "silent", "drips", "drops", "loses_answer", "garbage", "wants_login")


@dataclass
class MailServer:
    """`manner` may change at any time; `mails` are those it took, `shown` also those whose answer got lost."""

    manner: str = "takes"
    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    conversations: int = 0

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.conversations += 1
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await self._talk(reader, writer)
        writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def say(line: str) -> None:
            if self.manner == "drips":
                for letter in line + "\r\n":
                    writer.write(letter.encode())
                    await writer.drain()
                    await asyncio.sleep(0.5)
                return
            writer.write(f"{line}\r\n".encode())
            await writer.drain()

        match self.manner:
            case "silent":
                await reader.read()
                return
            case "refuses":
                await say("554 not here")
                return
            case "busy":
                await say("421 come back later")
                return
            case "garbage":
                writer.write(b"\x00\xff<html>\r\n\r\n" * 20)
                await writer.drain()
                return
            case "drops":
                return
        await say("220 loopback")
        while line := (await reader.readline()).decode("utf-8", "replace").strip():
            word = line.upper()
            if word.startswith("EHLO"):
                await say("250-loopback")
                await say("250-AUTH PLAIN LOGIN")
                await say("250 SMTPUTF8")
            elif word.startswith("AUTH"):
                await say("535 no")
            elif word.startswith("RCPT") and self.manner == "refuses_recipient":
                await say("550 unknown")
            elif word == "DATA":
                await say("354 go on")
                body = await reader.readuntil(b"\r\n.\r\n")
                self.mails.append(cast(EmailMessage, email.message_from_bytes(body[:-5], policy=default)))
                if self.manner == "loses_answer":
                    return
                await say("250 taken")
            elif word == "QUIT":
                await say("221 bye")
                return
            else:
                await say("250 ok")


@contextlib.contextmanager
def mail_server(manner: str = "takes") -> Iterator[MailServer]:
    """A server in a thread of its own; gone after the block."""
    server = MailServer(manner)
    with listening(server.talk) as server.port:
        yield server
