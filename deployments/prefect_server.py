"""How our Prefect server runs: on the loopback, with its own password, nothing sent out, everything it keeps in the data folder.

The environment made here serves the server and its clients alike. It must be in place before `prefect` is imported.
"""

from __future__ import annotations

import base64
import contextlib
import importlib.metadata
import os
import secrets
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from adapters.settings import Settings

USER = "admin"
HOST = "127.0.0.1"
DATABASE = "PREFECT_SERVER_DATABASE_CONNECTION_URL"
KEPT = ("PREFECT_SERVER_", "PREFECT_LOGGING_", "PREFECT_WORKER_")  #: what an operator may say besides; all other PREFECT_ names are ours


@dataclass(frozen=True, slots=True)
class Console:
    """The Prefect server of one data folder."""

    home: Path
    port: int

    @classmethod
    def of(cls, settings: Settings) -> Console:
        """As the settings say."""
        return cls(settings.data.resolve() / "prefect", settings.prefect_port)

    @property
    def url(self) -> str:
        """Where operators look."""
        return f"http://{HOST}:{self.port}"

    @property
    def password_file(self) -> Path:
        """Readable by the account that runs the system only."""
        return self.home / "password"

    def prepare(self) -> bool:
        """Make the folder, its secrets, and its database when set-up has an empty one. True the first time."""
        self.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        if DATABASE not in os.environ:
            _empty_database(self.home / "prefect.db")
        new = _secret(self.password_file, secrets.token_urlsafe(18))
        _secret(self.home / "encryption.key", base64.urlsafe_b64encode(secrets.token_bytes(32)).decode())
        return new

    @property
    def password(self) -> str:
        """What operators type, after `admin:`."""
        return self.password_file.read_text("utf-8").strip()

    def environment(self, around: Mapping[str, str]) -> dict[str, str]:
        """`around` with what the server and its clients need."""
        login = f"{USER}:{self.password}"
        ours = {
            "PREFECT_HOME": str(self.home),
            "PREFECT_API_URL": f"{self.url}/api",
            "PREFECT_API_AUTH_STRING": login,
            "PREFECT_SERVER_API_AUTH_STRING": login,
            "PREFECT_SERVER_API_HOST": HOST,
            "PREFECT_SERVER_API_PORT": str(self.port),
            "PREFECT_SERVER_ENCRYPTION_KEY": (self.home / "encryption.key").read_text("utf-8").strip(),
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "PREFECT_SERVER_EPHEMERAL_ENABLED": "false",
            "PREFECT_SERVER_UI_V2_ENABLED": "false",  # version 2 calls out on every page
            "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
            "PREFECT_UI_STATIC_DIRECTORY": str(self.home / "pages"),
            "DO_NOT_TRACK": "1",
            "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",
        }
        usual = {
            # a run that was lost frees its place after minutes, also when the server died with it
            "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
            "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
            "PREFECT_SERVER_LOG_RETRYABLE_ERRORS": "true",
            "PREFECT_WORKER_QUERY_SECONDS": "5",
            "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "ERROR",
        }
        rest = {name: value for name, value in around.items() if not name.startswith("PREFECT_") or name.startswith(KEPT)}
        return {**usual, **rest, **ours}

    def command(self) -> list[str]:
        """What starts the server."""
        return [sys.executable, "-m", "prefect", "server", "start", "--host", HOST, "--port", str(self.port)]


def template() -> Path:
    """The empty database that `python -m deployments.prefect_template` makes in the virtual environment, for this version of Prefect."""
    return Path(sys.prefix) / f"prefect-{importlib.metadata.version('prefect')}.db"


def _empty_database(path: Path) -> None:
    """Spares the first start the hundred migrations of Prefect; without a template Prefect makes its own database."""
    if path.exists():
        return
    beside = path.with_suffix(".new")
    with contextlib.suppress(OSError):
        shutil.copyfile(template(), beside)
        beside.replace(path)


def _secret(path: Path, value: str) -> bool:
    """Keep a secret for ourselves only; False when there is one."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(value + "\n")
    return True
