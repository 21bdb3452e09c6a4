"""What people call a file: the name of its procedure, table, form or story."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from adapters.library.diagrams import BPMN, xml
from adapters.library.faults import Faults
from adapters.library.texts import Unreadable, from_json

_STORY = re.compile(rb"^title:[ \t]*(.+?)[ \t]*$", re.MULTILINE)
_LISTS = {"region": "地区设置", "clauses": "条款目录", "offices": "岗位", "materials": "材料", "rounds": "批次"}
_STORIES = {"_organisation": "场景人员和单位", "_defaults": "场景默认答案", "_actors": "每一步的岗位和材料"}


def title_of(path: str, content: bytes) -> str:
    """The name of a file for people; its bare file name where it has none or cannot be read."""
    name = PurePosixPath(path)
    found = ""
    if name.suffix == ".yaml":
        story = _STORY.search(content[:4_000]) if "scenarios" in name.parts else None
        fixed = _STORIES if "scenarios" in name.parts else _LISTS
        found = story[1].decode("utf-8", "replace").strip("'\"") if story else fixed.get(name.stem, "")
    elif name.suffix == ".json":
        try:
            value = from_json(content)
        except Unreadable:
            value = None
        found = str(value.get("title") or "") if isinstance(value, dict) else ""
    else:
        root = xml(content, path, Faults())
        wanted = ("participant", "process") if name.suffix == ".bpmn" else ("decision",)
        elements = () if root is None else (one for tag in wanted for one in root.iter(f"{BPMN}{tag}", f"{{*}}{tag}"))
        found = next((one.get("name") or "" for one in elements if one.get("name")), "")
    return " ".join(found.split())[:80] or name.stem
