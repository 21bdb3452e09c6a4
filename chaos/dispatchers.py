"""Dispatchers to be killed: `python -m chaos.dispatchers DATABASE PARTNER`. Each line read forks one more; its id is printed.

Everything is imported before the fork, so that a kill hits the work and not the start. A line says how many minutes their clock is ahead of
ours; `alone` lets it run ahead by itself when there is nothing to do, since a pause may last hours.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from datetime import datetime, timedelta
from typing import NoReturn

from adapters import clock
from adapters.database import open_database
from adapters.notifier import Sms
from domain.errors import Conflict
from tasks import notices

BASE = datetime(2026, 3, 2, 9, 0, tzinfo=clock.SHANGHAI)


def dispatch(url: str, partner: str, ahead: float, *, alone: bool) -> NoReturn:
    """Deliver what is due, again and again, until killed."""
    database = open_database(url, pool_size=1)
    channel = Sms(url=f"{partner}?pid={os.getpid()}", secret="chaos", allowed=(partner.rpartition("/")[0],), deadline=2.0)
    begun = time.monotonic()
    while True:
        now = BASE + timedelta(minutes=ahead, seconds=time.monotonic() - begun)
        with contextlib.suppress(Conflict):  # somebody else holds on for too long; the next turn comes soon
            done = notices.deliver(database, now=now, channels={notices.SMS: channel})
            if alone and not done.lines:
                ahead += 5
        time.sleep(0.01)


def main(url: str, partner: str) -> None:
    """Fork one dispatcher for each line."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the dead need nobody to wait for them
    print("ready", flush=True)
    for line in sys.stdin:
        ahead, _, alone = line.strip().partition(" ")
        child = os.fork()
        if child == 0:
            dispatch(url, partner, float(ahead), alone=bool(alone))
        print(child, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
