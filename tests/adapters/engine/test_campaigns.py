"""The long campaigns, for `make prove`."""

from __future__ import annotations

import pytest

from chaos import fuzz_diagrams, random_processes


@pytest.mark.prove
def test_three_thousand_random_processes() -> None:
    _, wrong = random_processes.campaign(3_000, 100_000)
    assert wrong == []


@pytest.mark.prove
@pytest.mark.parametrize(("paths", "count"), [(fuzz_diagrams.DIAGRAMS, 10_000), (fuzz_diagrams.TABLES, 3_000)], ids=["diagrams", "tables"])
def test_thousands_of_damaged_files(paths: tuple[str, ...], count: int) -> None:
    seen, _, wrong = fuzz_diagrams.campaign(paths, count, 100_000)
    assert wrong == []
    assert seen["refused"] > count / 10
