"""The library (规则库): a jurisdiction's folder read as values. Nothing here knows the engine or the database."""

from adapters.library.compare import compare
from adapters.library.coverage import coverage, decisions, outcomes, rows
from adapters.library.figures import figures, topics
from adapters.library.holidays import calendar, notice
from adapters.library.listings import Listing, listing
from adapters.library.references import check
from adapters.library.skeleton import create
from adapters.library.texts import Unreadable, from_json, from_yaml, to_yaml
from adapters.library.titles import title_of
from adapters.library.versions import bundle, codes, digest, files_of, inspect, load, read
from adapters.library.words import amount, opening, period

__all__ = [
    "Listing", "Unreadable", "amount", "bundle", "calendar", "check", "codes", "compare", "coverage", "create", "decisions", "digest",
    "figures", "files_of", "from_json", "from_yaml", "inspect", "listing", "load", "notice", "opening", "outcomes", "period", "read",
    "rows", "title_of", "to_yaml", "topics",
]  # fmt: skip
