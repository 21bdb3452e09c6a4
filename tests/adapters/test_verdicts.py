"""What the gate let pass is remembered for exactly these contents and this gate, and for nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters import verdicts
from adapters.verdicts import Verdicts

FILES = {"a/region.yaml": b"name: A\n", "a/scenarios/project.yaml": b"steps: []\n"}


def test_a_verdict_outlives_the_process_that_found_it(tmp_path: Path) -> None:
    path = tmp_path / "checked"
    assert not Verdicts(path).passed("a", FILES)
    Verdicts(path).keep([("a", FILES)])
    Verdicts(path).keep([("b", FILES)])
    assert Verdicts(path).passed("a", FILES)
    assert Verdicts(path).passed("b", FILES)
    assert [one.name for one in tmp_path.iterdir()] == ["checked"]


@pytest.mark.parametrize(
    "other",
    [
        FILES | {"a/region.yaml": b"name: B\n"},
        FILES | {"a/scenarios/project.yaml": b"steps: [1]\n"},
        FILES | {"a/more.dmn": b""},
        {"a/region.yaml": FILES["a/region.yaml"]},
    ],
)
def test_other_contents_have_no_verdict(tmp_path: Path, other: dict[str, bytes]) -> None:
    Verdicts(tmp_path / "checked").keep([("a", FILES)])
    assert not Verdicts(tmp_path / "checked").passed("a", other)
    assert not Verdicts(tmp_path / "checked").passed("b", FILES)


def test_another_gate_asks_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Verdicts(tmp_path / "checked").keep([("a", FILES)])
    home = tmp_path / "program"
    for package in ("domain", "adapters", "tasks"):
        (home / package).mkdir(parents=True)
    monkeypatch.setattr(verdicts, "__file__", str(home / "adapters" / "verdicts.py"))
    seen = set()
    for words in (None, "x = 1\n", "x = 2\n"):
        if words is not None:
            (home / "domain" / "law.py").write_text(words)
        verdicts.gate.cache_clear()
        seen.add(verdicts.gate())
        assert not Verdicts(tmp_path / "checked").passed("a", FILES)
    verdicts.gate.cache_clear()
    assert len(seen) == 3


def test_a_record_that_cannot_be_read_or_written_knows_nothing(tmp_path: Path) -> None:
    (tmp_path / "broken").write_bytes(b"\xff\xfe")
    (tmp_path / "folder").mkdir()
    for path in (None, tmp_path / "broken", tmp_path / "folder", tmp_path / "nowhere" / "checked"):
        assert not Verdicts(path).passed("a", FILES)
    for path in (None, tmp_path / "folder", tmp_path / "nowhere" / "checked"):
        Verdicts(path).keep([("a", FILES)])
        assert not Verdicts(path).passed("a", FILES)
