"""Read our notes in a diagram: the children of `extensionElements` in the namespace urn:lianshen:1."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lxml import etree

from adapters.library.faults import Faults
from domain.procedures import Material, Parties

OURS = "{urn:lianshen:1}"
_EXTENSIONS = "{http://www.omg.org/spec/BPMN/20100524/MODEL}extensionElements"
_KNOWN = {
    "clause": {"id"},
    "procedure": {"kind", "title", "starters", "when"},
    "step": {"form", "office", "stage"},
    "material": {"id", "required", "when"},
    "parties": {"offices", "source", "person", "again"},
    "param": {"name", "value"},
    "reminder": set(),
}
_NEEDED = {"clause": "id", "material": "id", "param": "name"}
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})\.[0-9]{1,12}")

Value = str | int | float | bool


@dataclass(slots=True)
class Notes:
    """What our namespace says about one element."""

    clauses: tuple[str, ...] = ()
    procedure: dict[str, object] = field(default_factory=dict)
    form: str | None = None
    office: str = ""
    stage: str | None = None
    materials: tuple[Material, ...] = ()
    parties: Parties | None = None
    params: dict[str, Value] = field(default_factory=dict)
    reminder: bool = False


def notes_of(one: etree._Element, file: str, faults: Faults) -> Notes:
    """Our notes on one BPMN element; what we do not know in our own namespace is a finding."""
    notes, element = Notes(), one.get("id")
    for note in one.iterfind(f"{_EXTENSIONS}/{OURS}*"):
        kind = etree.QName(note).localname
        given = {etree.QName(str(name)).localname: str(value).strip() for name, value in note.attrib.items()}
        if kind not in _KNOWN:
            faults.add(file, "unknown-note", f"不认识标注 lianshen:{kind}。", f"可用的标注：{'、'.join(_KNOWN)}。", element=element)
        elif unknown := given.keys() - _KNOWN[kind]:
            names = "、".join(sorted(unknown))
            faults.add(
                file,
                "unknown-note",
                f"标注 {kind} 不认识属性 {names}。",
                f"可用的属性：{'、'.join(sorted(_KNOWN[kind]))}。",
                element=element,
            )
        elif kind in _NEEDED and not given.get(_NEEDED[kind]):
            faults.add(file, "empty-note", f"标注 {kind} 缺少 {_NEEDED[kind]}。", "请补上，或删去这条标注。", element=element)
        else:
            _take(notes, kind, given, file, element, faults)
    return notes


def _take(notes: Notes, kind: str, given: dict[str, str], file: str, element: str | None, faults: Faults) -> None:
    if kind == "clause":
        notes.clauses += () if given["id"] in notes.clauses else (given["id"],)
    elif kind == "procedure":
        notes.procedure = {name: value for name, value in given.items() if value}
        notes.procedure["starters"] = listed(given.get("starters", ""))
    elif kind == "step":
        notes.form = given.get("form") or notes.form
        notes.office = given.get("office") or notes.office
        notes.stage = given.get("stage") or notes.stage
    elif kind == "material":
        required = _yes(given.get("required", "true"), "required", file, element, faults)
        notes.materials += (Material(id=given["id"], required=required, when=given.get("when", "")),)
    elif kind == "parties":
        person = _yes(given.get("person", "false"), "person", file, element, faults)
        notes.parties = Parties(
            offices=listed(given.get("offices", "")), source=given.get("source", ""), person=person, again=given.get("again", "")
        )
    elif kind == "reminder":
        notes.reminder = True
    elif given["name"] in notes.params:
        faults.add(file, "duplicate-param", f"参数 {given['name']} 写了两次。", "请只保留一个。", element=element)
    else:
        notes.params[given["name"]] = typed(given.get("value", ""))


def listed(text: str) -> tuple[str, ...]:
    """`a, b,c` → ("a", "b", "c")."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def typed(text: str) -> Value:
    """A parameter's value: true/false, numbers, else text. `06-30` and `007` stay text."""
    if text in ("true", "false"):
        return text == "true"
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _NUMBER.fullmatch(text) else text


def _yes(text: str, name: str, file: str, element: str | None, faults: Faults) -> bool:
    if text not in ("true", "false"):
        faults.add(file, "true-false", f"{name} 只能是 true 或 false，不能是“{text}”。", "请改正。", element=element)
    return text == "true"
