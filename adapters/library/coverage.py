"""Where each clause stands: diagram elements, decision rows, form fields and rules, rounds, offices, materials, settings, bars."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from adapters.library.diagrams import xml
from adapters.library.faults import Faults
from adapters.library.reading import NATIONAL
from domain.rulesets import Ruleset

_CITED = re.compile(r"\[([A-Z]{2,4}-[^\[\]\s]{1,60})\]")


def coverage(ruleset: Ruleset) -> dict[str, tuple[str, ...]]:
    """Clause id → the places where it stands, such as `intake.bpmn#file_contract`, `plan_gate.dmn#row_1`, `forms/contract.json#signed_on`.

    Every clause of the catalogue is a key, in its order, with an empty tuple where it stands nowhere. Ids that are cited but not in the
    catalogue follow. Files of `bpmn/national` keep their folder: `national/filing.bpmn#receive`.
    """
    places: dict[str, dict[str, None]] = {clause.id: {} for clause in ruleset.catalogue}
    for clause, place in _all(ruleset):
        places.setdefault(clause, {})[place] = None
    return {clause: tuple(found) for clause, found in places.items()}


def rows(data: bytes) -> Iterator[tuple[str, str]]:
    """(row id, annotation) of every rule of a decision table; a row without an id counts from 1."""
    root = xml(data, "", Faults())
    for number, rule in enumerate(() if root is None else root.iter("{*}rule"), start=1):
        note = rule.find("{*}description")
        yield rule.get("id") or str(number), " ".join((note.text or "").split()) if note is not None else ""


def decisions(data: bytes) -> list[str]:
    """Ids of the decisions in a DMN file."""
    root = xml(data, "", Faults())
    found = [] if root is None else [one.get("id") for one in root.iter("{*}decision")]
    return [one for one in found if one]


def outcomes(data: bytes) -> Iterator[tuple[str, tuple[str, ...]]]:
    """(decision id, words its rows may answer) of every decision in a DMN file."""
    root = xml(data, "", Faults())
    for decision in () if root is None else root.iter("{*}decision"):
        texts = (entry.find("{*}text") for entry in decision.iter("{*}outputEntry"))
        said = ((text.text or "").strip().strip("\"'") for text in texts if text is not None)
        if decision.get("id"):
            yield decision.get("id") or "", tuple(dict.fromkeys(word for word in said if word))


def _all(ruleset: Ruleset) -> Iterator[tuple[str, str]]:
    yield from _diagrams(ruleset)
    for path, data in ruleset.files.items():
        if path.endswith(".dmn"):
            for row, note in rows(data):
                for clause in _CITED.findall(note):
                    yield clause, f"{_short(path, ruleset)}#{row}"
    for path in ruleset.files:
        parts = PurePosixPath(path)
        if parts.suffix == ".json" and parts.parent.name == "forms":
            own = f"{ruleset.code}/forms/{parts.name}" in ruleset.files
            if parts.parts[0] == ruleset.code or not own:
                yield from _form(ruleset.forms[parts.stem], _short(path, ruleset))
    yield from _lists(ruleset)


def _diagrams(ruleset: Ruleset) -> Iterator[tuple[str, str]]:
    for procedure in ruleset.procedures.values():
        file = _short(procedure.file, ruleset)
        for clause in procedure.clauses:
            yield clause, f"{file}#{procedure.id}"
        for element in procedure.elements.values():
            for clause in element.clauses:
                yield clause, f"{file}#{element.id}"


def _form(schema: Mapping[str, Any], file: str) -> Iterator[tuple[str, str]]:
    for clause in listed(schema.get("x-clauses")):
        yield clause, file
    for name, prop in _fields(schema, ""):
        for clause in listed(prop.get("x-clause")):
            yield clause, f"{file}#{name}"
    rules = schema.get("x-rules")
    for number, rule in enumerate(rules if isinstance(rules, list) else (), start=1):
        for clause in listed(rule.get("clause") if isinstance(rule, dict) else None):
            yield clause, f"{file}#x-rules.{number}"


def _fields(schema: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    properties = schema.get("properties")
    for name, prop in properties.items() if isinstance(properties, dict) else ():
        if isinstance(prop, dict):
            yield prefix + name, prop
            inner = prop.get("items") if prop.get("type") == "array" else prop
            if isinstance(inner, dict):
                yield from _fields(inner, f"{prefix}{name}.")


def _lists(ruleset: Ruleset) -> Iterator[tuple[str, str]]:
    for file, items in (("offices", ruleset.offices), ("materials", ruleset.materials), ("rounds", ruleset.rounds)):
        for item in items.values():
            for clause in item.clauses:
                yield clause, f"{file}.yaml#{item.id}"
    for setting in ruleset.settings.values():
        if setting.clause:
            yield setting.clause, f"region.yaml#settings.{setting.id}"
    for bar in ruleset.bans.values():
        yield bar.clause, f"region.yaml#bans.{bar.id}"
    for metric in ruleset.metrics:
        yield metric.clause, f"region.yaml#metrics.{metric.id}"
    for one in ruleset.catalogue:
        for place in one.drawn:
            yield one.id, place


def listed(value: object) -> tuple[str, ...]:
    """One clause id, several, or none."""
    if isinstance(value, str):
        return (value,)
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()


def _short(path: str, ruleset: Ruleset) -> str:
    return path if path.startswith(f"{NATIONAL}/") else path.removeprefix(f"{ruleset.code}/")
