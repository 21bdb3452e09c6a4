"""Every example in a docstring of the rules holds."""

from __future__ import annotations

import doctest
import importlib
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from domain.workdays import WorkCalendar

MODULES = sorted(path.stem for path in (Path(__file__).resolve().parents[2] / "domain").glob("[a-z]*.py"))


@pytest.mark.parametrize("name", MODULES)
def test_examples_hold(name: str, national: WorkCalendar) -> None:
    module = importlib.import_module(f"domain.{name}")
    assert doctest.testmod(module, extraglobs={"NATIONAL": national, "date": date, "Decimal": Decimal}).failed == 0


def test_the_examples_are_found(national: WorkCalendar) -> None:
    module = importlib.import_module("domain.workdays")
    assert doctest.testmod(module, extraglobs={"NATIONAL": national}).attempted >= 7
