"""What a browser sends of a form, as answers: `entries.0.rank=1` becomes rows. Judging them is left to the form's own rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

MOST_FIELDS = 20_000
MOST_ROWS = 500


def read(pairs: Iterable[tuple[str, str]], schema: Mapping[str, Any], *, blanks: bool = False) -> dict[str, Any]:
    """Answers by a form's schema. Fields the form does not know are left where they are, so that the check refuses them.

    Names that begin with `_` are ours and skipped. Rows keep their order and lose their gaps; blank rows are dropped unless `blanks`.
    """
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        if not name.startswith("_"):
            values.setdefault(name, []).append(value)
    tree: dict[str, Any] = {}
    for name, found in values.items():
        _place(tree, name.split("."), found)
    return _shaped(tree, schema, blanks)


def _place(tree: dict[str, Any], path: list[str], found: list[str]) -> None:
    for part in path[:-1]:
        inner = tree.setdefault(part, {})
        if not isinstance(inner, dict):
            return
        tree = inner
    tree[path[-1]] = found


def _shaped(tree: Mapping[str, Any], schema: Mapping[str, Any], blanks: bool) -> dict[str, Any]:
    fields: Mapping[str, Any] = schema.get("properties", {})
    return {name: _value(found, fields.get(name, {}), blanks) for name, found in tree.items()}


def _value(found: Any, field: Mapping[str, Any], blanks: bool) -> Any:
    kind, items = field.get("type"), field.get("items", {})
    if kind == "array":
        if isinstance(found, list):
            return [one.strip() for text in found for one in text.splitlines() if one.strip()]
        rows = [found[key] for key in sorted(found, key=lambda one: int(one) if one.isdigit() else MOST_ROWS)][:MOST_ROWS]
        if items.get("type") == "object":
            shaped = [_shaped(one, items, blanks) if isinstance(one, dict) else {} for one in rows]
            return [one for one in shaped if blanks or not blank(one)]
        return [text for one in rows if isinstance(one, list) for text in one if text.strip()]
    if kind == "object" and isinstance(found, dict):
        return _shaped(found, field, blanks)
    return found[-1] if isinstance(found, list) else found


def blank(value: Any) -> bool:
    """Whether nothing was typed."""
    if isinstance(value, Mapping):
        return all(blank(one) for one in value.values())
    if isinstance(value, list):
        return all(blank(one) for one in value)
    return value is None or (isinstance(value, str) and not value.strip())
