"""A process ready to run: compiled once from its files, shared by every case of the version, never changed afterwards."""

from __future__ import annotations

# mypy: disallow-subclassing-any=False
import copy
import hashlib
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any

from SpiffWorkflow.bpmn.parser.ValidationException import ValidationException
from SpiffWorkflow.bpmn.specs.bpmn_task_spec import _BpmnCondition
from SpiffWorkflow.bpmn.specs.control import _EndJoin
from SpiffWorkflow.bpmn.specs.defaults import InclusiveGateway, ParallelGateway
from SpiffWorkflow.bpmn.specs.mixins.events.intermediate_event import EventBasedGateway
from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import LoopTask, MultiInstanceTask
from SpiffWorkflow.specs.MultiChoice import MultiChoice
from SpiffWorkflow.spiff.parser.process import SpiffBpmnParser
from SpiffWorkflow.spiff.specs.defaults import ServiceTask
from SpiffWorkflow.spiff.specs.event_definitions import ErrorEventDefinition, EscalationEventDefinition

from adapters.engine import joins, parse, repairs, tables, timers
from adapters.engine.environment import Cardinality, Condition
from adapters.engine.parse import Document, Node
from domain.errors import EngineFault

CACHE = 256


@dataclass(frozen=True, slots=True, eq=False)
class Spec:
    """`hash`: what the engine sees of the process, all it calls and all tables it asks. Labels, clauses and pictures do not count."""

    process: str
    hash: str
    top: Any
    subs: Mapping[str, Any]
    nodes: Mapping[str, Mapping[str, Node]]  #: process id → element id → node


class Operation(ServiceTask):
    """A service task: its operation goes to the world; nothing comes back into engine data."""

    def _execute(self, task: Any) -> bool:
        engine = task.workflow.script_engine
        values = {name: engine.evaluate(task, param["value"]) for name, param in self.operation_params.items()}
        engine.call_service(task, operation_name=self.operation_name, operation_params=values)
        return True


class Parser(SpiffBpmnParser):
    """SpiffWorkflow's parser with our tables."""

    def get_engine(self, decision_ref: str, node: Any) -> tables.Decision:
        stock = super().get_engine(decision_ref, node)
        return tables.Decision(stock.decision_table)


#: stock class of a parsed specification → ours; same attributes, other behaviour
ADOPTED: dict[type, type] = {
    ParallelGateway: joins.ParallelJoin,
    InclusiveGateway: joins.InclusiveJoin,
    _EndJoin: joins.EndJoin,
    ServiceTask: Operation,
    ErrorEventDefinition: repairs.ScopedError,
    EscalationEventDefinition: repairs.ScopedEscalation,
    **timers.KINDS,
}


_cache: OrderedDict[tuple[str, ...], Spec] = OrderedDict()
_lock = Lock()


def compile(files: Mapping[str, bytes], process: str) -> Spec:
    """The process with everything it calls, from diagram and table files (path → bytes). Compiled once for the same content.

    Raises EngineFault when a file is unreadable, a called process or a table is missing, or the engine does not know an element.
    """
    documents, wanted = _needed(files, process)
    key = (process, *sorted(document.digest for document in documents))
    with _lock:
        if key in _cache:
            _cache.move_to_end(key)
            return _cache[key]
    spec = _build(documents, wanted, process)
    with _lock:
        _cache[key] = spec
        while len(_cache) > CACHE:
            _cache.popitem(last=False)
    return spec


def forget() -> None:
    """Drop every compiled process, as a restart would."""
    with _lock:
        _cache.clear()


