"""Read YAML and JSON texts safely: bounded size and depth, no aliases, no duplicate keys, no surprises of YAML 1.1.

Words such as `on`, `yes` and `no` stay text, numbers with a point become Decimal, `2026-01-01` becomes a date.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

import yaml

MOST_BYTES = 1_000_000
MOST_EVENTS = 60_000
MOST_DEPTH = 30


class Unreadable(Exception):
    """The text cannot be read; `str()` is a Chinese sentence without its full stop."""


_CONSTANTS = {"true": True, "false": False, "null": None, "~": None, "": None}
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})\.[0-9]{1,12}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_UNSET = object()


def from_yaml(data: bytes) -> Any:
    """The value a YAML text says; None for an empty one. Raises Unreadable."""
    text = _decode(data)
    try:
        return _built(yaml.parse(text, Loader=yaml.CSafeLoader))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"第 {mark.line + 1} 行第 {mark.column + 1} 列附近" if mark else "文件"
        raise Unreadable(f"{place}不合 YAML 写法，请检查缩进、冒号和引号") from error
    except yaml.YAMLError as error:
        raise Unreadable("文件不合 YAML 写法，或含有不可见的控制字符") from error


class _Frame:
    """A list or mapping that is being filled."""

    def __init__(self, holds: list[Any] | dict[Any, Any]) -> None:
        self.holds = holds
        self.key: object = _UNSET

    def take(self, value: Any, event: yaml.Event) -> None:
        """Take the next value: an item, a name, or what stands under the name."""
        if isinstance(self.holds, list):
            self.holds.append(value)
        elif self.key is not _UNSET:
            self.holds[self.key], self.key = value, _UNSET
        elif not isinstance(value, str | int | date) or isinstance(value, bool):
            raise Unreadable(f"{_line(event)}的名称只能是文字")
        elif value in self.holds:
            raise Unreadable(f"{_line(event)}的“{value}”重复出现")
        else:
            self.key = value


def _built(events: Iterable[yaml.Event]) -> Any:
    """The value of one document, built without recursion: the library's own composer runs out of stack on hostile nesting."""
    top = _Frame([])
    open_frames = [top]
    for count, event in enumerate(events):
        if count > MOST_EVENTS or len(open_frames) > MOST_DEPTH:
            raise Unreadable("文件嵌套过深或内容过多")
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise Unreadable(f"{_line(event)}用了引用（& 与 *），请直接写出内容")
        if getattr(event, "tag", None):
            raise Unreadable(f"{_line(event)}用了类型标记（!），请直接写出内容")
        if isinstance(event, yaml.DocumentStartEvent) and top.holds:
            raise Unreadable(f"{_line(event)}又开始了一份文档，每个文件只写一份")
        if isinstance(event, yaml.ScalarEvent):
            open_frames[-1].take(_scalar(event), event)
        elif isinstance(event, yaml.CollectionStartEvent):
            frame = _Frame([] if isinstance(event, yaml.SequenceStartEvent) else {})
            open_frames[-1].take(frame.holds, event)
            open_frames.append(frame)
        elif isinstance(event, yaml.CollectionEndEvent):
            open_frames.pop()
    return next(iter(top.holds), None)


def _scalar(event: yaml.ScalarEvent) -> str | int | bool | Decimal | date | None:
    text = str(event.value)
    if not event.implicit[0]:  # quoted, or a block of text
        return text
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _NUMBER.fullmatch(text):
        return Decimal(text)
    if _DATE.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError as error:
            raise Unreadable(f"{_line(event)}的日期 {text} 不存在") from error
    return text


def to_yaml(value: Any) -> str:
    """A value as YAML text, keys in the order given."""
    text: str = yaml.safe_dump(value, allow_unicode=True, sort_keys=False, width=140)
    return text


def from_json(data: bytes) -> Any:
    """The value a JSON text says. Raises Unreadable."""
    try:
        value = json.loads(_decode(data), object_pairs_hook=_once, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise Unreadable(f"第 {error.lineno} 行第 {error.colno} 列附近不合 JSON 写法，请检查逗号、引号和括号") from error
    except RecursionError as error:
        raise Unreadable("文件嵌套过深") from error
    except ValueError as error:
        raise Unreadable("文件里有写错的数字") from error
    waiting = [(value, 1)]
    while waiting:
        one, depth = waiting.pop()
        if depth > MOST_DEPTH:
            raise Unreadable("文件嵌套过深")
        inner = one.values() if isinstance(one, dict) else one if isinstance(one, list) else ()
        waiting += [(part, depth + 1) for part in inner]
    return value


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


def _line(event: yaml.Event) -> str:
    return f"第 {event.start_mark.line + 1} 行" if event.start_mark else "文件"
