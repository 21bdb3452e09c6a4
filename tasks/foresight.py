"""What later steps would find against an idea (预先核对): grounds of refusal that stand in forms after the first one.

The tables that list such grounds are read as drawn. Whoever asks may say beforehand what those later forms will ask. A ground that also
turns on something nobody said is told together with that.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from adapters import engine, library
from domain.clauses import Clause
from domain.procedures import Procedure, Where
from domain.rulesets import Ruleset
from tasks.acts import Act

AGAINST = ("rejection", "ban")  #: kinds of clauses under which an application is turned down
VALUE = "dmninputexpr"


def asked(ruleset: Ruleset, procedure: Procedure, first: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Fields of later forms that the grounds of refusal turn on, as their forms write them. `first`: the form that is asked anyway."""
    own = {str(mark.get("x-project") or name) for name, mark in first.get("properties", {}).items()} | set(first.get("properties", {}))
    found: dict[str, Mapping[str, Any]] = {}
    for table in _tables(ruleset, procedure):
        for question in table.questions:
            for function, name, step in _asks(question):
                mark = _mark(ruleset, function, name, step)
                if mark is not None and name not in own and not mark.get("x-private"):
                    found.setdefault(name, mark)
    return found


@dataclass(frozen=True, slots=True)
class Against:
    """A ground that holds, the clause it rests on, and what else it turns on that nobody said."""

    words: str
    clause: Clause
    unsaid: tuple[str, ...]


def against(act: Act, procedure: Procedure, said: Mapping[str, Any]) -> Iterator[Against]:
    """The grounds of which their own part was said and nothing speaks against. `said`: values of the fields that `asked` names.

    A ground's own part is what no other row asks in the same words; a general exception for several grounds is not.
    """
    names = {f"said_{name}": value for name, value in said.items()}
    known = act.ruleset.catalogue.by_id()
    for table in _tables(act.ruleset, procedure):
        values = [_value(act, question, said, names) for question in table.questions]
        told = [any(name in said for _, name, _ in _asks(question)) for question in table.questions]
        for ground in table.grounds:
            cited = next((known[one] for one in ground.clauses if one in known and known[one].kind in AGAINST), None)
            columns = [number for number, cell in enumerate(ground.cells) if engine.cell_expression(cell)]
            own = [one for one in columns if sum(row.cells[one] == ground.cells[one] for row in table.grounds) == 1]
            if cited is None or not any(told[one] for one in own):
                continue
            if all(values[one] is None or _holds(act, ground.cells[one], values[one]) for one in columns):
                yield Against(ground.words.strip("；"), cited, tuple(table.labels[one] for one in columns if values[one] is None))


def _tables(ruleset: Ruleset, procedure: Procedure) -> Iterator[library.Listing]:
    """Listing tables that the procedure reaches and that name a ground of refusal."""
    waiting, seen = [procedure], {procedure.id}
    files = {one: data for path, data in ruleset.files.items() if path.endswith(".dmn") for one in library.decisions(data)}
    known = ruleset.catalogue.by_id()
    while waiting:
        for element in waiting.pop(0).elements.values():
            if element.called and element.called in ruleset.procedures and element.called not in seen:
                seen.add(element.called)
                waiting.append(ruleset.procedures[element.called])
            table = library.listing(files[element.decision]) if element.decision in files else None
            cited = {known[one].kind for ground in (table.grounds if table else ()) for one in ground.clauses if one in known}
            if table is not None and cited & set(AGAINST):
                yield table


def _asks(question: str) -> Iterator[tuple[str, str, str]]:
    """(project or answer, field, step) of every question within an expression."""
    for node in ast.walk(ast.parse(question, mode="eval")):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("project", "answer"):
            words = [one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
            if words and len(words) == len(node.args):
                yield node.func.id, words[-1], words[0] if len(words) > 1 else ""


def _mark(ruleset: Ruleset, function: str, name: str, step: str) -> Mapping[str, Any] | None:
    """The field of a form with which a question is answered."""
    if function == "answer":
        holders = [one.elements[step].form or step for one in ruleset.procedures.values() if step in one.elements]
        return next((ruleset.forms[one]["properties"].get(name) for one in holders if one in ruleset.forms), None)
    fields = (field for form in ruleset.forms.values() for field in form.get("properties", {}).values())
    return next((one for one in fields if one.get("x-project") == name), None)


class _Said(ast.NodeTransformer):
    """Every question whose answer was said beforehand becomes a name."""

    def __init__(self, said: Mapping[str, Any]) -> None:
        self.said = said
        self.open = False  #: something was asked that nobody said and no step has answered

    def visit_Call(self, node: ast.Call) -> ast.expr:
        for function, name, _ in _asks(ast.unparse(node)):
            if isinstance(node.func, ast.Name) and node.func.id == function:
                if name in self.said:
                    return ast.Name(id=f"said_{name}", ctx=ast.Load())
                self.open = self.open or function == "answer"
        self.generic_visit(node)
        return node


def _value(act: Act, question: str, said: Mapping[str, Any], names: Mapping[str, Any]) -> Any:
    """The value of a column, None where it turns on something not said."""
    rewritten = _Said(said)
    tree = rewritten.visit(ast.parse(question, mode="eval"))
    return None if rewritten.open else engine.evaluate(ast.unparse(tree), names, act, _here(act))


def _holds(act: Act, cell: str, value: Any) -> bool:
    return bool(engine.evaluate(engine.cell_expression(cell) or "True", {VALUE: value}, act, _here(act)))


def _here(act: Act) -> Where:
    return Where(scope="", process=act.case.procedure, element="", task="", activation="")
