"""The guides say what is true: every name of the system is explained, every name they mention exists, the example in them runs."""

from __future__ import annotations

import ast
import inspect
import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement

from adapters import library, settings
from adapters.engine import functions, vocabulary
from tasks import facts, operations

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
    found = re.findall(r"^`(demo/[^`]+)`\n```\w+\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
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


def test_the_example_is_a_rule_set() -> None:
    files = example()
    assert {path.rpartition(".")[2] for path in files} == {"yaml", "json", "dmn", "bpmn"}
    assert [finding.line() for finding in library.inspect(files, "demo")] == []
    ruleset = library.read(files, "demo")
    assert ruleset.procedures["demo_intake"].elements["office_review"].clauses == ("DM-07-review",)


def commands() -> set[str]:
    """Sub-commands that the command line knows."""
    tree = ast.parse((ROOT / "deployments/cli.py").read_text("utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
    named = [
        call.args[0] for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr in ("add_parser", "command") and call.args
    ]
    return {arg.value for arg in named if isinstance(arg, ast.Constant) and isinstance(arg.value, str)}


def test_every_setting_is_explained_and_none_is_invented() -> None:
    rows = dict(re.findall(r"^\| `([A-Z][A-Z0-9_]+)` \|([^|]*)\|", REFERENCE, re.MULTILINE))
    assert set(rows) == {one.name for one in settings.VARIABLES}
    for one in settings.VARIABLES:
        assert rows[one.name].strip(" `") == one.default, f"{one.name}: the guide gives another default"


def test_every_command_is_explained_and_none_is_invented() -> None:
    assert commands()
    assert commands() <= set(re.findall(r"`lianshen ([a-z][a-z-]*)", REFERENCE))
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
