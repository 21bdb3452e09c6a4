"""What is sent, and why it was not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

DEADLINE = 20.0  #: seconds for one message, connecting included


class Undelivered(Exception):
    """The partner did not take the message. `final`: it never will. `down`: the partner itself is out of reach, others will fail too."""

    def __init__(self, words: str, *, final: bool = False, down: bool = False) -> None:
        super().__init__(words)
        self.words = words
        self.final = final
        self.down = down


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent. The same `key` is the same message: partners that look at message ids drop the second copy.

    `brief` says only that there is something to read: it goes where others read along (群机器人) or where room is short (短信).
    """

    key: str
    subject: str
    text: str
    brief: str = ""


class Channel(Protocol):
    """One way to reach people outside the application."""

    async def send(self, to: str, message: Message) -> None:
        """Hand a message over. Raises Undelivered."""
