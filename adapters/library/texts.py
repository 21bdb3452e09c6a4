"""Read YAML and JSON texts safely: bounded size and depth, no aliases, no duplicate keys, no surprises of YAML 1.1.

Words such as `on`, `yes` and `no` stay text, numbers with a point become Decimal, `2026-01-01` becomes a date.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Hashable, Iterable
from datetime import date
from decimal import Decimal
from typing import Any

import yaml

MOST_BYTES = 1_000_000
MOST_NODES = 60_000
MOST_DEPTH = 30


class Unreadable(Exception):
    """The text cannot be read; `str()` is a Chinese sentence without its full stop."""


class _Loader(yaml.CSafeLoader):
    """YAML's core schema, smaller: own resolvers, no merge keys, no tags, no duplicate keys."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012  # the base class keeps it mutable

    def construct_mapping(self, node: yaml.Node, deep: bool = False) -> dict[Hashable, Any]:
        pairs: dict[Hashable, Any] = {}
        for key_node, value_node in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, str | int | date):
                raise Unreadable(f"{_line(key_node)}的名称只能是文字")
            if key in pairs:
                raise Unreadable(f"{_line(key_node)}的“{key}”重复出现")
            pairs[key] = self.construct_object(value_node, deep=deep)
        return pairs


def _scalar(tag: str, pattern: str, first: Iterable[str], make: Callable[[str], Any]) -> None:
    tag = f"tag:yaml.org,2002:{tag}"
    _Loader.add_implicit_resolver(tag, re.compile(pattern), list(first))
    _Loader.add_constructor(tag, lambda loader, node: make(str(node.value)))


_scalar("bool", r"^(?:true|false)$", "tf", lambda text: text == "true")
_scalar("null", r"^(?:~|null|)$", ["~", "n", ""], lambda text: None)
_scalar("int", r"^-?(?:0|[1-9][0-9]{0,17})$", "-0123456789", int)
_scalar("float", r"^-?(?:0|[1-9][0-9]{0,17})\.[0-9]{1,12}$", "-0123456789", Decimal)
_scalar("timestamp", r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "0123456789", date.fromisoformat)


def from_yaml(data: bytes) -> Any:
    """The value a YAML text says; None for an empty one. Raises Unreadable."""
    text = _decode(data)
    try:
        loader = _Loader(text)
        try:
            node = loader.get_single_node()
            if node is None:
                return None
            _bounded(node)
            return loader.construct_document(node)
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"第 {mark.line + 1} 行第 {mark.column + 1} 列附近" if mark else "文件"
        raise Unreadable(f"{place}不合 YAML 写法，请检查缩进、冒号和引号") from error
    except yaml.YAMLError as error:
        raise Unreadable("文件不合 YAML 写法，或含有不可见的控制字符") from error
    except ValueError as error:
        raise Unreadable("文件里有不存在的日期，或写错的数字") from error
    except RecursionError as error:
        raise Unreadable("文件嵌套过深") from error


def from_json(data: bytes) -> Any:
    """The value a JSON text says. Raises Unreadable."""
    try:
        return json.loads(_decode(data), object_pairs_hook=_once, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise Unreadable(f"第 {error.lineno} 行第 {error.colno} 列附近不合 JSON 写法，请检查逗号、引号和括号") from error
    except RecursionError as error:
        raise Unreadable("文件嵌套过深") from error
    except ValueError as error:
        raise Unreadable("文件里有写错的数字") from error


def _decode(data: bytes) -> str:
    if len(data) > MOST_BYTES:
        raise Unreadable(f"文件大于 {MOST_BYTES // 1_000_000} MB")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable("文件不是 UTF-8 编码") from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        raise Unreadable(f"“{next(name for name in names if names.count(name) > 1)}”重复出现")
    return made


def _no_constant(name: str) -> Any:
    raise Unreadable(f"不接受 {name} 这样的数字")


def _bounded(root: yaml.Node) -> None:
    """Refuse aliases (a few bytes that unfold to gigabytes), deep and endless documents, explicit tags."""
    seen: set[int] = set()
    waiting = [(root, 1)]
    while waiting:
        node, depth = waiting.pop()
        if id(node) in seen:
            raise Unreadable(f"{_line(node)}用了引用（& 与 *），请直接写出内容")
        seen.add(id(node))
        if depth > MOST_DEPTH or len(seen) > MOST_NODES:
            raise Unreadable("文件嵌套过深或内容过多")
        if isinstance(node, yaml.MappingNode):
            waiting += [(part, depth + 1) for pair in node.value for part in pair]
        elif isinstance(node, yaml.SequenceNode):
            waiting += [(part, depth + 1) for part in node.value]


def _line(node: yaml.Node) -> str:
    return f"第 {node.start_mark.line + 1} 行"
