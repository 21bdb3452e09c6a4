"""Our own data on a diagram: clauses, offices, forms, materials, parties, parameters, operations, and every expression in it."""

from __future__ import annotations

from lxml import etree

from adapters.engine import grammar
from adapters.engine.gate.diagram import PEOPLE, B, Diagram, L, Node, S, text_of
from adapters.engine.gate.references import Place, References, calls_in, literal, name_of
from adapters.engine.gate.report import listed, near
from adapters.engine.gate.timing import check_timer
from adapters.engine.vocabulary import OPERATIONS
from domain.errors import ExpressionFailed

_NOTES = {"clause", "procedure", "step", "material", "parties", "param", "reminder"}
_STEPS = PEOPLE | {"businessRuleTask", "callActivity"}


def check(diagram: Diagram, references: References, decisions: frozenset[str]) -> None:
    """`decisions`: ids of the decision tables of the rule set."""
    Law(diagram, references, decisions).run()


class Law:
    """One diagram against one rule set."""

    def __init__(self, diagram: Diagram, references: References, decisions: frozenset[str]) -> None:
        self.diagram, self.references, self.decisions = diagram, references, decisions
        self.context, self.report = references.context, references.report

    def run(self) -> None:
        self._notes()
        self._procedure()
        self._lanes()
        for flow in self.diagram.flows:
            if flow.condition:
                self.expression(flow.id, f"顺序流 {flow.id} 的条件", flow.condition)
        for node in self.diagram.nodes.values():
            if node.kind in PEOPLE:
                self._person(node)
            elif node.kind == "serviceTask":
                self._operation(node)
            elif node.kind == "businessRuleTask":
                self._decision(node)
            self._scripts(node)
            if node.kind in _STEPS and node.note("clause") is None and not self.diagram.national:
                what = f"{node.label}没有注明依据的条款，办理人员看不到为什么要办。"
                self.report.add(self.diagram.file, node.id, "no-clause", what, "请加 lianshen:clause，填写条款编号。")
            self._loop(node)
            if (timer := node.timer()) is not None:
                check_timer(self, node, *timer)

    def place(self, element: str | None, words: str) -> Place:
        """A place in this diagram."""
        return Place(self.diagram.file, element, words, self.diagram.id)

    def expression(self, element: str | None, words: str, source: str, names: frozenset[str] = frozenset()) -> bool:
        """Check one expression; `names`: fields of a form that it may name."""
        return self.references.check(self.place(element, words), source, names)

    def fault(self, node: Node, code: str, what: str, todo: str) -> None:
        """A finding at a node."""
        self.report.add(self.diagram.file, node.id, code, what, todo)

    # --- notes --------------------------------------------------------------------------------------------------------------------

    def _notes(self) -> None:
        for note in self.diagram.process.iter(f"{L}*"):
            parent = note.getparent()
            owner = parent.getparent() if parent is not None else None
            ident = owner.get("id") if owner is not None else None
            local = etree.QName(note).localname
            if parent is None or parent.tag != f"{B}extensionElements" or local not in _NOTES:
                todo = near(local, _NOTES) or f"可用：{listed(_NOTES)}，放在 extensionElements 里。"
                self.report.add(self.diagram.file, ident, "unknown-note", f"不认识的说明 lianshen:{local}，不会执行。", todo)
            elif local == "clause":
                self.references.clause(self.place(ident, ident or "流程"), note.get("id") or "")
            elif local == "material":
                self._material(note, ident)

    def _material(self, note: etree._Element, ident: str | None) -> None:
        name = note.get("id") or ""
        if name not in self.context.materials:
            what = f"{ident} 要求的材料“{name}”不在材料目录里，办理人员无从上传。"
            todo = near(name, self.context.materials) or "请先在 materials.yaml 登记。"
            self.report.add(self.diagram.file, ident, "unknown-material", what, todo)
        if when := note.get("when"):
            node = self.diagram.nodes.get(ident or "")
            fields = frozenset(self.context.properties(self.diagram.form(node))) if node is not None else frozenset[str]()
            self.expression(ident, f"材料 {name} 的条件", when, fields)

    def _procedure(self) -> None:
        note = self.diagram.process.find(f"{B}extensionElements/{L}procedure")
        if note is None:
            return
        place = self.place(None, "流程")
        for office in filter(None, ((note.get("starters") or "").replace(" ", "").split(","))):
            if not self.diagram.national or office in self.context.offices:
                self.references.office(place, office)
        if when := note.get("when"):
            self.expression(None, "发起条件", when)

    def _lanes(self) -> None:
        if self.diagram.national:
            return
        for lane in self.diagram.process.iter(f"{B}lane"):
            ident = lane.get("id") or ""
            if ident not in self.context.offices:
                what = f"泳道“{lane.get('name') or ident}”的编号 {ident} 不是已登记的单位（岗位），里面的步骤没有人办理。"
                todo = near(ident, self.context.offices.keys()) or "请在 offices.yaml 登记，或改用已有编号。"
                self.report.add(self.diagram.file, ident or None, "unknown-office", what, todo)
            elif not self.context.offices[ident].strip():
                self.report.add(self.diagram.file, ident, "office-name", f"单位（岗位）{ident} 没有名称。", "请在 offices.yaml 填写名称。")

    # --- people -------------------------------------------------------------------------------------------------------------------

    def _person(self, node: Node) -> None:
        step = node.note("step")
        office = (step.get("office") or "") if step is not None else ""
        if office.startswith("="):
            self.expression(node.id, f"{node.label}的办理单位", office[1:])
        elif office and not self.diagram.national:
            self.references.office(self.place(node.id, f"{node.label}的办理单位"), office)
        elif not office and not self.diagram.lane(node) and node.note("parties") is None:
            self.fault(node, "no-office", f"{node.label}不在任何泳道里，没有人办理。", "请放进泳道，或在 lianshen:step 写 office。")
        form = self.diagram.form(node)
        if form not in self.context.forms:
            todo = near(form, self.context.forms.keys()) or "请补上表单，或在 lianshen:step 写 form。"
            self.fault(node, "unknown-form", f"{node.label}的表单“{form}”不存在，打开待办时无内容可填。", todo)
        self._parties(node)

    def _parties(self, node: Node) -> None:
        parties = node.note("parties")
        if parties is None:
            if node.multi:
                todo = "请加 lianshen:parties，写明 offices 或 source。"
                self.fault(node, "no-parties", f"{node.label}是会签步骤，但没有写明会签方。", todo)
            return
        if not node.multi:
            what = f"{node.label}写了会签方，但不是多实例，只会产生一件待办。"
            self.fault(node, "no-parties", what, "请加并行多实例标记，loopCardinality 写 count(parties(…))。")
        offices = [one.strip() for one in (parties.get("offices") or "").split(",") if one.strip()]
        source = parties.get("source")
        if not offices and not source:
            self.fault(node, "no-parties", f"{node.label}的会签方是空的。", "请写 offices（单位编号，逗号分隔）或 source（表达式）。")
        for office in offices if not self.diagram.national else []:
            self.references.office(self.place(node.id, f"{node.label}的会签方"), office)
        if source:
            self.expression(node.id, f"{node.label}的会签方来源", source)
        again = parties.get("again")
        if again:
            place = self.place(node.id, f"{node.label}的再次会签条件")
            self.references.outcome(place, node.id, again, [(self.diagram, node)])

    def _loop(self, node: Node) -> None:
        loop = node.loop
        for tag, words in (("loopCardinality", "实例数"), ("completionCondition", "完成条件"), ("loopCondition", "循环条件")):
            source = text_of(loop.find(B + tag)) if loop is not None else None
            if source and not source.isdigit() and self.expression(node.id, f"{node.label}的{words}", source) and tag == "loopCardinality":
                named = [literal(call.args[0]) for call in calls_in(source) if name_of(call) == "parties" and call.args]
                if named and node.id not in named:
                    what = f"{node.label}的实例数取自另一个步骤 {named[0]} 的会签方，名单与待办会对不上。"
                    self.fault(node, "parties-mismatch", what, f'请改为 count(parties("{node.id}"))。')

    # --- automatic steps ----------------------------------------------------------------------------------------------------------

    def _operation(self, node: Node) -> None:
        operator = node.operation
        name = operator.get("id") if operator is not None else None
        if operator is None or name is None or name not in OPERATIONS:
            what = f"{node.label}的操作“{name or ''}”不是系统提供的操作，流程到此会出错。"
            self.fault(
                node, "unknown-operation", what, near(name or "", OPERATIONS.keys()) or f"可用操作：{listed(OPERATIONS.keys(), 20)}。"
            )
            return
        operation = OPERATIONS[name]
        given: dict[str, str] = {}
        for parameter in operator.iterfind(f"{S}parameters/{S}parameter"):
            key, value = parameter.get("id") or "", parameter.get("value") or ""
            given[key] = value
            if key not in operation.parameters and not operation.open:
                todo = near(key, operation.parameters.keys()) or f"可用参数：{listed(operation.parameters.keys())}。"
                self.fault(node, "operation-parameter", f"{node.label}的操作 {name} 没有参数“{key}”。", todo)
            elif self.expression(node.id, f"{node.label}的参数 {key}", value):
                self._value(node, key, operation.parameters.get(key, "value").rstrip("?"), value)
        for key, kind in operation.parameters.items():
            if key not in given and not kind.endswith("?"):
                self.fault(
                    node, "operation-parameter", f"{node.label}的操作 {name} 缺少参数“{key}”。", f"{operation.words}：请补上 {key}。"
                )

    def _value(self, node: Node, key: str, kind: str, source: str) -> None:
        """A literal value of a parameter that names something."""
        try:
            value = literal(grammar.parse(source))
        except ExpressionFailed:
            return
        if value is None:
            return
        place = self.place(node.id, f"{node.label}的参数 {key}")
        if kind == "clause":
            self.references.clause(place, value)
        elif kind == "offices" and not self.diagram.national:
            self.references.office(place, value)
        elif kind == "ban":
            self.references.ban(place, value)
        elif kind == "step":
            self.expression(node.id, f"{node.label}的参数 {key}", f"done_on({value!r})")
        elif kind == "procedure":
            ids = self.references.diagrams.keys()
            if not {value, f"{self.context.code}_{value}", f"national_{value}"} & ids:
                self.fault(node, "call-missing", f"{node.label}要发起的流程“{value}”不存在。", near(value, ids) or "请填写流程编号。")

    def _decision(self, node: Node) -> None:
        table = node.decision
        if table not in self.decisions:
            what = f"{node.label}引用的决策表“{table or ''}”不存在，流程到此会出错。"
            self.fault(node, "unknown-table", what, near(table or "", self.decisions) or "请填写决策表的编号，或补上该表。")

    def _scripts(self, node: Node) -> None:
        """Script tasks, and scripts before and after any step: assignments only."""
        sources = [text_of(node.element.find(f"{B}script"))] if node.kind == "scriptTask" else []
        for tag in ("preScript", "postScript"):
            sources += [text_of(script) for script in node.element.iterfind(f"{B}extensionElements/{S}{tag}")]
        for source in sources:
            try:
                grammar.parse_script(source or "")
            except ExpressionFailed as error:
                self.fault(node, "expression", f"{node.label}的脚本：{error.what}", "脚本只能写赋值；判断和计算请用网关和决策表。")
