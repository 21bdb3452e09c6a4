"""The order of the checks, and what they share."""

from __future__ import annotations

from collections.abc import Mapping

from adapters.engine import grammar
from adapters.engine.gate import decisions, dryrun, flow, forms, law, outcomes, parallel, shape, source
from adapters.engine.gate.calls import Calls
from adapters.engine.gate.context import Context
from adapters.engine.gate.decisions import Table
from adapters.engine.gate.diagram import B, Diagram, S
from adapters.engine.gate.diagram import read as read_diagram
from adapters.engine.gate.references import References, literal
from adapters.engine.gate.report import Report, near
from domain.errors import ExpressionFailed
from domain.findings import Finding

MOST_TO_READ = 5 * shape.MOST_NODES  #: a diagram beyond this is refused and not looked into


def check(files: Mapping[str, bytes], context: Context, *, walks: bool = True) -> list[Finding]:
    """All findings about the diagrams and tables among `files`, by file. `walks`: also run the dry run where nothing stands against it."""
    report = Report()
    diagrams, tables = _read(files, report)
    calls = Calls(diagrams)
    waiting = calls.waiting()
    references = References(diagrams, calls, context, report)
    references.flags |= {word for diagram in diagrams.values() for word in _words(diagram, "flag", "name")}
    for table in tables.values():
        decisions.check(table, references)
    for diagram in diagrams.values():
        shape.check_constructs(diagram, report)
        flow.check(diagram, waiting, report)
        parallel.check(diagram, context, report)
        if _in_use(diagram, calls):
            law.check(diagram, references, frozenset(tables))
            outcomes.check(diagram, references, tables)
    calls.check(context, report)
    if len(diagrams) == sum(file.endswith(".bpmn") for file in files):  # a file that cannot be read may be the one that sends
        _messages(diagrams, context, report)
    forms.check(references, files)
    if walks:
        dryrun.check(files, references, tables)
    order = {file: number for number, file in enumerate(sorted(files))}
    return sorted(report.found, key=lambda finding: (order.get(finding.file, len(order)), finding.level != "错误"))


def _in_use(diagram: Diagram, calls: Calls) -> bool:
    """Whether the jurisdiction's own diagrams lead to it: a shared part that they never call need not fit their lists."""
    return not diagram.national or any(not calls.diagrams[one].national for one in calls.above(diagram.id))


def _read(files: Mapping[str, bytes], report: Report) -> tuple[dict[str, Diagram], dict[str, Table]]:
    diagrams: dict[str, Diagram] = {}
    tables: dict[str, Table] = {}
    for file in sorted(files):
        if file.endswith(".bpmn"):
            diagram = _diagram(file, files[file], report)
            if diagram is not None and diagram.id in diagrams:
                what = f"流程编号 {diagram.id} 与 {diagrams[diagram.id].file} 重复，调用时不知道用哪一个。"
                report.add(file, None, "duplicate-id", what, "请改用不同的流程编号。")
            elif diagram is not None:
                diagrams[diagram.id] = diagram
        elif file.endswith(".dmn") and (root := source.read(file, files[file], report)) is not None:
            table = decisions.read(file, root, report)
            if table is not None and table.id in tables:
                report.add(file, table.id, "duplicate-id", f"决策表编号 {table.id} 与 {tables[table.id].file} 重复。", "请改用不同的编号。")
            elif table is not None:
                tables[table.id] = table
    return diagrams, tables


def _diagram(file: str, data: bytes, report: Report) -> Diagram | None:
    root = source.read(file, data, report)
    if root is None:
        return None
    if shape.foreign(root):
        report.add(file, None, "bpmn", "文件不是 BPMN 2.0 流程图。", "请用流程编辑器重新导出该文件。")
        return None
    source.check_schema(file, root, report)
    shape.check_ids(file, root, report)
    processes = [one for one in root.findall(f"{B}process") if one.get("isExecutable") == "true"]
    if len(processes) != 1 or not processes[0].get("id"):
        what = f"有 {len(processes)} 个可执行的流程" if processes else "没有可执行的流程"
        report.add(file, None, "process", f"文件里{what}，应当正好一个。", "请把流程属性“可执行”设为是，每个文件只放一个流程。")
        return None
    diagram = read_diagram(file, root, processes[0])
    if len(diagram.nodes) > MOST_TO_READ or len(diagram.flows) > 2 * MOST_TO_READ:
        what = f"流程有 {len(diagram.nodes)} 个节点、{len(diagram.flows)} 条顺序流，无法检查。"
        report.add(file, None, "too-many-nodes", what, "请把一部分移到被调用的流程中。")
        return None
    return diagram


def _words(diagram: Diagram, operation: str, key: str) -> set[str]:
    """Literal values of a parameter of an operation in a diagram; "*" for one that is only known at run time."""
    found: set[str] = set()
    for node in diagram.nodes.values():
        operator = node.operation
        if operator is None or operator.get("id") != operation:
            continue
        for parameter in operator.iterfind(f"{S}parameters/{S}parameter"):
            if parameter.get("id") == key:
                try:
                    found.add(literal(grammar.parse(parameter.get("value") or "")) or "*")
                except ExpressionFailed:
                    found.add("*")
    return found


def _messages(diagrams: Mapping[str, Diagram], context: Context, report: Report) -> None:
    """Every message that is waited for is sent by some operation or by a recorded exception."""
    sent = set(context.messages)
    for diagram in diagrams.values():
        for operation in ("send_message", "issue_results"):
            sent |= _words(diagram, operation, "message")
    if "*" in sent:
        return
    for diagram in diagrams.values():
        for node in diagram.nodes.values():
            name = diagram.message(node)
            if name and node.kind in ("intermediateCatchEvent", "boundaryEvent") and name not in sent:
                what = f"{node.label}等待消息“{name}”，而没有任何操作发送它，办件会一直等下去。"
                todo = near(name, sent) or "请在某个流程里用操作 send_message 或 issue_results 发送它。"
                report.add(diagram.file, node.id, "unknown-message", what, todo)
