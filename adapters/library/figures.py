"""The figures of a regulation (金额、数量、年限) in words: rows of decision tables and limits of form fields, with their clauses."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from adapters.library.coverage import listed
from adapters.library.diagrams import xml
from adapters.library.faults import Faults
from adapters.library.texts import from_yaml
from adapters.library.words import UNIT, amount, unit
from domain.rulesets import Ruleset

_CITED = re.compile(r"\[([A-Z]{2,4}-[^\[\]\s]{1,60})\]")
TOPICS = "national/topics.yaml"
LAST_YEAR = 2100  #: where forms end that ask for a year


@dataclass(frozen=True, slots=True)
class Figure:
    """One limit in words, e.g. 资金估算30万元（不含）以下 → 直接入库."""

    words: str
    clauses: tuple[str, ...]


def topics(files: Mapping[str, bytes]) -> dict[str, str]:
    """Topic id → name, in the order of a project's life. Empty without the national list."""
    return {str(one["id"]): str(one["name"]) for one in from_yaml(files.get(TOPICS, b"")) or ()}


def figures(ruleset: Ruleset) -> Iterator[Figure]:
    """Every row of the jurisdiction's decision tables that cites a clause, then every bounded form field that does."""
    for path, data in ruleset.files.items():
        if path.endswith(".dmn") and path.startswith(f"{ruleset.code}/"):
            yield from _rows(data, path)
    for schema in ruleset.forms.values():
        for mark in schema.get("properties", {}).values():
            yield from _bounds(mark)


def _rows(data: bytes, path: str) -> Iterator[Figure]:
    root = xml(data, path, Faults())
    if root is None:
        return
    labels = [str(one.get("label") or "") for one in root.iter("{*}input")]
    for rule in root.iter("{*}rule"):
        cited = tuple(_CITED.findall(rule.findtext("{*}description") or ""))
        if not cited:
            continue
        said = []
        for label, cell in zip(labels, rule.findall("{*}inputEntry/{*}text"), strict=False):
            if (cell.text or "-").strip() != "-":
                found = UNIT.search(label)
                name = UNIT.sub("）" if found and found[0].startswith("，") else "", label)
                worded = amount(cell.text or "", unit(label))
                said.append(f"{name}{'为' if not worded[:1].isdigit() else ''}{worded}")
        outcome = (rule.findtext("{*}outputEntry/{*}text") or "").strip().strip('"')
        yield Figure(f"{'，'.join(said) or '其他情形'} → {outcome}", cited)


def _bounds(mark: Mapping[str, Any]) -> Iterator[Figure]:
    cited, title, unit = listed(mark.get("x-clause")), str(mark.get("title", "")), str(mark.get("x-unit", ""))
    if not cited or mark.get("type") not in ("number", "integer"):
        return
    most, least = mark.get("maximum"), mark.get("minimum")
    if most == LAST_YEAR or (least, most) == (1, 12):  # any year, any month: no limit that a regulation sets
        return
    if most is not None and not (unit == "万元" and most >= 1_000_000):
        yield Figure(f"{title}不超过 {most} {unit}".rstrip(), cited)
    if least:
        yield Figure(f"{title}不少于 {least} {unit}".rstrip(), cited)
