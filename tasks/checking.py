"""Answers against their form: fields first, then the rules that the regulation puts on them (`x-rules`)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from adapters import engine, forms
from domain.errors import InvalidAnswers, RuleRefused
from domain.procedures import Where
from tasks import listed
from tasks.facts import as_value

if TYPE_CHECKING:
    from tasks.acts import Act

_PLACE = re.compile(r"\{(\w+)\}")


def form(act: Act, where: Where, name: str | None, answers: Mapping[str, Any]) -> dict[str, Any]:
    """The answers as typed values. Raises InvalidAnswers with one line for each wrong field; a step without a form takes none."""
    if name is None:
        if answers:
            raise InvalidAnswers("本步骤不需要填写表单。", dict.fromkeys(answers, "未定义的栏目"), todo="请直接提交。")
        return {}
    schema = act.ruleset.forms[name]
    _name_system(act, schema, answers)
    typed = forms.check(
        schema,
        answers,
        act.ruleset.choices,
        when=lambda source, given: truth(act, where, source, dict.fromkeys(schema.get("properties", {})) | dict(given)),
    )
    listed.check(act, schema, typed)
    return dict(typed)


def truth(act: Act, where: Where, source: str, answers: Mapping[str, Any]) -> bool:
    """An expression over field names and the case's facts."""
    return bool(engine.evaluate(source, names(answers), act, where))


def names(answers: Mapping[str, Any]) -> dict[str, Any]:
    """Answers as expressions see them: dates as dates."""
    return {key: as_value(value) for key, value in answers.items()}


def answered(act: Act, name: str | None, answers: Mapping[str, Any]) -> dict[str, Any]:
    """Every field of a form as expressions see it; those left out are None."""
    return dict.fromkeys(act.ruleset.forms.get(name or "", {}).get("properties", {})) | names(answers)


def _name_system(act: Act, schema: Mapping[str, Any], answers: object) -> None:
    """From here on `system(…)` answers for the system that these answers name, though they are no facts of the project yet."""
    for key, mark in schema.get("properties", {}).items():
        said = answers.get(key) if mark.get("x-project") == "system" and isinstance(answers, Mapping) else None
        if isinstance(said, str) and said.strip():
            act.facts.named_system = said.strip()


def rules(act: Act, where: Where, name: str | None, answers: Mapping[str, Any]) -> None:
    """Raise RuleRefused for the first rule of the form that says no; a 原则上 rule with an exception on record is passed over."""
    stated = answered(act, name, answers)
    for rule in act.ruleset.forms.get(name or "", {}).get("x-rules", ()):
        clause = rule.get("clause") or next(iter(act.clauses(where)), "")
        if rule.get("override") and clause in act.facts.overridden:
            continue
        if engine.evaluate(rule["check"], stated, act, where):
            continue
        raise RuleRefused(
            _filled(act, where, rule["refusal"], stated),
            clause=clause,
            todo=_filled(act, where, rule.get("todo", ""), stated),
            overridable=bool(rule.get("override")),
        )


def advise(act: Act, where: Where, name: str | None, answers: Mapping[str, Any]) -> None:
    """Say in the history what looks unusual (`x-usual`): the regulation gives no format, so nothing is refused."""
    for key, mark in act.ruleset.forms.get(name or "", {}).get("properties", {}).items():
        usual, value = mark.get("x-usual"), answers.get(key)
        if usual and isinstance(value, str) and value and not re.fullmatch(usual["pattern"], value.strip()):
            clause = mark.get("x-clause")
            act.say("advice", f"提醒：{usual['words']}", where, (clause,) if isinstance(clause, str) else tuple(clause or ()))


def _filled(act: Act, where: Where, text: str, given: Mapping[str, Any]) -> str:
    def value(found: re.Match[str]) -> str:
        one = given.get(found[1])
        return "（未填）" if one is None else f"{one:%Y年%-m月%-d日}" if hasattr(one, "year") else str(one)

    return _PLACE.sub(value, text)
