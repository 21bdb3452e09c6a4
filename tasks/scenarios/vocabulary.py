"""Names that a story uses and its jurisdiction does not have: refused before it is played, for many would check nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from domain.rulesets import Ruleset
from tasks.scenarios.language import NO_CASE, Act, Begin, Expectation, Scenario, ScenarioError
from tasks.scenarios.organisation import Cast

Slip = tuple[str, str]  #: (what kind of name, the name)


def check(scenario: Scenario, ruleset: Ruleset, cast: Cast) -> None:
    """Raise ScenarioError for a story that expects nothing, and for the first name that means nothing in the jurisdiction."""
    if not scenario.checks:
        raise ScenarioError("故事没有核对任何结果。", todo="请写 then、expect 或 refused。")
    words = Vocabulary(ruleset, cast)
    for place, slips in _parts(scenario, words):
        for kind, name in slips:
            raise ScenarioError(f"“{place}”中的{kind} {name} 不存在。", todo="请核对编号；写错的名称不会起作用，也就什么都没有核对。")


def _parts(scenario: Scenario, words: Vocabulary) -> Iterator[tuple[str, Iterator[Slip]]]:
    given = scenario.given
    yield "clauses", words.clauses(scenario.clauses)
    yield "given", words.begin(given)
    yield "given → settings", words.settings(given.settings)
    for name, begin in given.cases.items():
        yield f"given → cases → {name}", words.begin(begin)
    for number, act in enumerate(scenario.when, 1):
        yield f"when 第 {number} 步", words.act(act)
    yield "then", words.expectation(scenario.then)


class Vocabulary:
    """What the names of a story may be."""

    def __init__(self, ruleset: Ruleset, cast: Cast) -> None:
        self.ruleset = ruleset
        self.steps = {name for one in ruleset.procedures.values() for name in one.elements}
        self.known_clauses = {one.id for one in ruleset.catalogue}
        self.readers = {*cast.experts, *cast.units, *(one.id for one in cast.units.values())}
        self.readers |= {name for one in ruleset.offices.values() for name in (one.id, one.name)}
        self.law = "\n".join(
            content.decode("utf-8", "replace") for path, content in ruleset.files.items() if path.endswith((".bpmn", ".dmn", ".json"))
        )

    def clauses(self, names: Collection[str | None]) -> Iterator[Slip]:
        """Clauses that the catalogue does not have."""
        yield from (("条款", one) for one in names if one is not None and one not in self.known_clauses)

    def settings(self, names: Collection[str]) -> Iterator[Slip]:
        """Settings that the jurisdiction does not have."""
        yield from (("设置项", one) for one in names if one not in self.ruleset.settings)

    def begin(self, given: Begin) -> Iterator[Slip]:
        """What a case begins with."""
        if given.procedure != NO_CASE and self.ruleset.procedure(given.procedure) is None:
            yield "流程", given.procedure
        yield from self._steps(given.answers)
        if given.refused is not None:
            yield from self.clauses([given.refused.clause])

    def act(self, act: Act) -> Iterator[Slip]:
        """What happens."""
        if act.do is not None:
            yield from self._steps([act.do])
        if act.play is not None:
            yield from self._steps({act.play} - {"end"})
        yield from (("材料", one) for one in act.without if one not in self.ruleset.materials)
        yield from self.settings(act.setting or {})
        yield from self.clauses([act.refused.clause if act.refused else None, act.override.clause if act.override else None])
        if act.start is not None:
            yield from self.begin(act.start)
        if act.expect is not None:
            yield from self.expectation(act.expect)

    def expectation(self, wanted: Expectation) -> Iterator[Slip]:
        """What must be true. What must be absent has to be something that could be there."""
        yield from self._steps([*(wanted.open or ()), *wanted.has_open, *wanted.not_open, *(wanted.waiting or ())])
        yield from self._steps([*wanted.decided, *wanted.due, *wanted.performer])
        yield from (("限制", one) for one in wanted.banned if one not in self.ruleset.bans)
        yield from (("流程", one) for one in wanted.cases if self.ruleset.procedure(one) is None)
        absent = [*wanted.amounts.items(), *wanted.facts.items(), *((name, there or None) for name, there in wanted.entry.items())]
        yield from (("名称", name) for name, value in absent if value is None and not self._named(name))
        for notice in wanted.notices:
            yield from self.clauses([notice.clause])
            if notice.to not in self.readers:
                yield "收件人", notice.to

    def _steps(self, names: Collection[str]) -> Iterator[Slip]:
        yield from (("步骤", one) for one in names if one not in self.steps)

    def _named(self, name: str) -> bool:
        """Whether some diagram, table or form speaks of the name."""
        return f'"{name}"' in self.law or f"'{name}'" in self.law
