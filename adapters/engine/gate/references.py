"""Every expression of a rule set: it can be read, its functions exist, and what it names (steps, fields, clauses…) is there."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from adapters.engine import functions, grammar
from adapters.engine.expressions import check_expression
from adapters.engine.gate.calls import Calls
from adapters.engine.gate.context import Context
from adapters.engine.gate.diagram import Diagram, Node
from adapters.engine.gate.report import Report, listed, near
from adapters.engine.vocabulary import FUNCTIONS, PROJECT_FACTS, Signature
from domain.errors import ExpressionFailed

KNOWN = frozenset({*FUNCTIONS, *functions.NAMES})
_NEVER = "这样的条件永远查不到内容。"


@dataclass(frozen=True, slots=True)
class Place:
    """Where an expression stands. `process` is "" for forms and tables that any process may use."""

    file: str
    element: str | None
    words: str  #: how a finding names it: 顺序流 x 的条件
    process: str = ""


def calls_in(source: str) -> Iterator[ast.Call]:
    """Calls of named functions in an expression; nothing for one that cannot be read."""
    try:
        tree = grammar.parse(source)
    except ExpressionFailed:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node


def name_of(call: ast.Call) -> str:
    """Name of the called function."""
    return call.func.id if isinstance(call.func, ast.Name) else ""


def literal(node: ast.expr | None) -> str | None:
    """Text of a literal argument."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


