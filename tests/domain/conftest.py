"""The calendar as shipped."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters import library
from domain.workdays import WorkCalendar

BPMN = Path(__file__).resolve().parents[2] / "bpmn"


@pytest.fixture(scope="session")
def national() -> WorkCalendar:
    return library.calendar(BPMN)
