"""The shape of the house: imports point down, names are ours, law stays in data, files stay small and say what they are."""

from __future__ import annotations

import ast
import importlib.metadata
import importlib.util
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from tests import issued_texts

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("domain", "tasks", "adapters", "flows", "web", "deployments")
ENTRIES = {
    *PACKAGES, "bpmn", "tests", "docs", "benchmarks", "chaos",
    ".ci", ".gitignore", "CHANGELOG.md", "Makefile", "README.md", "pyproject.toml", "requirements.lock",
}  # fmt: skip
LONGEST = 400
LONG_FILES: dict[str, str] = {}  # path → why it may be longer
PLACES = r"jinjiang|jiangxi|yeji|quzhou|zunyi|锦江|江西|叶集|衢州|遵义"
CLAUSE_SOURCE = re.compile(r'(""".*|#.*)(JJ|JX|YJ|QZ|ZY)-')


def tracked(*patterns: str) -> list[Path]:
    """Files under version control, those just written included, those removed or ignored not."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *patterns]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout.decode()
    return sorted({ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()})


def ours(*patterns: str) -> list[str]:
    """The same as paths within the repository, for readable parameters and messages."""
    return [path.relative_to(ROOT).as_posix() for path in tracked(*patterns)]


def lines(*patterns: str) -> list[tuple[str, str]]:
    """(path:line, text) of every text line of the named files."""
    found = []
    for path in tracked(*patterns):
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue
        found += [(f"{path.relative_to(ROOT).as_posix()}:{number}", line) for number, line in enumerate(text.splitlines(), 1)]
    return found


def test_imports_point_down() -> None:
    """The contracts stand in pyproject.toml; see docs/decisions/0001."""
    command = [Path(sys.executable).with_name("lint-imports"), "--no-logo", "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 broken" in done.stdout


@pytest.mark.parametrize("package", PACKAGES)
def test_package_names_are_ours_alone(package: str) -> None:
    """Short names such as `flows` are only safe while no installed distribution brings the same ones."""
    owners = set(importlib.metadata.packages_distributions().get(package, []))
    assert owners <= {"lianshen"}, f"{package} also belongs to {owners}"
    spec = importlib.util.find_spec(package)
    assert spec is not None
    assert spec.origin == str(ROOT / package / "__init__.py")


def test_packages_are_the_same_everywhere() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]
    assert set(settings["hatch"]["build"]["targets"]["wheel"]["packages"]) == {*PACKAGES, "bpmn"}
    assert set(settings["importlinter"]["root_packages"]) == set(PACKAGES)
    assert set(settings["mypy"]["files"]) == set(PACKAGES)


def test_only_known_entries_at_the_top() -> None:
    strange = {name.partition("/")[0] for name in ours()} - ENTRIES
    assert not strange, f"new at the top of the repository: {strange}"


def test_the_law_is_data() -> None:
    """bpmn/ holds no Python, and no Python of ours names a jurisdiction: another region is another folder."""
    assert not ours("bpmn/*.py")
    named = [
        f"{place}: {line.strip()}"
        for place, line in lines(*(f"{package}/*.py" for package in PACKAGES))
        if re.search(PLACES, line) and not CLAUSE_SOURCE.search(line)
    ]
    assert not named, "\n".join(named)


def test_every_jurisdiction_is_watched() -> None:
    """A new folder in bpmn/ joins the list of names that Python must not know."""
    folders = {path.parent.name for path in tracked("bpmn/*/region.yaml") if path.parent.parent.name == "bpmn"}
    assert folders
    assert all(re.search(PLACES, name) for name in folders)


def test_modules_are_small_and_say_what_they_are() -> None:
    faults = []
    for path in tracked("*.py"):
        name, source = path.relative_to(ROOT).as_posix(), path.read_text("utf-8")
        length = len(source.splitlines())
        if length > LONGEST and name not in LONG_FILES:
            faults.append(f"{name} has {length} lines: would it read better as two nouns?")
        if source.strip() and not ast.get_docstring(ast.parse(source)):
            faults.append(f"{name} has no docstring")
    assert not faults, "\n".join(faults)


# One letter of each word stands in brackets, so that these lines do not find themselves.


def test_nothing_is_put_off_or_passed_over() -> None:
    words = r"(#|//|<!--).*\b([T]ODO|[F]IXME|[X]XX)\b|assert [T]rue\b|unittest\.[m]ock|pytest\.(mark\.)?([s]kip|[x]fail|importor[s]kip)"
    found = [f"{place}: {line.strip()}" for place, line in lines("*.py", "*.js", "*.html", "Makefile", ".ci/*") if re.search(words, line)]
    assert not found, "\n".join(found)


def test_every_silenced_warning_has_a_reason() -> None:
    """`[code]  # why` or `: CODE  # why` follows each marker; a bare one hides the next mistake too."""
    marker = re.compile(r"# *(type: *[i]gnore|[n]oqa)(.*)")
    reasoned = re.compile(r"(\[[\w, -]+\]|: *[A-Z]+\d+(, *[A-Z]+\d+)*) +(# |- )\S.{5,}")
    silenced = [(place, match) for place, line in lines("*.py") if (match := marker.search(line))]
    bare = [f"{place}: {match[0]}" for place, match in silenced if not reasoned.match(match[2])]
    assert not bare, "\n".join(bare)


def test_no_machine_and_no_registry_is_named() -> None:
    """What stands here works on every machine: no absolute path of one of them, no address of a package registry."""
    machines = r"(^|[^a-zA-Z0-9._-])/([w]ork|[f]arm|[r]oot|[h]ome/[a-z]+)/"
    registries = r"[p]ypi\.(org|python)|[p]ythonhosted|[r]egistry\.npm|[n]pmmirror|[t]una\.tsinghua|[i]ndex-url|[f]ind-links"
    found = [f"{place}: {line.strip()[:160]}" for place, line in lines() if re.search(f"{machines}|{registries}", line)]
    assert not found, "\n".join(found)


def test_no_sentence_of_an_issued_text_is_copied() -> None:
    """Clauses are told in our words (docs/编写流程.md); titles of regulations and lists of offices are facts, not sentences."""
    known = issued_texts.load()
    titles = [str(yaml.safe_load(path.read_text("utf-8"))["title"]) for path in tracked("bpmn/*/region.yaml")]
    found = []
    for path in tracked():
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue
        for title in titles:
            text = text.replace(title, "")
        found += [f"{path.relative_to(ROOT)}: {piece}" for piece in issued_texts.copied(text, known)]
    assert not found, "\n".join(found)


def test_a_copied_sentence_would_be_found() -> None:
    """The fingerprints find a copy of 30 characters wherever it begins, and nothing in a text of our own."""
    letters = "".join(chr(0x4E00 + (number * 7919) % 20000) for number in range(400))
    known = frozenset(issued_texts.chosen(letters))
    assert all(issued_texts.copied(f"前文，{letters[first : first + 30]}。", known) for first in range(370))
    assert not issued_texts.copied("采购合同签订后七个工作日内，把合同副本交办公室备案，逾期由办公室催办并记入台账。", known)
    assert len(issued_texts.load()) > 5000
