"""The web process: `python -m deployments.web_process --port 8000`. Stateless; on PostgreSQL any number of them may run."""

from __future__ import annotations

import argparse

import uvicorn

from adapters import settings
from adapters.database import open_database
from adapters.files import FileStore
from web.app import create_app


def main() -> None:
    """Serve the application until told to stop."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    given = parser.parse_args()
    said = settings.settings()
    app = create_app(open_database(said.database_url), FileStore(said.data / "files"), said)
    uvicorn.run(
        app,
        host=given.host,
        port=given.port,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=5,
        forwarded_allow_ips="127.0.0.1",
    )


if __name__ == "__main__":
    main()
