"""Every story of every jurisdiction, played twice: straight, and with everything cached forgotten before each act, as after restarts."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import pytest

from adapters import library
from adapters.settings import SHIPPED
from tasks import coverage
from tasks.scenarios.language import parse
from tasks.scenarios.player import Theatre, play

STORIES = sorted(path for path in SHIPPED.glob("*/scenarios/*.yaml") if not path.name.startswith("_"))


@lru_cache
def theatre(code: str, folder: str) -> Theatre:
    return Theatre.of(SHIPPED, code, Path(folder))


def name(path: Path) -> str:
    return f"{path.parent.parent.name}/{path.stem}"


@pytest.mark.parametrize("reload", [False, True], ids=["straight", "reloaded"])
@pytest.mark.parametrize("path", STORIES, ids=name)
def test_a_story_comes_out_as_written(path: Path, reload: bool, tmp_path_factory: pytest.TempPathFactory) -> None:
    # given
    scenario = parse(path.read_text("utf-8"), path.name)
    folder = tmp_path_factory.getbasetemp() / "attachments"

    # when
    outcome = play(scenario, theatre(path.parent.parent.name, str(folder)), reload=reload)

    # then
    assert outcome.passed, "\n".join([scenario.title, *outcome.lines, *outcome.differences])


@pytest.mark.parametrize("code", library.codes(SHIPPED))
def test_every_clause_is_drawn_and_proven_or_explained(code: str) -> None:
    found = coverage.of(SHIPPED, code)

    assert not found.gaps, "\n".join(found.gaps)
