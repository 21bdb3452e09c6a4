"""The people's door (网页): one application over `tasks/`. Every rule lives below; here are addresses, pages and who may knock."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from adapters.database import Database
from adapters.files import FileStore
from adapters.settings import Settings
from web import (
    accounts,
    cases,
    chases,
    drafting,
    drafts,
    editor,
    errors,
    inbox,
    incidents,
    items,
    ledger,
    materials,
    overrides,
    people,
    projects,
    reach,
    registers,
    rulebook,
    takeover,
    trying,
    versions,
    workdays,
)
from web.context import House
from web.front_end import STATIC
from web.guard import Guard
from web.identity import SameSite


def create_app(database: Database, store: FileStore, settings: Settings) -> FastAPI:
    """The application over an open database. It starts no thread and no timer of its own."""
    app = FastAPI(title="联审", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.house = House(database, store, settings)
    business = (accounts, inbox, items, materials, cases, projects, rulebook, overrides, ledger, chases, reach, workdays)
    for part in (*business, incidents, people, registers, takeover, drafts, drafting, editor, trying, versions):
        app.include_router(part.router)
    app.mount("/static", _Built(directory=STATIC, check_dir=False), name="static")
    errors.install(app)
    app.add_middleware(SameSite)
    app.add_middleware(Guard, secure=app.state.house.secure)
    app.add_middleware(GZipMiddleware, minimum_size=1024)
    return app


class _Built(StaticFiles):
    """The built front end: what carries a hash in its name is kept for a year."""

    def file_response(self, full_path: str | Path, *args: object, **kwargs: object) -> Response:  # type: ignore[override]  # passed on as they are
        answer: Response = super().file_response(full_path, *args, **kwargs)  # type: ignore[arg-type]  # passed on as they are
        lasting = Path(full_path).name.startswith("chunk-")
        answer.headers["cache-control"] = "public, max-age=31536000, immutable" if lasting else "public, max-age=300"
        return answer
