"""The facts of forms and of the YAML lists (岗位、材料、批次、条款、地区设置)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from adapters.library.compare.facts import LOOKS, NAME, Facts, Said
from adapters.library.texts import Unreadable, from_json, from_yaml

_FIELD = {
    "title": NAME, "description": "填写说明", "type": "类型", "enum": "选项", "x-choices": "选项清单", "x-required-when": "必填条件",
    "x-unit": "单位", "x-amount": "登记为金额", "x-project": "登记为项目信息", "x-private": "不对项目单位显示", "x-clause": "依据条款",
    "maxLength": "最多字数", "minLength": "最少字数", "minimum": "最小值", "maximum": "最大值", "exclusiveMinimum": "大于",
    "exclusiveMaximum": "小于", "minItems": "最少行数", "maxItems": "最多行数", "format": "格式", "x-widget": "填写方式",
    "default": "默认值", "const": "固定值",
}  # fmt: skip
_ITEM = {
    "name": NAME, "title": NAME, "clauses": "依据条款", "clause": "依据条款", "note": "说明", "rule": "条款内容",
    "reading": "办理口径", "of_project": "属于项目单位",
    "reason": "不执行的原因", "article": "条号", "side": "哪一方", "unit": "担任单位", "line": "按项目确定单位",
    "reads_all": "可查看全部项目", "procedure": "开办的流程", "opens": "开办时间", "per": "开办范围", "where": "开办条件",
    "year_offset": "批次年度", "silent": "文本未规定", "value": "默认值", "subject": "限制对象", "cure": "解除办法", "override": "例外",
    "kind": "种类", "actors": "责任单位", "drawn": "落实位置",
}  # fmt: skip
_QUIET = LOOKS | {"填写说明", "填写方式", "条款内容", "办理口径", "条号", "责任单位", "落实位置", "不执行的原因", "种类"}
_LISTS = {"offices": "岗位", "materials": "材料", "rounds": "批次", "clauses": "条款"}
_NAMES = ("name", "title", "article")


def form(content: bytes) -> Said:
    """The facts of a form; nothing for one that cannot be read."""
    said = Said()
    try:
        schema = from_json(content)
    except Unreadable:
        return said
    if not isinstance(schema, dict):
        return said
    rest = {
        key: value for key, value in schema.items() if key not in ("properties", "required", "title", "description", "x-clauses", "x-rules")
    }
    aspects = {NAME: _word(schema.get("title")), "填写说明": _word(schema.get("description")), "依据条款": _word(schema.get("x-clauses"))}
    said.elements[""] = Facts(_word(schema.get("title")) or "表单", "表单", aspects | {"其他设置": _word(rest)}, _QUIET)
    for path, title, field, required in _fields(schema, "", ""):
        aspects = {_FIELD.get(key, key): _word(value) for key, value in field.items() if key not in ("properties", "items", "required")}
        aspects["必填"] = "是" if required else "否"
        if isinstance(field.get("items"), dict):
            inner = {key: value for key, value in field["items"].items() if key not in ("properties", "required")}
            aspects["每项"] = _word(inner)
        said.elements[path] = Facts(title, "栏目", aspects, _QUIET, words="必填" if required else "选填")
    for number, rule in enumerate(schema.get("x-rules") or (), 1):
        if isinstance(rule, dict):
            rules = {
                "核验条件": _word(rule.get("check")),
                "拒绝时的话": _word(rule.get("refusal")),
                "可以例外": _word(rule.get("override")),
            }
            looks = _QUIET | {"拒绝时的话", "怎样改正"}
            rules |= {"依据条款": _word(rule.get("clause")), "怎样改正": _word(rule.get("todo"))}
            said.elements[f"x-rules.{number}"] = Facts(f"核验规则 {number}", "规则", rules, looks, words=_word(rule.get("refusal")))
    return said


def _fields(schema: Mapping[str, Any], prefix: str, before: str) -> Iterator[tuple[str, str, Mapping[str, Any], bool]]:
    needed = schema.get("required") or ()
    properties = schema.get("properties")
    for name, field in (properties if isinstance(properties, dict) else {}).items():
        if isinstance(field, dict):
            title = before + (_word(field.get("title")) or name)
            yield prefix + name, title, field, name in needed
            inner = field.get("items") if field.get("type") == "array" else field
            if isinstance(inner, dict):
                yield from _fields(inner, f"{prefix}{name}.", f"{title} · ")


def listing(name: str, content: bytes) -> Said:
    """The facts of a YAML list or of region.yaml; nothing for one that cannot be read."""
    said = Said()
    try:
        value = from_yaml(content)
    except Unreadable:
        return said
    if isinstance(value, list):
        _items(said, value, _LISTS.get(name, name), "")
    elif isinstance(value, dict):
        plain = {key: _word(one) for key, one in value.items() if key not in ("settings", "bans", "choices")}
        said.elements[""] = Facts("地区设置", "设置", {_ITEM.get(str(key), str(key)): word for key, word in plain.items()}, _QUIET)
        _items(said, value.get("settings"), "参数", "settings.")
        _items(said, value.get("bans"), "限制", "bans.")
        choices = value.get("choices")
        for key, words in (choices if isinstance(choices, dict) else {}).items():
            said.elements[f"choices.{key}"] = Facts(f"选项清单 {key}", "选项清单", {"选项": _word(words)}, _QUIET, words=_word(words))
    return said


def _items(said: Said, items: Any, kind: str, prefix: str) -> None:
    for item in items if isinstance(items, list) else ():
        if isinstance(item, dict) and item.get("id"):
            title = next((_word(item[key]) for key in _NAMES if item.get(key)), str(item["id"]))
            aspects = {_ITEM.get(str(key), str(key)): _word(value) for key, value in item.items() if key != "id"}
            said.elements[f"{prefix}{item['id']}"] = Facts(f"{kind} {title}", kind, aspects, _QUIET, behaves=kind not in ("条款",))


def _word(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list | tuple):
        return "、".join(_word(one) for one in value)
    if isinstance(value, dict):
        return "，".join(f"{key}：{_word(one)}" for key, one in value.items())
    return " ".join(str(value).split())
