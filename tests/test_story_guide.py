"""The guide of the scenario language: every word is explained, none is invented, and what it shows can be played."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from adapters import library
from adapters.settings import SHIPPED
from tasks.scenarios import language
from tasks.scenarios.player import Theatre, play

GUIDE = (Path(__file__).resolve().parent.parent / "docs/场景语言.md").read_text("utf-8")
BLOCKS = re.findall(r"^```yaml\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
STORIES = [block for block in BLOCKS if block.startswith("title:")]
FRAGMENTS = [block for block in BLOCKS if not block.startswith("title:")]
PARTS = (language.Scenario, language.Given, language.Act, language.Expectation, language.Refused, language.NoticeLike)


def words(part: type[language.Part]) -> set[str]:
    """What an admin may write in a part."""
    return {field.alias or name for name, field in part.model_fields.items()}


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.__name__)
def test_every_word_is_explained(part: type[language.Part]) -> None:
    explained = set(re.findall(r"`([a-z_]+)(?:: true)?`", GUIDE))

    assert words(part) <= explained


def test_no_word_is_invented() -> None:
    rows = set(re.findall(r"^\| `([a-z_]+)` \|", GUIDE, re.MULTILINE))

    assert rows <= set().union(*(words(part) for part in PARTS))


@pytest.mark.parametrize("fragment", FRAGMENTS)
def test_a_fragment_can_be_read(fragment: str) -> None:
    acts = library.from_yaml(fragment.encode())

    assert [language.Act.model_validate(one) for one in acts]


@pytest.mark.parametrize("row", re.findall(r"^\| .* \| `(?:- )?([a-z_]+: .*)` \|$", GUIDE, re.MULTILINE))
def test_an_example_in_a_table_can_be_read(row: str) -> None:
    given = library.from_yaml(row.encode())

    assert any(fits(part, given) for part in (language.Act, language.Expectation, language.Given))


def fits(part: type[language.Part], given: dict[str, object]) -> bool:
    """Whether the words belong to the part; a beginning has its day, an act its verb."""
    completions: list[dict[str, object]] = [{}, {"on": "2026-03-02"}, {"do": "declare"}]
    for more in completions:
        try:
            part.model_validate({**more, **given})
        except ValueError:
            continue
        return True
    return False


def test_its_stories_come_out_as_written(tmp_path: Path) -> None:
    assert STORIES
    for story in STORIES:
        outcome = play(language.parse(story), Theatre.of(SHIPPED, "jinjiang", tmp_path))
        assert outcome.passed, outcome.differences
