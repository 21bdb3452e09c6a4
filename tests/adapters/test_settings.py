"""What the environment says."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters import library, settings


def test_an_empty_environment_runs_a_demo() -> None:
    found = settings.read({})
    assert found.database_url == "sqlite:///data/lianshen.db"
    assert found.data == Path("data")
    assert library.codes(found.bpmn)
    assert settings.read({one.name: "  " for one in settings.VARIABLES}) == found


def test_everything_can_be_said(tmp_path: Path) -> None:
    data = str(tmp_path / "资料")
    found = settings.read({"LIANSHEN_DATA": data, "LIANSHEN_BPMN": str(tmp_path), "LIANSHEN_URL": "https://shenpi.example.gov.cn/"})
    assert found.database_url == f"sqlite:///{data}/lianshen.db"
    assert (found.bpmn, found.url) == (tmp_path, "https://shenpi.example.gov.cn")
    assert settings.read({"DATABASE_URL": "postgresql+psycopg://u@h/d"}).database_url == "postgresql+psycopg://u@h/d"


@pytest.mark.parametrize(
    ("name", "value"), [("LIANSHEN_URL", "shenpi.example"), ("LIANSHEN_URL", "javascript:x"), ("DATABASE_URL", "a\nb")]
)
def test_nonsense_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(ValueError, match=name):
        settings.read({name: value})


def test_every_variable_is_described() -> None:
    for one in settings.VARIABLES:
        assert one.name.isupper()
        assert any("一" <= letter <= "龥" for letter in one.words)


def test_the_process_reads_its_environment_once() -> None:
    assert settings.settings() is settings.settings()
