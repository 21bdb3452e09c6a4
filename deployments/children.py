"""Processes that `lianshen serve` starts, watches, and stops: none outlives it, however it ends."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

PATIENCE = 10.0  #: seconds a child has to end by itself
PAUSES = (1.0, 2.0, 5.0, 10.0, 30.0)  #: seconds before it is started again
CALM = 120.0  #: a child that lived this long has recovered
_DIE_WITH_PARENT = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


@dataclass
class Child:
    """One process with its own session, so that Ctrl-C reaches us only; its words go to a file."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    begun: float = 0.0
    falls: int = 0
    again_at: float | None = field(default=None)

    def start(self) -> None:
        """Start it. Call from the main thread: the child dies with the thread that started it."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as words:
            self.process = subprocess.Popen(
                self.command,
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=words,
                stderr=words,
                start_new_session=True,
                preexec_fn=_die_with_parent,  # one system call
            )
        self.begun, self.again_at = time.monotonic(), None

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self.process is not None and self.process.poll() is None

    def watch(self) -> str | None:
        """Start it again when it fell. Answers a line when something happened. Raises ChildFailed when it keeps falling."""
        if self.alive:
            return None
        if self.again_at is None:
            status = self.process.returncode if self.process else None
            self.falls = 0 if time.monotonic() - self.begun > CALM else self.falls + 1
            if self.falls > len(PAUSES):
                raise ChildFailed(f"{self.name}反复退出（状态 {status}）。原因见 {self.log}")
            pause = PAUSES[max(self.falls - 1, 0)]
            self.again_at = time.monotonic() + pause
            return f"{self.name}意外退出（状态 {status}），{pause:g} 秒后重新启动。日志：{self.log}"
        if time.monotonic() < self.again_at:
            return None
        self.start()
        return f"{self.name}已重新启动。"

    def ask_to_stop(self) -> None:
        """Ask politely."""
        self._signal(signal.SIGTERM)

    def stop(self, until: float) -> None:
        """Wait for its end until then, or end it and everything it started."""
        if self.process is None:
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(max(0.1, until - time.monotonic()))
        self._signal(signal.SIGKILL)
        self.process.wait()

    def _signal(self, number: signal.Signals) -> None:
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, number)

    def last_words(self, count: int = 5) -> str:
        """The end of its log, for people who have to find out."""
        try:
            return "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-count:])
        except OSError:
            return ""


class ChildFailed(Exception):
    """A process that we cannot do without does not stay up."""


def stop_all(children: Sequence[Child], patience: float = PATIENCE) -> None:
    """Stop them together, the last started first."""
    until = time.monotonic() + patience
    for child in reversed(children):
        child.ask_to_stop()
    for child in reversed(children):
        child.stop(until)


def _die_with_parent() -> None:
    if _libc is not None:
        _libc.prctl(_DIE_WITH_PARENT, signal.SIGTERM)
