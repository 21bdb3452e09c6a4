"""A process that runs one round's flow, to be killed in the middle. Started by `test_flows`: moment, jurisdiction, round."""

from __future__ import annotations

import asyncio
import sys
from datetime import datetime

from adapters import clock
from flows.rounds import open_round

if __name__ == "__main__":
    clock.move(datetime.fromisoformat(sys.argv[1]))
    print(asyncio.run(open_round.fn(sys.argv[2], sys.argv[3])), flush=True)
