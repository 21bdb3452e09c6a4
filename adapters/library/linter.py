"""The regulation against the diagrams (法规核对): duties without a step, limits without a timer, refusals that lead nowhere, judges in
their own case.

All are reminders: a regulation leaves room, and the author may have a reason. What cannot run at all is told by the gate.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from adapters.library.coverage import coverage
from adapters.library.faults import Faults
from adapters.library.reading import NATIONAL
from domain.procedures import Element, Procedure
from domain.rulesets import Ruleset

_DUTIES = {
    "step": "要求办理",
    "filing": "要求备案",
    "report": "要求报告",
    "periodic": "要求定期办理",
    "deadline": "规定了期限",
    "rejection": "规定了不予通过的情形",
    "sanction": "规定了处理措施",
}
_REFUSING = ("不通过", "不同意", "不予", "不合格", "不满足", "不合规", "驳回", "退回", "否决", "未通过")
_DRAWN = (".bpmn#", ".dmn#", "rounds.yaml#", ".json#x-rules")


def lint(ruleset: Ruleset, faults: Faults) -> None:
    """Every reminder, at the clause or at the element."""
    places = coverage(ruleset)
    _duties(ruleset, places, faults)
    _limits(ruleset, places, faults)
    asked = _asked(ruleset)
    for procedure in ruleset.procedures.values():
        if not procedure.file.startswith(f"{NATIONAL}/"):
            _refusals(ruleset, procedure, asked, faults)
            _judges(ruleset, procedure, faults)


def _duties(ruleset: Ruleset, places: Mapping[str, tuple[str, ...]], faults: Faults) -> None:
    """A clause that asks for something to be done stands on something that does it, not only on a list."""
    for clause in ruleset.catalogue:
        found = places.get(clause.id, ())
        if not clause.executable or clause.kind not in _DUTIES or not found or clause.drawn:
            continue  # one that stands nowhere is told as uncovered
        if not any(mark in place for place in found for mark in _DRAWN) and not any(place.startswith("forms/") for place in found):
            faults.add(
                f"{ruleset.code}/clauses.yaml",
                "duty-no-step",
                f"{clause.article}{_DUTIES[clause.kind]}，但只标注在{'、'.join(found[:3])}，没有步骤、批次或规则执行它。",
                "请在流程图里画出办理它的步骤，或在 drawn 写明在哪里执行。",
                element=clause.id,
                level="提醒",
            )


def _limits(ruleset: Ruleset, places: Mapping[str, tuple[str, ...]], faults: Faults) -> None:
    """A clause with a time limit stands on a timer, on a step that has one, or on a form or round that keeps the limit."""
    timed = {place for procedure in ruleset.procedures.values() for place in _timed(ruleset, procedure)}
    for clause in ruleset.catalogue:
        found = places.get(clause.id, ())
        if clause.kind != "deadline" or not clause.executable or not found or clause.drawn:
            continue
        kept = any(place in timed or place.startswith(("forms/", "rounds.yaml", "region.yaml")) or ".dmn#" in place for place in found)
        if not kept:
            faults.add(
                f"{ruleset.code}/clauses.yaml",
                "limit-no-timer",
                f"{clause.article}规定了期限，但标注它的{'、'.join(found[:3])}都没有计时，到期时不会有人知道。",
                "请在该步骤的边框上加定时边界事件，写明期限，并标注这条条款。",
                element=clause.id,
                level="提醒",
            )


def _timed(ruleset: Ruleset, procedure: Procedure) -> Iterator[str]:
    """Places that a timer watches: the timer itself, its host, what runs inside a watched call or scope."""
    file = procedure.file if procedure.file.startswith(f"{NATIONAL}/") else procedure.file.removeprefix(f"{ruleset.code}/")
    for element in procedure.elements.values():
        if element.timer is None:
            continue
        yield f"{file}#{element.id}"
        if element.attached_to:
            yield f"{file}#{element.attached_to}"
        for _, source, target, _ in procedure.flows:  # what a timer leads to, and the wait before it
            if source == element.id:
                yield f"{file}#{target}"
            if target == element.id:
                yield f"{file}#{source}"


def _refusals(ruleset: Ruleset, procedure: Procedure, asked: set[str], faults: Faults) -> None:
    """A step whose form can refuse is asked for by something, or somebody who decides reads it afterwards.

    Opinions of several parties (会签、专家) are read by whoever sums them up.
    """
    after = _after(procedure)
    refusing = {one.id for one in procedure.elements.values() if one.kind == "userTask" and _refusing(ruleset, one)}
    for element in procedure.elements.values():
        words = _refusing(ruleset, element)
        if element.id in refusing and not element.multi and element.id not in asked and not after(element.id) & refusing:
            faults.add(
                procedure.file,
                "refusal-no-path",
                f"“{element.name or element.id}”可以给出“{words[0]}”，但后面没有网关、决策表或规则看这个结论，不通过也照样往下走。",
                f'请在它后面加网关，条件写 decision("{element.id}") == "{words[0]}"。',
                element=element.id,
                level="提醒",
            )


_ASKS = re.compile(r"""(?:decision|votes|times|answer|done_on)\(\s*(?:&quot;|&apos;|["'])(?:[\w/]*/)?(\w+)""")


def _asked(ruleset: Ruleset) -> set[str]:
    """Steps whose conclusion any expression of the rule set asks for."""
    found: set[str] = set()
    for path, content in ruleset.files.items():
        if path.endswith((".bpmn", ".dmn", ".json")):
            found.update(_ASKS.findall(content.decode("utf-8", "replace").replace('\\"', '"')))
    return found


def _outcomes(ruleset: Ruleset, element: Element) -> tuple[str, ...]:
    schema = ruleset.forms.get(element.form or element.id, {})
    field = schema.get("properties", {}).get("outcome", {})
    listed = field.get("enum") or ruleset.choices.get(str(field.get("x-choices") or ""), ())
    return tuple(str(one) for one in listed)


def _refusing(ruleset: Ruleset, element: Element) -> list[str]:
    return [one for one in _outcomes(ruleset, element) if any(mark in one for mark in _REFUSING)]


def _after(procedure: Procedure) -> Callable[[str], set[str]]:
    """Everything that may come after an element."""
    leads: dict[str, list[str]] = {}
    for _, source, target, _ in procedure.flows:
        leads.setdefault(source, []).append(target)

    def reached(start: str) -> set[str]:
        seen, stack = set[str](), list(leads.get(start, ()))
        while stack:
            name = stack.pop()
            if name not in seen:
                seen.add(name)
                stack += leads.get(name, ())
        return seen - {start}

    return reached


def _judges(ruleset: Ruleset, procedure: Procedure, faults: Faults) -> None:
    """Nobody judges what the same office has applied for (申报、审核分离): the first step of a procedure that it starts, and the next."""
    before = _before(procedure)
    firsts = _firsts(procedure)
    for element in procedure.elements.values():
        office = element.office or element.lane or ""
        known = ruleset.offices.get(office)
        if element.id not in before or known is None or known.side != "applicant" or not _refusing(ruleset, element):
            continue
        for name in sorted(before[element.id] & firsts):
            other = procedure.elements[name]
            if office in procedure.starters and (other.office or other.lane) == office and not _refusing(ruleset, other):
                faults.add(
                    procedure.file,
                    "same-office",
                    f"“{other.name or name}”和接着的审核“{element.name or element.id}”都由{known.name}办理，等于自己审自己。",
                    "请把审核放到另一个岗位的泳道。",
                    element=element.id,
                    level="提醒",
                )


def _firsts(procedure: Procedure) -> set[str]:
    """Human steps a case comes to first."""
    leads: dict[str, list[str]] = {}
    for _, source, target, _ in procedure.flows:
        leads.setdefault(source, []).append(target)
    seen, found = set[str](), set[str]()
    stack = [one.id for one in procedure.elements.values() if one.kind == "startEvent"]
    while stack:
        name = stack.pop()
        if name in procedure.elements and procedure.elements[name].kind == "userTask":
            found.add(name)
        elif name not in seen:
            seen.add(name)
            stack += leads.get(name, ())
    return found


def _before(procedure: Procedure) -> dict[str, set[str]]:
    """Step → human steps directly before it, looking through gateways and automatic steps."""
    into: dict[str, list[str]] = {}
    for _, source, target, _ in procedure.flows:
        into.setdefault(target, []).append(source)
    found: dict[str, set[str]] = {}
    for one in procedure.elements.values():
        if one.kind != "userTask":
            continue
        found[one.id] = set()
        seen, stack = set[str](), list(into.get(one.id, ()))
        while stack:
            name = stack.pop()
            if name in seen or name not in procedure.elements:
                continue
            seen.add(name)
            if procedure.elements[name].kind == "userTask":
                found[one.id].add(name)
            else:
                stack += into.get(name, ())
    return found
