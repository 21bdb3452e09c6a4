"""Ids of rows: made here and nowhere else."""

from __future__ import annotations

import os
import threading
import time

_making = threading.Lock()
_last = 0


def new() -> str:
    """A new id, 32 hex digits: half of it time, half of it chance.

    Rows of one moment stay in the order in which they were made, and indexes grow at their end.
    """
    global _last
    with _making:
        _last = max(time.time_ns(), _last + 1)
        return f"{_last:016x}{os.urandom(8).hex()}"
