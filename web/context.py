"""What every route shares: the database, the files, the settings, the moment; and who is asking."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Request

from adapters.database import Database
from adapters.files import FileStore
from adapters.settings import Settings


@dataclass(frozen=True, slots=True)
class House:
    """The parts a route may use."""

    database: Database
    files: FileStore
    settings: Settings

    @property
    def secure(self) -> bool:
        """Whether people reach us over https; cookies are then bound to it."""
        return self.settings.url.startswith("https://")


def house(request: Request) -> House:
    """The parts of this application."""
    return cast(House, request.app.state.house)


async def rooms(request: Request) -> House:
    """As a dependency; async, so that it costs no thread."""
    return house(request)


Rooms = Annotated[House, Depends(rooms)]
