"""An empty database of Prefect for first starts: `python -m deployments.prefect_template`, run by set-up.

Prefect's own migrations take six seconds of a processor, the same for every installation. A copy saves them.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from deployments.prefect_server import DATABASE, Console, template


def make(path: Path) -> None:
    """Put a database with every migration and no content at `path`. Raises CalledProcessError, and then leaves what was there."""
    with tempfile.TemporaryDirectory(prefix="prefect-", dir=path.parent) as folder:
        made = Path(folder) / "new.db"
        around = {**os.environ, DATABASE: f"sqlite+aiosqlite:///{made}"}
        console = Console(Path(folder), 1)
        console.prepare()
        subprocess.run(
            [sys.executable, "-m", "prefect", "server", "database", "upgrade", "--yes"],
            env=console.environment(around),
            check=True,
            stdout=subprocess.DEVNULL,
        )
        made.replace(path)


if __name__ == "__main__":
    make(template())
