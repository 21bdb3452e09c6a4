"""`python -m adapters.engine.layout FILE...`: draw diagrams anew, in place."""

from __future__ import annotations

import sys
from pathlib import Path

from adapters.engine.layout import lay_out, overlaps


def main(names: list[str]) -> int:
    """Rewrite the files; the exit code is 1 when a finished picture has overlaps."""
    bad = 0
    for name in names:
        path = Path(name)
        picture = lay_out(path.read_bytes())
        path.write_bytes(picture)
        for line in overlaps(picture):
            bad = 1
            sys.stderr.write(f"{name}: {line}\n")
    return bad


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
