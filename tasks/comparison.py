"""Two regulations side by side (地区对照): by topic, who acts, until when, from which amount, with which documents, by which clause."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from adapters import library
from domain.clauses import Clause
from domain.procedures import Element, Procedure
from domain.rulesets import Ruleset

ASPECTS: Mapping[str, str] = {"actors": "谁办理", "limits": "期限", "thresholds": "金额和数量", "materials": "材料"}


@dataclass(frozen=True, slots=True)
class Side:
    """What one jurisdiction says on a topic. Each value comes with the articles it rests on."""

    clauses: tuple[Clause, ...]
    actors: tuple[tuple[str, str], ...]
    limits: tuple[tuple[str, str], ...]
    thresholds: tuple[tuple[str, str], ...]
    materials: tuple[tuple[str, str], ...]

    def values(self, aspect: str) -> frozenset[str]:
        """The bare values of an aspect, to tell whether two sides differ."""
        return frozenset(value for value, _ in getattr(self, aspect))


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic with both sides. `differs` names the aspects (keys of ASPECTS) in which they are not alike."""

    id: str
    name: str
    left: Side
    right: Side

    @property
    def differs(self) -> tuple[str, ...]:
        """Aspects that are not the same on both sides."""
        return tuple(one for one in ASPECTS if self.left.values(one) != self.right.values(one))


def compare(left: Ruleset, right: Ruleset) -> list[Topic]:
    """Every topic on which either side has a rule, in the order of a project's life; rules without a topic come last."""
    topics = library.topics(left.files)
    found = []
    sides = [_sides(one, topics) for one in (left, right)]
    for key, name in (*topics.items(), ("", "其他")):
        if sides[0][key].clauses or sides[1][key].clauses:
            found.append(Topic(key, name, sides[0][key], sides[1][key]))
    return found


def _sides(ruleset: Ruleset, topics: Mapping[str, str]) -> dict[str, Side]:
    grouped: dict[str, list[Clause]] = {key: [] for key in (*topics, "")}
    for clause in ruleset.catalogue:
        grouped[clause.topic if clause.topic in topics else ""].append(clause)
    marked = list(_elements(ruleset))
    return {key: _side(ruleset, clauses, marked) for key, clauses in grouped.items()}


def _elements(ruleset: Ruleset) -> Iterator[tuple[Procedure, Element]]:
    for procedure in ruleset.procedures.values():
        if procedure.id.startswith(f"{ruleset.code}_"):
            for element in procedure.elements.values():
                yield procedure, element


def _side(ruleset: Ruleset, clauses: list[Clause], marked: list[tuple[Procedure, Element]]) -> Side:
    ids = {one.id for one in clauses}
    actors: dict[str, list[str]] = {}
    limits: dict[str, list[str]] = {}
    materials: dict[str, list[str]] = {}
    for procedure, element in marked:
        cited = [one for one in element.clauses if one in ids]
        if not cited:
            continue
        if element.kind == "userTask":
            for office in _offices(ruleset, element):
                actors.setdefault(office, []).extend(cited)
            for material in element.materials:
                kind = ruleset.materials.get(material.id)
                if kind is not None and (not kind.clauses or ids & set(kind.clauses)):
                    materials.setdefault(kind.name, []).extend(kind.clauses or cited)
        if element.timer:
            limits.setdefault(f"{element.name}：{library.period(element.timer, ruleset, procedure)}", []).extend(cited)
    for row in ruleset.rounds.values():
        if cited := [one for one in row.clauses if one in ids]:
            limits.setdefault(f"{row.title}：{library.opening(row.opens)}{'（文本未规定）' if row.silent else ''}", []).extend(cited)
    return Side(
        clauses=tuple(clauses), actors=_listed(ruleset, actors), limits=_listed(ruleset, limits),
        thresholds=_listed(ruleset, _thresholds(ruleset, ids)), materials=_listed(ruleset, materials),
    )  # fmt: skip


def _offices(ruleset: Ruleset, element: Element) -> Iterable[str]:
    if element.parties is not None:
        names = element.parties.offices
    else:
        names = (element.office if element.office and not element.office.startswith("=") else element.lane or "",)
    return [ruleset.offices[one].name for one in names if one in ruleset.offices]


def _thresholds(ruleset: Ruleset, ids: set[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in library.figures(ruleset):
        if cited := [one for one in row.clauses if one in ids]:
            found.setdefault(row.words, []).extend(cited)
    return found


def _listed(ruleset: Ruleset, values: Mapping[str, list[str]]) -> tuple[tuple[str, str], ...]:
    cited = ((value, ruleset.catalogue.cite(dict.fromkeys(ids))) for value, ids in values.items())
    return tuple((value.removesuffix(f"（{article}）"), article) for value, article in cited)