def _needed(files: Mapping[str, bytes], process: str) -> tuple[list[Document], frozenset[str]]:
    """The files that hold the process, what it calls and what it decides by."""
    where: dict[str, Document] = {}
    tables_: dict[str, Document] = {}
    unreadable: list[str] = []
    for path in sorted(files):
        if not path.endswith((".bpmn", ".dmn")):
            continue
        try:
            document = parse.read(files[path])
        except EngineFault as fault:
            unreadable.append(f"{path}：{fault.what}")
            continue
        if document.kind == "dmn":
            tables_.setdefault(document.decision, document)
        for key in document.nodes:
            if where.setdefault(key, document) is not document:
                raise EngineFault(f"流程 {key} 在两个文件里都有定义。")
    hint = f"（另有文件读不了：{'；'.join(unreadable)}）" if unreadable else ""
    chosen: dict[str, Document] = {}
    todo, seen = [process], {process}
    while todo:
        key = todo.pop()
        if key not in where:
            raise EngineFault(f"找不到流程 {key}{hint}。")
        document = where[key]
        if key in document.refused:
            words, element = document.refused[key]
            raise EngineFault(f"流程 {key} 用了{words}，引擎不会执行它。", element=element)
        chosen[document.digest] = document
        for decision in document.decides[key]:
            if decision not in tables_:
                raise EngineFault(f"流程 {key} 用到的决策表 {decision or '（未填写）'} 不存在{hint}。")
            chosen[tables_[decision].digest] = tables_[decision]
        fresh = document.calls[key] - seen
        seen |= fresh
        todo.extend(sorted(fresh))
    return sorted(chosen.values(), key=lambda document: document.digest), frozenset(seen)


def _build(documents: Iterable[Document], wanted: frozenset[str], process: str) -> Spec:
    parser = Parser()
    nodes: dict[str, Mapping[str, Node]] = {}
    try:
        for document in documents:
            if document.kind == "dmn":
                parser.add_dmn_xml(copy.deepcopy(document.root))
        for document in documents:
            if document.kind == "bpmn":
                parser.add_bpmn_xml(copy.deepcopy(document.root))
                nodes.update(document.nodes)
        top = parser.get_spec(process)
        subs = parser.get_subprocess_specs(process)
    except ValidationException as error:
        where = f"（{error.id}）" if getattr(error, "id", None) else ""
        raise EngineFault(f"流程 {process} 读不懂{where}：{error}") from None
    except EngineFault:
        raise
    except Exception as error:  # the parser raises whatever it stumbles over
        raise EngineFault(f"流程 {process} 读不懂：{type(error).__name__} {error}") from None
    for key, spec in {process: top, **subs}.items():
        owner = key if key in nodes else next(name for name in nodes if key.startswith(f"{name}."))
        _adopt(spec, nodes[owner], owner)
    digest = hashlib.sha256(process.encode())
    for behaviour in sorted(document.behaviour for document in documents):
        digest.update(behaviour.encode())
    return Spec(process, digest.hexdigest(), top, subs, {key: nodes[key] for key in wanted if key in nodes})


def _adopt(spec: Any, nodes: Mapping[str, Node], owner: str) -> None:
    """Put our behaviour in: repaired classes, timers that wait to be told, expressions that know what they decide, merge hooks."""
    for task_spec in spec.task_specs.values():
        task_spec.__class__ = ADOPTED.get(type(task_spec), type(task_spec))
        element = (task_spec.bpmn_id or "").removeprefix(f"{owner}.")
        task_spec.node = nodes.get(element) if task_spec.bpmn_id else None
        definition: Any = getattr(task_spec, "event_definition", None)
        if definition is not None:
            definition.__class__ = ADOPTED.get(type(definition), type(definition))
        if isinstance(task_spec, EventBasedGateway):
            for part, output in zip(definition.event_definitions, task_spec.outputs, strict=True):
                part.__class__ = ADOPTED.get(type(part), type(part))
                part.slot = f":{output.name}"
        if isinstance(task_spec, MultiChoice):
            task_spec.cond_task_specs = [
                (_BpmnCondition(Condition(condition.args[0])) if condition is not None else None, name)
                for condition, name in task_spec.cond_task_specs
            ]
        if isinstance(task_spec, LoopTask):
            if task_spec.condition is not None:
                task_spec.condition = Condition(task_spec.condition)
            if isinstance(task_spec, MultiInstanceTask) and task_spec.cardinality is not None:
                task_spec.cardinality = Cardinality(task_spec.cardinality)
            # A parsed specification lacks this until the first child is created: a countersign loaded half-way would never join.
            child = spec.task_specs[task_spec.task_spec]
            if not child.completed_event.is_connected(task_spec.merge_child):
                child.completed_event.connect(task_spec.merge_child)
