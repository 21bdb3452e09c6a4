"""The least a server can do and keep its word: one route, one row of 4 KB changed, one durable commit, on the server that serves ours."""

from __future__ import annotations

import threading

from fastapi import FastAPI
from starlette.responses import Response

from adapters import settings
from benchmarks.completions import Bare
from deployments.web_process import arguments, serve


def create_app(url: str) -> FastAPI:
    """The application. Threads share one connection, one at a time: there is no quicker way to commit one by one."""
    app, bare, alone = FastAPI(), Bare(url), threading.Lock()

    @app.post("/bare")
    def commit() -> Response:
        with alone:
            bare.commit()
        return Response(status_code=204)

    return app


if __name__ == "__main__":
    serve(create_app(settings.settings().database_url), arguments())