class References:
    """Checks expressions against one rule set."""

    def __init__(self, diagrams: Mapping[str, Diagram], calls: Calls, context: Context, report: Report) -> None:
        self.diagrams, self.calls, self.context, self.report = diagrams, calls, context, report
        self.amounts = frozenset(context.marked("x-amount"))
        self.facts = PROJECT_FACTS | frozenset(context.marked("x-project"))
        self.flags: set[str] = set()  #: names that some operation notes
        self._families: dict[str, set[str]] = {}

    def check(self, place: Place, source: str, names: frozenset[str] = frozenset()) -> bool:
        """Whether the expression is sound; findings say what is not."""
        if fault := check_expression(source, KNOWN, names):
            todo = (
                "流程里不存放变量；请用 decision、answer、project 等函数查询。" if "未知名称" in fault else "请按《编写流程》中的写法改正。"
            )
            code = "unknown-function" if "未知函数" in fault else "unknown-name" if "未知名称" in fault else "expression"
            self.report.add(place.file, place.element, code, f"{place.words}：{fault}", todo)
            return False
        before = len(self.report.found)
        for call in calls_in(source):
            self._call(place, call)
        return not any(finding.level == "错误" for finding in self.report.found[before:])

    def _call(self, place: Place, call: ast.Call) -> None:
        name = name_of(call)
        signature = FUNCTIONS.get(name)
        if signature is None:
            return
        arguments = self._arguments(place, name, signature, call)
        if arguments is None:
            return
        for kind, value in arguments.items():
            if value is not None and kind in _CHECKS:
                _CHECKS[kind](self, place, value)
        step = arguments.get("step")
        if step is None:
            return
        targets = self.steps(place, step)
        if field := arguments.get("field"):
            self._field(place, step, field, targets)
        if outcome := arguments.get("outcome"):
            self.outcome(place, step, outcome, targets)

    def _arguments(self, place: Place, name: str, signature: Signature, call: ast.Call) -> dict[str, str | None] | None:
        """Literal text of each kind of argument; None after a finding about their number."""
        most = len(signature.arguments)
        given = [keyword.arg or "" for keyword in call.keywords]
        if not signature.least <= len(call.args) + len(given) <= most or not set(given) <= signature.names:
            want = f"{signature.least}" if signature.least == most else f"{signature.least} 至 {most}"
            extra = f"，其中 {'、'.join(sorted(signature.names))} 写成 名称=值" if signature.names else ""
            what = f"{place.words}：{name} 应有 {want} 个参数{extra}，现有 {len(call.args) + len(given)} 个。"
            self.report.add(place.file, place.element, "arity", what, f"{name}：{signature.words}。请补全或删去参数。")
            return None
        return {kind: literal(argument) for kind, argument in zip(signature.kinds, call.args, strict=False)}

    # --- steps --------------------------------------------------------------------------------------------------------------------

    def steps(self, place: Place, path: str) -> list[tuple[Diagram, Node]]:
        """Elements that `path` may mean: in the same case, last part an element, parts before it calls."""
        family = self.family(place.process)
        parts = path.split("/")
        found = []
        for ident in sorted(family):
            diagram = self.diagrams[ident]
            if node := diagram.nodes.get(parts[0]):
                found += self._follow(diagram, node, parts[1:])
        return found

    def family(self, process: str) -> set[str]:
        """Processes that can run in one case with this one; all of them when it is not known which."""
        if process not in self.diagrams:
            return set(self.diagrams)
        if process not in self._families:
            self._families[process] = self.calls.family(process)
        return self._families[process]

    def _follow(self, diagram: Diagram, node: Node, rest: list[str]) -> list[tuple[Diagram, Node]]:
        for part in rest:
            called = self.diagrams.get(node.called) if node.kind == "callActivity" else None
            inner = called.nodes.get(part) if called else None
            if called is None or inner is None:
                return []
            diagram, node = called, inner
        return [(diagram, node)]

    def _step(self, place: Place, path: str) -> None:
        if self.steps(place, path):
            return
        everywhere = {node for diagram in self.diagrams.values() for node in diagram.nodes}
        own = {node for ident in self.family(place.process) for node in self.diagrams[ident].nodes}
        last = path.rpartition("/")[2]
        if "/" in path and last in everywhere:
            what = f"{place.words}引用的步骤“{path}”不存在：前一段应是调用活动的编号，后一段应在被调用的流程中。{_NEVER}"
            todo = "请按“调用活动编号/步骤编号”改正。"
        elif last in everywhere:
            what = f"{place.words}引用的步骤“{path}”在另一个流程里，不会出现在同一个办件中。{_NEVER}"
            todo = "请改为本流程或它调用的流程中的步骤。"
        else:
            what = f"{place.words}引用的步骤“{path}”不存在。{_NEVER}"
            todo = near(last, own) or near(last, everywhere) or "请填写步骤的编号。"
        self.report.add(place.file, place.element, "unknown-step", what, todo)

    def _field(self, place: Place, step: str, field: str, targets: list[tuple[Diagram, Node]]) -> None:
        known: set[str] = set()
        for diagram, node in targets:
            known |= self.context.form_fields(diagram.form(node)) if node.kind in ("userTask", "manualTask") else set()
        if targets and field not in known:
            what = f"{place.words}引用的字段“{field}”不在步骤 {step} 的表单里。{_NEVER}"
            self.report.add(place.file, place.element, "unknown-field", what, near(field, known) or f"可用字段：{listed(known) or '无'}。")

    def outcome(self, place: Place, step: str, outcome: str, targets: list[tuple[Diagram, Node]]) -> None:
        """A conclusion that the step's form does not offer."""
        offered: set[str] = set()
        for diagram, node in targets:
            if node.kind != "userTask" or not (words := self.context.outcomes(diagram.form(node))):
                return
            offered.update(words)
        if targets and outcome not in offered:
            what = f"{place.words}中步骤 {step} 的结论“{outcome}”不在表单的选项里，这个条件永远不成立。"
            self.report.add(place.file, place.element, "unknown-outcome", what, f"可用结论：{listed(offered)}。{near(outcome, offered)}")

    # --- other names --------------------------------------------------------------------------------------------------------------

    def _known(self, place: Place, code: str, words: str, name: str, known: frozenset[str], todo: str) -> None:
        if name not in known:
            what = f"{place.words}引用的{words}“{name}”不存在。"
            self.report.add(place.file, place.element, code, what, near(name, known) or todo)

    def clause(self, place: Place, name: str) -> None:
        """A clause id that the catalogue does not know."""
        self._known(place, "unknown-clause", "条款", name, self.context.clauses, "请填写 clauses.yaml 中的条款编号。")

    def office(self, place: Place, name: str) -> None:
        """An office id that offices.yaml does not know."""
        self._known(place, "unknown-office", "单位（岗位）", name, frozenset(self.context.offices), "请填写 offices.yaml 中的编号。")

    def ban(self, place: Place, name: str) -> None:
        """A kind of bar that region.yaml does not know."""
        self._known(place, "unknown-ban", "限制种类", name, self.context.bans, "请在 region.yaml 的 bans 中登记。")

    def _setting(self, place: Place, name: str) -> None:
        self._known(place, "unknown-setting", "设置项", name, frozenset(self.context.settings), "请在 region.yaml 的 settings 中登记。")

    def _amount(self, place: Place, name: str) -> None:
        self._known(place, "unknown-amount", "金额种类", name, self.amounts, "请在填报该金额的表单字段上加 x-amount。")

    def _fact(self, place: Place, name: str) -> None:
        self._known(place, "unknown-fact", "项目情况", name, self.facts, "请在填报该内容的表单字段上加 x-project。")

    def _flag(self, place: Place, name: str) -> None:
        if name not in self.flags:
            what = f"{place.words}引用的标记“{name}”没有任何操作登记过，会一直为空。"
            todo = near(name, self.flags) or "请用操作 flag 登记它，或删去引用。"
            self.report.add(place.file, place.element, "unknown-flag", what, todo, level="提醒")

    def _procedure(self, place: Place, name: str) -> None:
        if f"{self.context.code}_{name}" not in self.diagrams:
            what = f"{place.words}引用的流程“{name}”不存在。"
            known = {ident.removeprefix(f"{self.context.code}_") for ident in self.diagrams}
            self.report.add(place.file, place.element, "unknown-procedure", what, near(name, known) or "请填写流程编号。")

    def _param(self, place: Place, name: str) -> None:
        if place.process not in self.diagrams:
            return
        sites = [site for one in self.calls.above(place.process) for site in self.calls.sites.get(one, [])]
        given = {note.get("name") or "" for _, node in sites for note in node.notes("param")}
        if name not in given and (sites or not self.diagrams[place.process].national):
            what = f"{place.words}引用的参数“{name}”，没有任何调用给出。{_NEVER}"
            self.report.add(place.file, place.element, "unknown-param", what, near(name, given) or "请在调用活动上加这个参数。")


_CHECKS = {
    "step": References._step,
    "clause": References.clause,
    "office": References.office,
    "ban": References.ban,
    "setting": References._setting,
    "amount": References._amount,
    "fact": References._fact,
    "flag": References._flag,
    "param": References._param,
    "procedure": References._procedure,
}
