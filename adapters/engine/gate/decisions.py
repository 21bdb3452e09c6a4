"""Decision tables (决策表): shape, cells, and the proof that a UNIQUE table answers every case exactly once."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from lxml import etree

from adapters.engine import grammar
from adapters.engine.gate import cells
from adapters.engine.gate.diagram import text_of
from adapters.engine.gate.references import Place, References, literal, name_of
from adapters.engine.gate.report import Report, near
from adapters.engine.parse import DMN
from adapters.engine.tables import MAX_CELL
from domain.errors import ExpressionFailed

MOST_CELLS, MOST_ROWS, MOST_COLUMNS = 5_000, 200, 12
_CLAUSE = re.compile(r"\[([A-Za-z0-9][\w.\-]*)\]")
_CELLS = '可用写法：< 30、30 <= ? < 400、>= 400、"文字"、"甲","乙"、true、-。'
_COUNTS = frozenset({"amount", "votes", "voters", "times", "count", "len", "entries_left", "round_year"})


@dataclass(slots=True)
class Table:
    """A decision table as far as it could be read."""

    file: str
    id: str
    root: etree._Element
    unique: bool = True
    inputs: list[str] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)  #: what people call the inputs
    rows: list[etree._Element] = field(default_factory=list)
    outputs: dict[int, str] = field(default_factory=dict)  #: row → word


def read(file: str, root: etree._Element, report: Report) -> Table | None:
    """One file; None after a finding about its shape."""
    space = etree.QName(root).namespace
    if etree.QName(root).localname != "definitions" or space not in DMN:
        report.add(file, None, "dmn", "文件不是 DMN 决策表。", "请用表格编辑器重新导出该文件。")
        return None
    d = f"{{{space}}}"
    decisions = root.findall(f"{d}decision")
    tables = [table for decision in decisions for table in decision.findall(f"{d}decisionTable")]
    if len(decisions) != 1 or len(tables) != 1 or not decisions[0].get("id"):
        report.add(file, None, "dmn", "一个文件应当正好有一个带编号的决策和一张决策表。", "请拆分为几个文件，每个一张表。")
        return None
    table, ident = tables[0], decisions[0].get("id") or ""
    policy = table.get("hitPolicy") or "UNIQUE"
    if policy not in ("UNIQUE", "COLLECT") or table.get("aggregation"):
        report.add(file, ident, "hit-policy", f"命中规则 {policy} 不受支持，结果会不可靠。", "请用 UNIQUE（唯一）或 COLLECT（列出全部）。")
    inputs = [text_of(column.find(f"{d}inputExpression/{d}text")) or "" for column in table.findall(f"{d}input")]
    heads = [(column.get("label") or source)[:40] for column, source in zip(table.findall(f"{d}input"), inputs, strict=True)]
    rows = table.findall(f"{d}rule")
    if len(table.findall(f"{d}output")) != 1:
        report.add(file, ident, "table-output", "决策表应当正好有一列输出。", "请拆成几张表，每张一列输出。")
        return None
    if not inputs or not rows:
        report.add(file, ident, "dmn", "决策表没有输入列或没有行。", "请补上输入列和行。")
        return None
    if len(rows) > MOST_ROWS or len(inputs) > MOST_COLUMNS or sum(1 for _ in root.iter(f"{d}text")) > MOST_CELLS:
        report.add(file, ident, "table-size", f"表格过大（最多 {MOST_ROWS} 行、{MOST_COLUMNS} 列）。", "请拆分为几张表。")
        return None
    return Table(file, ident, root, policy != "COLLECT", inputs, heads, rows)


def check(table: Table, references: References) -> None:
    """Everything about one table."""
    report, file, d = references.report, table.file, f"{{{etree.QName(table.root).namespace}}}"
    for number, source in enumerate(table.inputs, start=1):
        if not source:
            report.add(file, table.id, "expression", f"第 {number} 列没有写明取什么值。", '请填写，例如 amount("estimate")。')
        else:
            references.check(Place(file, table.id, f"第 {number} 列"), source)
    rows: list[list[cells.Cell]] = []
    seen: set[str] = set()
    for number, row in enumerate(table.rows, start=1):
        words = _row(table, number, row, seen, references)
        texts = [text_of(entry.find(f"{d}text")) or "" for entry in row.findall(f"{d}inputEntry")]
        if len(texts) != len(table.inputs):
            report.add(file, table.id, "dmn", f"{words}的单元格数与列数不符。", "请补齐单元格。")
            continue
        rows.append([_cell(table, words, column, text, report) for column, text in enumerate(texts, start=1)])
        _output(table, number, words, row, report)
    if len(rows) == len(table.rows):
        _prove(table, rows, references)


def _row(table: Table, number: int, row: etree._Element, seen: set[str], references: References) -> str:
    d = f"{{{etree.QName(table.root).namespace}}}"
    note = text_of(row.find(f"{d}description")) or ""
    words = f"第 {number} 行"
    ident = row.get("id")
    if not ident or ident in seen:
        references.report.add(
            table.file, table.id, "no-id", f"{words}没有自己的编号，记录无法说明是哪一行决定的。", "请给每行一个不同的编号。"
        )
    seen.add(ident or "")
    cited = _CLAUSE.findall(note)
    if not cited:
        todo = "请在行的说明里写条款，例如 第六条 30万元（不含）以下 [JJ-06-30wan]。"
        references.report.add(table.file, table.id, "no-clause", f"{words}没有注明依据的条款。", todo)
    for clause in cited:
        references.clause(Place(table.file, table.id, words), clause)
    return words


def _cell(table: Table, words: str, column: int, text: str, report: Report) -> cells.Cell:
    place = f"{words}第 {column} 列"
    if len(text) > MAX_CELL:
        report.add(table.file, table.id, "cell", f"{place}超过 {MAX_CELL} 个字符。", "请缩短，或拆成几行。")
        return cells.Cell("any")
    cell = cells.read(text)
    if cell is None:
        report.add(table.file, table.id, "cell", f"{place}的内容“{text[:40]}”不是可核对的写法，无法证明边界（含/不含）。", _CELLS)
        return cells.Cell("any")
    if cells.empty(cell):
        report.add(table.file, table.id, "cell", f"{place}的范围“{text[:40]}”里没有任何数。", "请检查上下限。")
    return cell


def _output(table: Table, number: int, words: str, row: etree._Element, report: Report) -> None:
    d = f"{{{etree.QName(table.root).namespace}}}"
    entries = row.findall(f"{d}outputEntry")
    text = text_of(entries[0].find(f"{d}text")) if entries else None
    try:
        word = literal(grammar.parse(text or ""))
    except ExpressionFailed:
        word = None
    if word is None or not word or len(text or "") > MAX_CELL:
        report.add(table.file, table.id, "table-output", f"{words}的输出应当是一个加引号的词。", '请改为例如 "direct"。')
    else:
        table.outputs[number] = word


def _prove(table: Table, rows: list[list[cells.Cell]], references: References) -> None:
    report, columns = references.report, []
    for number, source in enumerate(table.inputs):
        column = [row[number] for row in rows]
        kinds = {cell.kind for cell in column} - {"any"}
        if len(kinds) > 1:
            report.add(table.file, table.id, "cell", f"第 {number + 1} 列混用了数字、文字或是/否。", "请统一一列中的写法。")
            return
        domain = None if kinds == {"number"} else _domain(source, references)
        if domain is not None and kinds == {"text"}:
            for word in sorted({str(value) for cell in column for value in cell.values} - set(map(str, domain))):
                what = f"第 {number + 1} 列的“{word}”不是可能的取值，这一行永远不会命中。"
                report.add(table.file, table.id, "cell", what, near(word, [str(value) for value in domain]) or "请改为可能的取值。")
        columns.append(cells.samples(column, domain, Decimal(0) if _never_negative(source) else None))
    proof = cells.Proof(rows, columns)
    if not proof.complete:
        report.add(table.file, table.id, "table-size", "表格的组合太多，无法证明不缺不重。", "请拆分为几张表。")
        return
    if not table.unique:
        return
    for words in proof.gaps:
        case = "，".join(f"{head} {text}" for head, text in zip(table.heads, words, strict=False))
        report.add(
            table.file, table.id, "table-gap", f"没有任何一行适用于：{case}。办件遇到时会出错停住。", "请补一行，或改正上下限（含/不含）。"
        )
    for (first, second), words in proof.overlaps.items():
        case = "，".join(f"{head} {text}" for head, text in zip(table.heads, words, strict=False))
        what = f"第 {first + 1} 行和第 {second + 1} 行都适用于：{case}。结论会取决于行的次序。"
        report.add(table.file, table.id, "table-overlap", what, "请改正上下限，边界值只能含在其中一行。")


def _domain(source: str, references: References) -> list[cells.Value] | None:
    """All values an input can have, when the rule set says so."""
    try:
        tree = grammar.parse(source)
    except ExpressionFailed:
        return None
    if not isinstance(tree, ast.Call):
        return None
    context, name = references.context, name_of(tree)
    arguments = [literal(argument) or "" for argument in tree.args]
    pairs: list[tuple[str, str]] = []
    if name == "project" and arguments:
        if arguments[0] in context.choices:
            return list(context.choices[arguments[0]])
        pairs = context.marked("x-project").get(arguments[0], [])
    elif name in ("answer", "decision") and arguments:
        wanted = arguments[1] if name == "answer" and len(arguments) > 1 else "outcome"
        places = references.steps(Place("", None, ""), arguments[0])
        pairs = [(diagram.form(node), wanted) for diagram, node in places if node.kind == "userTask"]
        if len(pairs) != len(places):
            return None
    elif name in ("banned", "overridden"):
        return [True, False]
    words: list[cells.Value] = []
    for form, key in pairs:
        prop = context.properties(form).get(key)
        if isinstance(prop, Mapping) and prop.get("type") == "boolean":
            words += [True, False]
        elif values := context.values(form, key):
            words += values
        else:
            return None
    return list(dict.fromkeys(words)) or None


def _never_negative(source: str) -> bool:
    try:
        tree = grammar.parse(source)
    except ExpressionFailed:
        return False
    return isinstance(tree, ast.Call) and name_of(tree) in _COUNTS
