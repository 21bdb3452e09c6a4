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
def test_every_step_has_its_office_and_documents_written_apart(code: str) -> None:
    """What nobody wrote down beside the diagram, no story can hold against it."""
    duties = theatre(code, "").duties
    ruleset = library.load(SHIPPED, code)
    own = [one for one in ruleset.procedures.values() if one.file.startswith(f"{code}/")]
    steps = {f"{one.file}#{key}": key for one in own for key, element in one.elements.items() if element.kind == "userTask"}
    needed = {material for duty in duties.values() for material in duty.needs}

    assert [place for place, step in steps.items() if step not in duties] == []
    assert {office for duty in duties.values() for office in duty.by} <= ruleset.offices.keys()
    assert needed <= ruleset.materials.keys()


@pytest.mark.parametrize("code", library.codes(SHIPPED))
def test_every_clause_says_what_it_is_about(code: str) -> None:
    assert [one.id for one in library.load(SHIPPED, code).catalogue if not one.topic] == []


@pytest.mark.parametrize("code", library.codes(SHIPPED))
def test_every_clause_is_drawn_and_proven_or_explained(code: str) -> None:
    found = coverage.of(SHIPPED, code)

    assert not found.gaps, "\n".join(found.gaps)
