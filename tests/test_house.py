"""The house stands: the lock is exact and complete, what we import is declared, and a Prefect server starts with these pins."""

from __future__ import annotations

import ast
import importlib.metadata
import os
import re
import signal
import socket
import subprocess
import sys
import time
import tomllib
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
PACKAGES = ("domain", "tasks", "adapters", "flows", "web", "deployments")
LOCK = (ROOT / "requirements.lock").read_text("utf-8")
PIN = re.compile(r"([A-Za-z0-9._-]+)==(\S+)")


def pins() -> dict[str, str]:
    """Package → exact version, as the lock says."""
    lines = [line for line in LOCK.splitlines() if line and not line.startswith("#")]
    found = [PIN.fullmatch(line) for line in lines]
    strange = [line for line, match in zip(lines, found, strict=True) if match is None]
    assert not strange, f"requirements.lock holds names and versions only, no addresses, hashes or markers: {strange}"
    return {canonicalize_name(match[1]): match[2] for match in found if match}


def declared() -> list[Requirement]:
    """What pyproject.toml asks for, with the tools."""
    return [Requirement(one) for one in [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["dev"]]]


def test_the_lock_says_how_it_is_renewed() -> None:
    assert "make lock" in LOCK.splitlines()[0]
    assert "\nlock:" in (ROOT / "Makefile").read_text("utf-8")


def test_the_lock_satisfies_what_the_project_asks_for() -> None:
    locked = pins()
    for one in declared():
        assert one.specifier.contains(locked[canonicalize_name(one.name)]), f"{one}: run make lock"


def test_the_lock_is_closed() -> None:
    """`make setup` installs without resolving, so every requirement of every package must be in the lock itself."""
    locked = pins()
    gaps = []
    for name in sorted(locked):
        for text in importlib.metadata.requires(name) or []:
            need = Requirement(text)
            if need.marker is not None and not need.marker.evaluate({"extra": ""}):
                continue
            version = locked.get(canonicalize_name(need.name))
            if version is None or not need.specifier.contains(version, prereleases=True):
                gaps.append(f"{name} needs {need}, the lock has {version}")
    assert not gaps, gaps


def test_this_environment_is_the_lock() -> None:
    installed = {name: importlib.metadata.version(name) for name in pins()}
    assert installed == pins(), "locked and installed versions differ, run make setup"


def test_every_import_is_declared() -> None:
    """A package that only comes along with another one may be gone tomorrow, so what we import we also ask for."""
    owners = importlib.metadata.packages_distributions()
    asked = {canonicalize_name(Requirement(one).name) for one in PROJECT["dependencies"]}
    undeclared = set()
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            for name in imported(path) - set(sys.stdlib_module_names) - set(PACKAGES):
                if not asked & {canonicalize_name(owner) for owner in owners.get(name, [])}:
                    undeclared.add(f"{path.relative_to(ROOT)}: {name}")
    assert not undeclared


def test_the_wheel_carries_program_and_law(tmp_path: Path) -> None:
    """What an office installs from a wheel is complete, and holds neither tests nor tools."""
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path], cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {name.partition("/")[0] for name in names} == {*PACKAGES, "bpmn", f"lianshen-{PROJECT['version']}.dist-info"}
    folders = {path.parent.name for path in ROOT.glob("bpmn/*/*.bpmn")}
    assert folders
    assert folders == {name.split("/")[1] for name in names if re.fullmatch(r"bpmn/[^/]+/[^/]+\.bpmn", name)}


def imported(path: Path) -> set[str]:
    """Top-level names that a module imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names.add(node.module.partition(".")[0])
    return names


def test_prefect_server_starts_and_stops(tmp_path: Path) -> None:
    """`prefect.server` of 3.8 fails at import with FastAPI 0.151 or newer, so the pins are tried as a running server."""
    with prefect_server(tmp_path) as (process, port):
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=10, trust_env=False) as client:
            wait_until_healthy(client, process, tmp_path)
            assert client.get("/api/admin/version").json() == importlib.metadata.version("prefect")
            made = client.post("/api/flows/", json={"name": "催办到期事项"})
            assert made.status_code == 201, made.text
            assert client.get(f"/api/flows/{made.json()['id']}").json()["name"] == "催办到期事项"
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0, "the server still listens after its stop"


@contextmanager
def prefect_server(home: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """A Prefect server of its own: own database, own copy of the pages, nothing sent out."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")} | {
        "HOME": str(home),
        "PREFECT_HOME": str(home / "prefect"),
        "PREFECT_UI_STATIC_DIRECTORY": str(home / "pages"),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_UI_V2_ENABLED": "false",
        "DO_NOT_TRACK": "1",
    }
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)]
    with (home / "server.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=home, env=environment, stdout=log, stderr=log, start_new_session=True)
        try:
            yield process, port
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def wait_until_healthy(client: httpx.Client, process: subprocess.Popen[bytes], home: Path, *, seconds: float = 180) -> None:
    """Return when the server answers; a server that died or stays silent fails the test with its log."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and process.poll() is None:
        try:
            if client.get("/api/health").json() is True:
                return
        except httpx.TransportError:
            time.sleep(0.3)
    raise AssertionError(f"no healthy server (exit status {process.poll()}):\n{(home / 'server.log').read_text('utf-8')[-4000:]}")
