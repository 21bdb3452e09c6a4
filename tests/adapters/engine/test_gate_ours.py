"""The rule sets that ship pass their own gate, in little time."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from adapters import library
from adapters.engine.gate import Context, check

BPMN = Path(__file__).parents[3] / "bpmn"
CODES = sorted(path.parent.name for path in BPMN.glob("*/region.yaml"))


@pytest.mark.parametrize("code", CODES)
def test_a_shipped_rule_set_has_no_findings_and_is_checked_in_seconds(code: str) -> None:
    ruleset = library.load(BPMN, code)
    began = time.process_time()
    found = check(ruleset.files, Context.of(ruleset))
    assert time.process_time() - began < 10
    assert [one.line() for one in found] == []


@pytest.mark.parametrize("code", CODES)
def test_without_walks_a_whole_folder_is_read_while_somebody_types(code: str) -> None:
    ruleset = library.load(BPMN, code)
    check(ruleset.files, Context.of(ruleset), walks=False)
    began = time.process_time()
    check(ruleset.files, Context.of(ruleset), walks=False)
    assert time.process_time() - began < 1


def test_one_wrong_letter_anywhere_is_found() -> None:
    """Take each step id that a condition of ours asks for, misspell it there, and look."""
    code = CODES[0]
    ruleset = library.load(BPMN, code)
    tried = 0
    for path, data in ruleset.files.items():
        text = data.decode()
        if not path.endswith(".bpmn") or path.startswith("national/") or "decision(" not in text:
            continue
        place = text.index("decision(") + len("decision(") + (1 if text[text.index("decision(") + 9] == '"' else 6)
        wrong = {**ruleset.files, path: (text[:place] + "zz" + text[place:]).encode()}
        found = check(wrong, Context.of(ruleset), walks=False)
        assert "unknown-step" in {one.code for one in found if one.file == path}, path
        tried += 1
    assert tried > 5
