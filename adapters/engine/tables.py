"""Decision tables (决策表): cells as expressions, and the answer told to the world instead of written into engine data.

A cell becomes one whole expression over `dmninputexpr`, the value of its column: `< 30` → `dmninputexpr < 30`, `30 <= ? < 400` →
`30 <= dmninputexpr < 400`, `"a","b"` → `dmninputexpr in ["a","b"]`. SpiffWorkflow's own reading of cells is bypassed: it asks Python
whether a cell parses, evaluates the input again for every cell, and stops at the first row without looking for a second.
"""

from __future__ import annotations

# mypy: disallow-subclassing-any=False
import copy
import re
from typing import Any

from lxml import etree
from SpiffWorkflow.dmn.engine.DMNEngine import DMNEngine
from SpiffWorkflow.dmn.specs.model import DecisionTable

from adapters.engine import grammar
from adapters.engine.functions import shown
from domain.errors import EngineFault, ExpressionFailed

INPUT = "dmninputexpr"
LABELS = frozenset({"description", "name", "label"})  #: what people read; not behaviour
MAX_CELL = 300
_OPERATOR = re.compile(r"^(<=|>=|<|>|!=|==|=)(?!=)")
_CLAUSE = re.compile(r"\[([A-Za-z0-9][\w.\-]*)\]")


def cell_expression(text: str | None) -> str | None:
    """The expression of an input cell, or None when it takes everything (`-`, empty).

    >>> cell_expression('30 <= ? < 400')
    '30 <= dmninputexpr < 400'
    >>> cell_expression('"a", "b"')
    'dmninputexpr in ["a", "b"]'
    """
    cell = " ".join((text or "").split())
    if cell in ("", "-"):
        return None
    if len(cell) > MAX_CELL:
        raise ExpressionFailed(f"表格单元写错：超过 {MAX_CELL} 个字符。")
    if "?" in (marked := _outside_quotes(cell)):
        return marked.replace("?", INPUT).replace("\0", "?")
    operator = _OPERATOR.match(cell)
    if operator:
        return f"{INPUT} {'==' if operator[0] == '=' else operator[0]} {cell[operator.end() :].strip()}"
    listed = grammar.parse(f"[{cell}]")
    single = len(getattr(listed, "elts", ())) == 1
    return f"{INPUT} == {cell}" if single else f"{INPUT} in [{cell}]"


def _outside_quotes(cell: str) -> str:
    """The cell with every `?` inside quotes hidden as NUL."""
    kept, quote = [], ""
    for char in cell:
        if quote:
            quote = "" if char == quote else quote
            kept.append("\0" if char == "?" else char)
        else:
            quote = char if char in "'\"" else ""
            kept.append(char)
    return "".join(kept)


def clean(root: etree._Element) -> str:
    """Take out of a table file what SpiffWorkflow stumbles over, rewrite its cells; answers the decision's id."""
    space = etree.QName(root).namespace
    for element in list(root.iter()):
        name, parent = etree.QName(element), element.getparent()
        if parent is None:
            continue
        in_table = etree.QName(parent).localname == "decisionTable"
        unknown = in_table and name.localname not in ("input", "output", "rule")
        if name.namespace != space or unknown or name.localname in ("annotationEntry", "extensionElements"):
            parent.remove(element)
    decisions = root.findall(f"{{{space}}}decision")
    if len(decisions) != 1 or len(decisions[0].findall(f"{{{space}}}decisionTable")) != 1:
        raise EngineFault("一个文件只能有一张决策表。")
    for entry in root.iter(f"{{{space}}}inputEntry"):
        text = entry.find(f"{{{space}}}text")
        if text is None:
            text = etree.SubElement(entry, f"{{{space}}}text")
        text.text = cell_expression(text.text) or "-"
    return decisions[0].get("id") or ""


class Decision(DMNEngine):
    """A table that asks every row, wants exactly one (UNIQUE) or any number (COLLECT), and leaves engine data alone."""

    def __init__(self, table: DecisionTable) -> None:
        every = copy.copy(table)
        every.hit_policy = "COLLECT"  # SpiffWorkflow then asks every row; uniqueness is checked below
        super().__init__(every)
        self.unique = table.hit_policy != "COLLECT"
        if table.hit_policy not in ("UNIQUE", "COLLECT"):
            raise EngineFault(f"决策表 {table.id} 的命中规则 {table.hit_policy} 不受支持，请用 UNIQUE 或 COLLECT。")

    def evaluate(self, input_expr: str, match_expr: str | None, task: Any) -> bool:
        """Whether one cell holds; the column's value is asked of the world once a pass."""
        if match_expr is None:
            return True
        engine = task.workflow.script_engine
        return bool(engine.evaluate(task, match_expr, {INPUT: engine.column(task, self, input_expr)}))

    def result(self, task: Any) -> dict[str, Any]:
        """Nothing for engine data: the rows that fired go to the world."""
        engine = task.workflow.script_engine
        rows = self.decide(task)
        columns = self.decision_table.inputs
        inputs = tuple((column.label or column.expression, engine.column(task, self, column.expression)) for column in columns)
        if self.unique and len(rows) != 1:
            values = "，".join(f"{label}为{shown(value)}" for label, value in inputs)
            why = "没有任何一行符合" if not rows else f"同时符合第 {'、'.join(str(row.row_number) for row in rows)} 行"
            raise ExpressionFailed(f"决策表{why}：{values}。请检查表格的上下限（含/不含）。")
        outputs = [_words(engine.evaluate(task, text)) if (text := row.outputEntries[0].text) else "" for row in rows]
        texts = tuple((label, _words(value)) for label, value in inputs)
        for row, output in zip(rows, outputs, strict=True):
            note = " ".join((row.description or "").split())
            engine.fired(task, self.decision_table.id, row.id, note, tuple(_CLAUSE.findall(note)), texts, output)
        if not self.unique:
            engine.fired(task, self.decision_table.id, "", "", (), texts, "、".join(outputs))
        return {}


def _words(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else shown(value).strip("“”")
