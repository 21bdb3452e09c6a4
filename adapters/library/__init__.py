"""The library (规则库): a jurisdiction's folder read as values. Nothing here knows the engine or the database."""

from adapters.library.holidays import calendar, notice
from adapters.library.texts import Unreadable, from_yaml
from adapters.library.versions import bundle, codes, digest, files_of, inspect, load, read

__all__ = ["Unreadable", "bundle", "calendar", "codes", "digest", "files_of", "from_yaml", "inspect", "load", "notice", "read"]
