"""The real web application as a process of its own, on a clock that stands where a file says.

`python -m tests.browser.server FOLDER` serves the database of FOLDER on a free port and prints the port. The product itself has no way
to be moved in time: this process wraps it, and sets the clock around each request.
"""

from __future__ import annotations

import socket
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import uvicorn

from adapters import clock, settings
from adapters.database import open_database
from adapters.files import FileStore
from web.app import create_app

MOMENT = "moment.txt"  #: the moment at which every request happens


def main(folder: Path) -> None:
    """Serve until told to stop."""
    app = create_app(
        open_database(f"sqlite:///{folder / 'town.db'}"), FileStore(folder / "files"), settings.read({"LIANSHEN_DATA": str(folder)})
    )

    async def moved(scope: Any, receive: Any, send: Any) -> None:
        with clock.at(datetime.fromisoformat((folder / MOMENT).read_text("utf-8"))):
            await app(scope, receive, send)

    door = socket.socket()
    door.bind(("127.0.0.1", 0))
    door.listen(64)
    print(door.getsockname()[1], flush=True)
    uvicorn.Server(uvicorn.Config(moved, log_level="warning", lifespan="off", server_header=False)).run(sockets=[door])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
