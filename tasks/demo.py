"""The demonstration (演示): one story of a jurisdiction, told step by step with date, office, clause and notice, in a temporary database.

A demonstration is a scenario file marked by its name: `scenarios/demo-<story>.yaml`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from domain.errors import NotFound
from tasks.scenarios.language import parse
from tasks.scenarios.player import Theatre, play
from tasks.scenarios.stage import Outcome

PREFIX = "demo-"


def stories(root: Path, code: str) -> dict[str, Path]:
    """Story name → file."""
    return {path.stem.removeprefix(PREFIX): path for path in sorted((root / code / "scenarios").glob(f"{PREFIX}*.yaml"))}


def run(root: Path, code: str, story: str, say: Callable[[str], None]) -> Outcome:
    """Play a story aloud. Raises NotFound when the jurisdiction has none of that name."""
    known = stories(root, code)
    if story not in known:
        raise NotFound(f"地区 {code} 没有名为“{story}”的演示。", todo=f"可选：{'、'.join(known) or '无'}。")
    with TemporaryDirectory() as folder:
        theatre = Theatre.of(root, code, Path(folder))
        scenario = parse(known[story].read_text("utf-8"), known[story].name)
        say(f"{scenario.title}\n依据 {theatre.ruleset.standing(None, scenario.given.on)}")
        return play(scenario, theatre, say=say, aloud=True)
