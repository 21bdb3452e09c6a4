"""Values that are chosen from a register (单位、系统、专家、部门): checked against it whatever the browser sent.

A unit, an office or an expert must be on the list. A system may be new, but not a registered one written otherwise: a misspelt name would
pass by what stands on record about the system (JJ-16-no-om).
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from adapters.database import people, systems
from domain.errors import InvalidAnswers

if TYPE_CHECKING:
    from tasks.acts import Act

CLOSE = 0.85  #: share of two names that agrees, from which on they may be the same name
_MARKS = re.compile(r"[\W_]+")
_NUMERALS = set("0123456789一二三四五六七八九十")


def check(act: Act, schema: Mapping[str, Any], answers: Mapping[str, Any]) -> None:
    """Raise InvalidAnswers with one line for each value that is on no list."""
    errors: dict[str, str] = {}
    for path, title, widget, value in _chosen(schema, answers, ""):
        line = _CHECKS[widget](act, str(value))
        if line:
            errors.setdefault(path, f"「{title}」{line}")
    if errors:
        raise InvalidAnswers("".join(errors.values()), errors, todo="请从列表中选择。")


def _chosen(schema: Mapping[str, Any], answers: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, str, str, Any]]:
    for name, field in schema.get("properties", {}).items():
        value = answers.get(name)
        if value in (None, "", []):
            continue
        items = field.get("items", {}) if field.get("type") == "array" else {}
        widget, title = field.get("x-widget") or items.get("x-widget"), str(field.get("title", name))
        if items.get("type") == "object":
            for number, row in enumerate(value):
                yield from _chosen(items, row, f"{prefix}{name}.{number}.")
        elif widget in _CHECKS:
            for one in value if isinstance(value, list) else [value]:
                yield f"{prefix}{name}", title, widget, one


def _unit(act: Act, value: str) -> str:
    known = {one.name for one in people.units(act.db, act.case.jurisdiction)}
    return "" if value in known else f"没有名为“{value[:40]}”的单位。"


def _office(act: Act, value: str) -> str:
    return "" if value in act.ruleset.offices else f"没有编号为“{value[:40]}”的单位。"


def _system(act: Act, value: str) -> str:
    known = {one.name for one in systems.listing(act.db, act.case.jurisdiction)}
    same = alike(value, known)
    return f"与已登记的系统“{same}”写法相近；就是该系统的请写成“{same}”，确是另一系统的请在名称后用括号注明区别。" if same else ""


def alike(value: str, known: Collection[str]) -> str:
    """A registered name that `value` may be meant for; nothing when it is one of them, or clearly another.

    >>> alike("校园安全智慧监管 平台", {"校园安全智慧监管平台"}), alike("校园安全智慧监管平台", {"校园安全智慧监管平台"})
    ('校园安全智慧监管平台', '')
    >>> alike("校园安全监管平台二期", {"校园安全监管平台一期"})
    ''
    """
    if value in known:
        return ""
    said = _plain(value)
    for one in sorted(known):
        other = _plain(one)
        if said == other:
            return one
        differing = set(said) ^ set(other)
        if not differing & _NUMERALS and difflib.SequenceMatcher(None, said, other).ratio() >= CLOSE:
            return one
    return ""


def _plain(text: str) -> str:
    return _MARKS.sub("", unicodedata.normalize("NFKC", text)).lower()


_CHECKS = {"unit": _unit, "offices": _office, "system": _system}
