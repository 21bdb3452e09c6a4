"""The calendar of working days (工作日历): the notices that come with the program, and those an administrator has loaded since."""

from __future__ import annotations

from pathlib import Path

from adapters import library
from adapters.settings import settings
from domain.holidays import WorkCalendar


def folder() -> Path:
    """Where loaded notices are kept: in the data folder, which is backed up with the database."""
    return settings().data / "holidays"


def current() -> WorkCalendar:
    """The calendar in force."""
    return library.calendar(settings().bpmn, folder())
