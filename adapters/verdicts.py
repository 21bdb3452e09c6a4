"""What the publish gate let pass before (检查结论), kept in the virtual environment, so that nothing is checked twice without need.

A verdict is of exact contents by an exact gate: its key is a digest of every file of the rule set, of our sources, of Python and of the
installed packages. What is not on record is checked. Nothing is kept outside a virtual environment, or where it cannot be written.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import os
import sys
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

_PACKAGES = ("domain", "adapters", "tasks")  #: whatever the gate may call
_NAME = "checked-rules.txt"
_LINES = 100


def shared() -> Path | None:
    """The record of this virtual environment; None outside of one."""
    return Path(sys.prefix) / _NAME if sys.prefix != sys.base_prefix else None


class Verdicts:
    """The record at `path`; without a path it knows nothing and keeps nothing."""

    def __init__(self, path: Path | None) -> None:
        """Read the record; one that cannot be read knows nothing."""
        self._path = path
        self._known: list[str] = []
        if path is not None:
            with contextlib.suppress(OSError, UnicodeDecodeError):
                self._known = path.read_text("ascii").split()

    def passed(self, code: str, files: Mapping[str, bytes]) -> bool:
        """Whether this gate found no error in exactly these files."""
        return bool(self._known) and key(code, files) in self._known

    def keep(self, passed: Iterable[tuple[str, Mapping[str, bytes]]]) -> None:
        """Remember rule sets in which the gate found no error."""
        new = [one for one in (key(code, files) for code, files in passed) if one not in self._known]
        if self._path is None or not new:
            return
        self._known = [*self._known, *new][-_LINES:]
        beside = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        with contextlib.suppress(OSError):
            beside.write_text("\n".join(self._known) + "\n", "ascii")
            beside.replace(self._path)


def key(code: str, files: Mapping[str, bytes]) -> str:
    """Digest of every file, scenarios too, and of the gate that looks at them."""
    total = hashlib.sha256(f"{gate()} {code}\n".encode())
    for path in sorted(files):
        total.update(f"{len(path.encode())}:{path}:".encode() + hashlib.sha256(files[path]).digest())
    return total.hexdigest()


@cache
def gate() -> str:
    """Digest of all that decides what the gate says: our sources, Python, the installed packages."""
    total = hashlib.sha256(sys.version.encode())
    total.update("\n".join(sorted({f"{one.name}=={one.version}" for one in importlib.metadata.distributions()})).encode())
    home = Path(__file__).parents[1]
    for package in _PACKAGES:
        for path in sorted((home / package).rglob("*")):
            if path.is_file() and path.parent.name != "__pycache__":
                total.update(f"\n{path.relative_to(home).as_posix()}:".encode() + hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()
