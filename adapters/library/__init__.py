"""The library (规则库): a jurisdiction's folder read as values. Nothing here knows the engine or the database."""

from adapters.library.coverage import coverage
from adapters.library.holidays import calendar, notice
from adapters.library.references import check
from adapters.library.texts import Unreadable, from_yaml
from adapters.library.versions import bundle, codes, digest, files_of, inspect, load, read

__all__ = [
    "Unreadable", "bundle", "calendar", "check", "codes", "coverage", "digest",
    "files_of", "from_yaml", "inspect", "load", "notice", "read",
]  # fmt: skip
