"""The guides say what is true: every name of the system is explained, every name they mention exists, the example in them runs."""

from __future__ import annotations

import argparse
import inspect
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from adapters import settings
from adapters.engine import functions, vocabulary
from deployments import cli
from tasks import facts, operations, versions
from tasks.scenarios.language import parse
from tasks.scenarios.player import Theatre, play

ROOT = Path(__file__).resolve().parent.parent
GUIDE = (ROOT / "docs/编写流程.md").read_text("utf-8")
README = (ROOT / "README.md").read_text("utf-8")
REFERENCE = (ROOT / "docs/命令与设置.md").read_text("utf-8")
PAGES = {path: path.read_text("utf-8") for path in [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]}
DECISIONS = sorted((ROOT / "docs/decisions").glob("*.md"))


def table(name: str) -> dict[str, list[str]]:
    """The calls in a marked table of the guide: name → parameters as written."""
    part = GUIDE.partition(f"<!-- {name} -->")[2].partition(f"<!-- /{name} -->")[0]
    calls = re.findall(r"^\| `(\w+)\((.*?)\)` \|", part, re.MULTILINE)
    assert len(calls) == len(part.strip().splitlines()) - 2, "each row begins with one call"
    return {call: [one.strip() for one in parameters.split(",") if one.strip()] for call, parameters in calls}


def example() -> dict[str, bytes]:
    """The files of the example jurisdiction at the end of the guide."""
    found = re.findall(r"^`(demo/[^`]+)`[^\n]*\n```\w+\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
    return {path: text.encode() for path, text in found}


def test_every_function_is_explained_and_none_is_invented() -> None:
    assert set(table("functions")) == set(vocabulary.FUNCTIONS) | functions.NAMES


def test_functions_take_what_the_guide_says() -> None:
    for name, parameters in table("functions").items():
        if name in vocabulary.FUNCTIONS:
            assert len(parameters) == vocabulary.FUNCTIONS[name].least, f"{name}: {parameters}"


def test_every_operation_is_explained_and_none_is_invented() -> None:
    assert set(table("operations")) == set(vocabulary.OPERATIONS)


def test_operations_take_what_the_guide_says() -> None:
    for name, parameters in table("operations").items():
        known = vocabulary.OPERATIONS[name].parameters
        assert {one for one, kind in known.items() if not kind.endswith("?")} <= set(parameters) | {"clause"}, f"{name}: {parameters}"
        assert set(parameters) <= set(known), f"{name}: {parameters}"


def test_the_gate_admits_what_the_tasks_answer() -> None:
    """The vocabulary is a table in one adapter, the answers are functions in `tasks`; neither can drift from the other."""
    assert set(vocabulary.FUNCTIONS) | {"param", "today"} == set(facts.FUNCTIONS)
    assert set(vocabulary.OPERATIONS) == set(operations.REGISTRY)
    for name, operation in vocabulary.OPERATIONS.items():
        needed = [one for one, kind in operation.parameters.items() if not kind.endswith("?")]
        inspect.signature(operations.REGISTRY[name]).bind(None, None, **dict.fromkeys(needed))
        inspect.signature(operations.REGISTRY[name]).bind(None, None, **dict.fromkeys(operation.parameters))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The example as a library folder."""
    for path, text in example().items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(text)
    return tmp_path


def test_the_example_passes_the_publish_check(folder: Path) -> None:
    assert {path.suffix for path in folder.rglob("*.*")} == {".yaml", ".json", ".dmn", ".bpmn"}
    assert [finding.line() for finding in versions.check(folder, "demo")] == []


@pytest.mark.parametrize(
    ("estimate", "review", "said"), [("29.99", "office_review", "办公室审核：通过"), ("30", "meeting", "会议审定：通过")]
)
def test_the_example_tells_its_story(folder: Path, estimate: str, review: str, said: str) -> None:
    """Both sides of its threshold: the story as printed, and the same one with 30 万元 decided by the meeting."""
    text = example()["demo/scenarios/small_project.yaml"].decode()
    story = parse(text.replace("29.99", estimate).replace("office_review", review))
    outcome = play(story, Theatre.of(folder, "demo", folder / "files"))
    assert outcome.differences == []
    assert any(said in line for line in outcome.lines)


def commands() -> set[str]:
    """Sub-commands that the command line knows."""
    found = [action.choices for action in cli.parser()._actions if isinstance(action, argparse._SubParsersAction)]
    return {name for choices in found for name in choices}


def test_every_setting_is_explained_and_none_is_invented() -> None:
    rows = dict(re.findall(r"^\| `([A-Z][A-Z0-9_]+)` \|([^|]*)\|", REFERENCE, re.MULTILINE))
    assert set(rows) == {one.name for one in settings.VARIABLES}
    for one in settings.VARIABLES:
        assert rows[one.name].strip(" `") == one.default, f"{one.name}: the guide gives another default"


def test_every_command_is_explained_and_none_is_invented() -> None:
    assert commands()
    assert commands() <= set(re.findall(r"^\| `lianshen ([a-z][a-z-]*)", REFERENCE, re.MULTILINE))
    mentioned = {(path.name, name) for path, text in PAGES.items() for name in re.findall(r"lianshen ([a-z][a-z-]*)\b", text)}
    assert not {one for one in mentioned if one[1] not in commands()}


def test_every_make_target_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    mentioned = {name for text in PAGES.values() for name in re.findall(r"`?make ([a-z]+)\b", text)}
    assert "setup" in mentioned
    assert mentioned <= targets


def test_every_link_leads_somewhere() -> None:
    broken = [
        f"{path.relative_to(ROOT)} → {target}"
        for path, text in PAGES.items()
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text)
        if not target.startswith("https://") and not (path.parent / target).exists()
    ]
    assert not broken, broken


def test_every_page_is_reached_from_the_readme() -> None:
    linked = {(ROOT / target).resolve() for target in re.findall(r"\]\(([^)#\s]+)", README)}
    reports = ROOT / "docs/reports"
    lost = [path for path in PAGES if path.name != "README.md" and reports not in path.parents and path.resolve() not in linked]
    assert not lost, lost


def test_decisions_are_numbered_pages() -> None:
    assert [path.name[:4] for path in DECISIONS] == [f"{number:04}" for number in range(1, len(DECISIONS) + 1)]
    for path in DECISIONS:
        text = path.read_text("utf-8")
        assert text.startswith(f"# {path.name[:4]} ")
        assert re.findall(r"^## (.*)$", text, re.MULTILINE) == ["Context", "Decision", "Consequences", "Alternatives"], path.name
        assert len(text.splitlines()) <= 60, f"{path.name} is longer than a page"


def test_every_dependency_is_argued_for() -> None:
    """0002 names each package with the range that pyproject.toml asks for."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    rows = [line for line in DECISIONS[1].read_text("utf-8").splitlines() if line.startswith("| ")]
    for text in [*project["dependencies"], *project["optional-dependencies"]["dev"]]:
        need = Requirement(text)
        row = next((row for row in rows if re.search(rf"[|,] {re.escape(need.name)}[ ,]", row, re.IGNORECASE)), None)
        assert row is not None, f"0002 does not name {need.name}"
        ranges = set(re.findall(r"[=<>]=?[\d.]+", row))
        assert {str(one) for one in need.specifier} <= ranges, f"0002 and pyproject.toml differ: {need}"
