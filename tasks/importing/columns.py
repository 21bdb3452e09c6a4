"""What a ledger may hold (导入的列): fixed columns, every amount and fact that a form of the place states, and past results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from adapters import forms
from domain.procedures import Element
from domain.rulesets import Ruleset
from tasks import stations
from tasks.stations import Station

PROJECTS, PAST, STEPS, UNITS, NOTES = "在办项目", "已办环节", "环节", "单位", "填写说明"
NUMBER, NAME, UNIT, STEP, SINCE, REGISTERED, CODE = "编号", "项目名称", "建设单位", "当前环节", "本环节开始日期", "登记日期", "项目代码"
DONE, OUTCOME, FIELD, CONTENT = "办结日期", "结论", "字段", "内容"
REQUIRED = (NUMBER, NAME, UNIT, STEP)
PAST_HEAD = (NUMBER, STEPS, DONE, OUTCOME, FIELD, CONTENT)
FLAG = "项目标记"  #: in the place of a step: a small fact that a procedure would have noted on the project
_NOT_TYPED = frozenset({"experts", "project", "offices"})  #: widgets whose values only the system knows

Schema = Mapping[str, Any]


@dataclass(frozen=True)
class Layout:
    """The columns and steps of one jurisdiction."""

    ruleset: Ruleset

    @cached_property
    def stations(self) -> tuple[Station, ...]:
        """Every step, with the name it has in a ledger."""
        return stations.of(self.ruleset)

    @cached_property
    def amounts(self) -> dict[str, str]:
        """Title → kind of amount."""
        found: dict[str, Schema] = {}
        for name, field in self._marked("x-amount"):
            found.setdefault(name, field)
        return _titled(found, taken=set())

    @cached_property
    def facts(self) -> dict[str, str]:
        """Title → fact of the project."""
        return _titled(self._facts, taken={*self.amounts, *REQUIRED, SINCE, REGISTERED})

    @cached_property
    def schema(self) -> Schema:
        """Amounts and facts as one form; its fields are the titles."""
        kinds: dict[str, Schema] = {}
        for name, field in self._marked("x-amount"):
            kinds.setdefault(name, field)
        made = {title: kinds[kind] for title, kind in self.amounts.items()} | {
            title: self._facts[fact] for title, fact in self.facts.items()
        }
        return {"type": "object", "properties": {title: asked_alone(field) for title, field in made.items()}}

    @cached_property
    def head(self) -> tuple[str, ...]:
        """The columns of the sheet of projects; a fact called 项目代码 stands for the code of the project."""
        code = () if CODE in self.facts else (CODE,)
        return (NUMBER, NAME, UNIT, STEP, SINCE, REGISTERED, *code, *self.amounts, *self.facts)

    @cached_property
    def _alone(self) -> dict[tuple[str, str], Schema]:
        return {}

    def alone(self, element: Element, name: str) -> Schema:
        """A form with only this field of the step's form: made once, so that what checks it is made once."""
        form = self.form_of(element) or {}
        key = (element.form or element.id, name)
        return self._alone.setdefault(key, {"type": "object", "properties": {name: asked_alone(form["properties"][name])}})

    @cached_property
    def _facts(self) -> dict[str, Schema]:
        found: dict[str, Schema] = {}
        for name, field in self._marked("x-project"):
            of = field.get("items", {}) if field.get("type") == "array" else field
            if name != "name" and of.get("type") != "object" and not {field.get("x-widget"), of.get("x-widget")} & _NOT_TYPED:
                found.setdefault(name, field)
        return found

    def _marked(self, mark: str) -> list[tuple[str, Schema]]:
        in_order = dict.fromkeys(one.element.form or one.element.id for one in self.stations) | dict.fromkeys(self.ruleset.forms)
        schemas = [self.ruleset.forms[name] for name in in_order if name in self.ruleset.forms]
        every = (field for schema in schemas for field in schema.get("properties", {}).values())
        return [(str(field[mark]), field) for field in every if field.get(mark) and not field.get("x-private")]

    def form_of(self, element: Element) -> Schema | None:
        """The form of a step, where one form belongs to it."""
        return self.ruleset.forms.get(element.form or element.id)

    def field_of(self, element: Element, said: str) -> tuple[str, Schema] | None:
        """A field of a step's form, by its title or name."""
        properties: Mapping[str, Schema] = (self.form_of(element) or {}).get("properties", {})
        return next(((name, one) for name, one in properties.items() if said in (name, one.get("title"), titled(name, one))), None)


def titled(name: str, field: Schema) -> str:
    """A field as a column is called: 总投资（万元）."""
    title, unit = str(field.get("title") or name), field.get("x-unit") or ("万元" if field.get("x-amount") else "")
    return f"{title}（{unit}）" if unit and f"（{unit}）" not in title else title


def asked_alone(field: Schema) -> Schema:
    """A field without what depends on other fields of its form."""
    return {name: value for name, value in field.items() if name != "x-required-when"}


def checked(schema: Schema, given: Mapping[str, Any], ruleset: Ruleset) -> dict[str, Any]:
    """Values as forms keep them. Raises InvalidAnswers."""
    return dict(forms.check(schema, given, ruleset.choices))


def _titled(found: Mapping[str, Schema], taken: set[str]) -> dict[str, str]:
    """Title → name; a title that is taken gets the name behind it."""
    made: dict[str, str] = {}
    for name, field in found.items():
        title = titled(name, field)
        made[title if title not in made and title not in taken else f"{title}［{name}］"] = name
    return made
