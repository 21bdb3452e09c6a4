"""The built front end (浏览器端文件): where it lies, and whether it is there. Imports nothing, as a start asks before anything else."""

from __future__ import annotations

from pathlib import Path

STATIC = Path(__file__).parent / "static"


def missing() -> str:
    """Why pages would look bare; empty when the front end was built."""
    names = [name for name in ("main.css", "main.js") if not (STATIC / name).exists()]
    return f"缺少浏览器端文件 {'、'.join(names)}（{STATIC}），请先运行 make setup。" if names else ""
