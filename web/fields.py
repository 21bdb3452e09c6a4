"""A form as its page draws it: one `Field` for each property, with what was typed, what is wrong, and what may be chosen."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tasks.choices import Choice

DEPENDS = "视情况必填"
#: an authored condition on one answer of the same form
_ON_ONE = re.compile(r'(?P<name>[a-z_]+) (== "[^"]*"|in \["[^"]*"(, "[^"]*")*\])')
FEW = 4  #: up to so many choices are shown at once, more in a list


@dataclass(frozen=True, slots=True)
class Field:
    """One input. `path` is its name in the request, `widget` the macro that draws it."""

    path: str
    title: str
    hint: str
    widget: str
    value: Any
    error: str
    required: bool
    sometimes: str  #: when it is required, in words, if that depends on other answers
    unit: str
    most: int | None
    clauses: tuple[str, ...]
    private: bool
    choices: tuple[Choice, ...] = ()
    rows: tuple[tuple[Field, ...], ...] = ()
    columns: tuple[str, ...] = ()
    fixed: bool = False

    @property
    def id(self) -> str:
        """The id of the input in the page."""
        return "f-" + self.path.replace(".", "-")


@dataclass(frozen=True, slots=True)
class Form:
    """All fields of a step's form."""

    title: str
    description: str
    fields: tuple[Field, ...]
    errors: Mapping[str, str] = field(default_factory=dict)


def form(
    schema: Mapping[str, Any],
    answers: Mapping[str, Any],
    choices: Mapping[str, Sequence[Choice]],
    *,
    errors: Mapping[str, str] | None = None,
    fixed: bool = False,
    more: str = "",
) -> Form:
    """The form with what was typed. `fixed`: the rows of `entries` are given; `more`: name of the list that gets one more row."""
    said = dict(errors or {})
    made = _fields(schema, answers, choices, said, "", "", fixed, more)
    return Form(str(schema.get("title", "")), str(schema.get("description", "")), made, said)


def _fields(
    schema: Mapping[str, Any],
    answers: Mapping[str, Any],
    choices: Mapping[str, Sequence[Choice]],
    errors: Mapping[str, str],
    path: str,
    name: str,
    fixed: bool,
    more: str,
) -> tuple[Field, ...]:
    required = set(schema.get("required", ()))
    found = []
    for key, one in schema.get("properties", {}).items():
        here, known = f"{path}{key}", f"{name}{key}"
        options = tuple(choices.get(known, ()))
        rows: tuple[tuple[Field, ...], ...] = ()
        columns: tuple[str, ...] = ()
        value = answers.get(key)
        given = fixed and key == "entries"
        if _is_rows(one):
            listed = [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []
            count = max(len(listed) + (1 if more == key else 0), 0 if given else int(one.get("minItems", 0) or key in required))
            columns = tuple(_title(inner) for inner in one["items"].get("properties", {}).values())
            rows = tuple(
                _fields(one["items"], listed[n] if n < len(listed) else {}, choices, errors, f"{here}.{n}.", f"{known}.", False, "")
                for n in range(count)
            )
        found.append(
            Field(
                path=here,
                title=str(one.get("title", key)),
                hint=str(one.get("description", "")),
                widget=_widget(one, options, fixed_project=path.startswith("entries.") and key == "project"),
                value=_shown(value),
                error=_error(errors, here, rows=bool(rows)),
                required=key in required,
                sometimes=_condition(schema, key),
                unit=str(one.get("x-unit", "")),
                most=one.get("maxLength"),
                clauses=_clauses(one),
                private=bool(one.get("x-private")),
                choices=options,
                rows=rows,
                columns=columns,
                fixed=given,
            )
        )
    return tuple(found)


def _is_rows(one: Mapping[str, Any]) -> bool:
    return one.get("type") == "array" and one.get("items", {}).get("type") == "object"


def _widget(one: Mapping[str, Any], options: Sequence[Choice], *, fixed_project: bool) -> str:
    kind, asked = one.get("type"), one.get("x-widget")
    if fixed_project:
        return "given"
    if _is_rows(one):
        return "rows"
    if kind == "array":
        return "checks" if options else "lines"
    if asked == "system":
        return "suggest" if options else "text"
    if options:
        return "radios" if len(options) <= FEW and asked not in ("project", "unit") else "select"
    if kind == "boolean":
        return "tick" if one.get("const") is True else "yesno"
    if kind in ("number", "integer"):
        return "number"
    if one.get("format") == "date":
        return "date"
    return "area" if asked == "textarea" else "text"


def _condition(schema: Mapping[str, Any], key: str) -> str:
    """When the form requires a field, in words: on one answer said outright, or else that it depends."""
    found = []
    for part in [schema, *schema.get("allOf", ())]:
        asked = part.get("if", {}).get("properties", {})
        for branch, verb in (("then", "为"), ("else", "不为")):
            if key in part.get(branch, {}).get("required", ()):
                values = [(name, [one["const"]] if "const" in one else one.get("enum", [])) for name, one in asked.items()]
                found.append(_when(schema, *values[0], verb) if len(values) == 1 else DEPENDS)
    if any(key in one for one in schema.get("dependentRequired", {}).values()):
        found.append(DEPENDS)
    if authored := schema["properties"][key].get("x-required-when"):
        same = _ON_ONE.fullmatch(authored)
        values = re.findall(r'"([^"]*)"', authored) if same else []
        found.append(_when(schema, same["name"], values, "为") if same else DEPENDS)
    return found[0] if len(found) == 1 else DEPENDS if found else ""


def _when(schema: Mapping[str, Any], name: str, values: Sequence[Any], verb: str) -> str:
    asked = schema["properties"].get(name)
    if not asked or not values or not all(isinstance(one, str) for one in values):
        return DEPENDS
    return f"“{asked.get('title', name)}”{verb}{'或'.join(f'“{one}”' for one in values)}时必填"


def _error(errors: Mapping[str, str], path: str, *, rows: bool) -> str:
    """What is wrong with a field, without its name: it stands right above."""
    if path in errors or rows:
        return errors.get(path, "").rpartition("」")[2]
    return next((line.rpartition("」")[2] for name, line in errors.items() if name.startswith(f"{path}.")), "")


def _clauses(one: Mapping[str, Any]) -> tuple[str, ...]:
    mark = one.get("x-clause")
    return () if not mark else (mark,) if isinstance(mark, str) else tuple(mark)


def _title(one: Mapping[str, Any]) -> str:
    unit = one.get("x-unit")
    return f"{one.get('title', '')}（{unit}）" if unit else str(one.get("title", ""))


def _shown(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return [str(one) for one in value] if isinstance(value, list) and not any(isinstance(one, Mapping) for one in value) else value
