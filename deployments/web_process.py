"""The web process: `python -m deployments.web_process --port 8000`. Stateless; on PostgreSQL any number of them may run."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

import uvicorn

from adapters import settings
from adapters.database import open_database
from adapters.files import FileStore
from web.app import create_app


def arguments() -> argparse.Namespace:
    """Where to listen, as the command line says."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    return parser.parse_args()


def serve(app: Callable[..., Any], given: argparse.Namespace) -> None:
    """Serve an application until told to stop."""
    uvicorn.run(
        app,
        host=given.host,
        port=given.port,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=5,
        forwarded_allow_ips="127.0.0.1",
    )


def main() -> None:
    """Serve ours."""
    given = arguments()
    said = settings.settings()
    serve(create_app(open_database(said.database_url), FileStore(said.data / "files"), said), given)


if __name__ == "__main__":
    main()
