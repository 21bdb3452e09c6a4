"""Collect what is wrong with the files of a rule set as findings people can read; nothing here raises on a bad file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ValidationError

from domain.findings import Finding

Model = TypeVar("Model", bound=BaseModel)

_WORDS = {
    "missing": "缺少“{place}”",
    "extra_forbidden": "不认识“{place}”",
    "string_type": "“{place}”应为文字",
    "int_type": "“{place}”应为整数",
    "int_parsing": "“{place}”应为整数",
    "int_from_float": "“{place}”应为整数",
    "bool_type": "“{place}”应为 true 或 false",
    "bool_parsing": "“{place}”应为 true 或 false",
    "tuple_type": "“{place}”应为列表",
    "list_type": "“{place}”应为列表",
    "dict_type": "“{place}”应为“名称: 内容”的对照",
    "mapping_type": "“{place}”应为“名称: 内容”的对照",
    "model_type": "“{place}”应为“名称: 内容”的对照",
    "date_type": "“{place}”应为日期，例如 2026-01-01",
    "date_parsing": "“{place}”应为日期，例如 2026-01-01",
    "date_from_datetime_parsing": "“{place}”应为日期，例如 2026-01-01",
    "date_from_datetime_inexact": "“{place}”应为日期，例如 2026-01-01",
}


class Faults:
    """The findings of one reading, in file order."""

    def __init__(self) -> None:
        self.found: list[Finding] = []

    def add(
        self, file: str, code: str, what: str, todo: str, *, element: str | None = None, level: Literal["错误", "提醒"] = "错误"
    ) -> None:
        """Note one fault. `what` and `todo` are Chinese sentences."""
        self.found.append(Finding(file=file, element=element, code=code, what=what, todo=todo, level=level))

    @property
    def stop(self) -> bool:
        """Whether anything found stands against publishing."""
        return any(finding.level == "错误" for finding in self.found)

    def model(self, kind: type[Model], data: object, file: str, element: str | None = None) -> Model | None:
        """`data` as a value of `kind`, or None with one finding for each wrong field."""
        if not isinstance(data, Mapping):
            self.add(file, "shape", "此处应为“名称: 内容”的对照。", "请按同类文件的写法补全字段。", element=element)
            return None
        try:
            return kind.model_validate(dict(data))
        except ValidationError as error:
            for one in error.errors(include_url=False):
                self.add(file, "field", _in_chinese(dict(one)) + "。", "请改正该字段。", element=element)
            return None


def _in_chinese(error: Mapping[str, Any]) -> str:
    place = ".".join(str(part) for part in error["loc"])
    kind, context = error["type"], error.get("ctx") or {}
    if kind == "value_error":
        return str(context.get("error", error["msg"]))
    if kind in ("literal_error", "enum"):
        return f"“{place}”只能是 {context.get('expected', '')}".replace(" or ", " 或 ")
    return _WORDS.get(kind, "“{place}”的内容不合规定").format(place=place)
