"""A new jurisdiction's folder (新增地区): the whole small procedure of `bpmn/national/skeleton` under a code of its own."""

from __future__ import annotations

import re
from pathlib import Path

from adapters.library.reading import NATIONAL
from domain.errors import Refusal

SKELETON, NAME, PREFIX = "skeleton", "示例地区", "XX"
_CODE = re.compile(r"[a-z][a-z0-9_]{1,40}")
_PREFIX = re.compile(r"[A-Z]{2,4}")


def create(root: Path, code: str, name: str, prefix: str = "") -> list[Path]:
    """Write the folder `root`/`code`; answers its files. Raises Refusal for a code or name that cannot be used or is taken."""
    prefix = prefix or code[:2].upper()
    if not _CODE.fullmatch(code) or code in (NATIONAL, SKELETON):
        raise Refusal(f"“{code}”不能作为地区编号。", todo="请用小写英文字母开头，只含小写字母、数字和下划线，如 pingshan。")
    if not _PREFIX.fullmatch(prefix):
        raise Refusal(f"“{prefix}”不能作为条款编号的缩写。", todo="请写二到四个大写英文字母，如 --prefix PS。")
    if not name.strip() or any(sign in name for sign in "\"'<>&:#{}[]\n"):
        raise Refusal(f"“{name}”不能作为地区名称。", todo="请写地区的中文名称，如 平山县。")
    target = root / code
    if target.exists():
        raise Refusal(f"文件夹 {code} 已经存在，没有改动。", todo="请换一个编号，或先移走该文件夹。")
    made = []
    source = root / NATIONAL / SKELETON
    for path in sorted(source.rglob("*")):
        if path.is_file():
            text = path.read_text("utf-8").replace(SKELETON, code).replace(NAME, name.strip()).replace(f"{PREFIX}-", f"{prefix}-")
            place = target / path.relative_to(source)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text, encoding="utf-8")
            made.append(place)
    return made
