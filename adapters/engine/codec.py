"""The stored state of a case: only what can still matter, and a checksum.

A running case is a tree of everything it has done and may do. Of that only the open tasks, the tokens parked at joins, their direct
predecessors and the surroundings of running boundary events and multi-instances decide anything; the rest is history, kept in our tables.
So the state of a case in its hundredth round is as small as in its first. What may come is derived from the specification.

    <version> <first half of SHA-256 in hex> <JSON>

    {"p": process, "n": [task names], "w": [[host task or null, rows, workflow data, correlations], …], "f": finished}
    row: [name, state, row of the predecessor or -1, id or 0, extra]
    extra: {"i": internal data, "t": triggered, "u": data set, "x": data removed, "c": last change}
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
from SpiffWorkflow.bpmn.specs.control import BoundaryEventSplit
from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import LoopTask
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from adapters.engine.joins import ARRIVED, LIVE
from adapters.engine.repairs import Case, SubCase
from adapters.engine.spec import Spec
from domain.errors import BadState, EngineFault

VERSION = b"1"
_MUTABLE = (dict, list)


def save(case: Case) -> bytes:
    """The state of a case at rest."""
    names: dict[str, int] = {}
    workflows = [_workflow(case, None, names)]
    stored = {id(case)}
    for host, inner in case.subprocesses.items():
        task = case.get_task_from_id(host)
        if not inner.completed and task._state & LIVE and id(task.workflow) in stored:
            stored.add(id(inner))
            workflows.append(_workflow(inner, host.hex, names))
    return seal({"p": case.spec.name, "n": list(names), "w": workflows, "f": case.completed})


def seal(content: dict[str, Any]) -> bytes:
    """Content with its version and checksum in front."""
    body = orjson.dumps(content)
    return b"%s %s %s" % (VERSION, _checksum(body), body)


def unseal(state: bytes) -> dict[str, Any]:
    """The content of a stored state. Raises BadState."""
    try:
        version, checksum, body = bytes(state).split(b" ", 2)
    except (TypeError, ValueError):
        raise BadState("办件状态损坏：开头无法识别。") from None
    if version != VERSION:
        raise BadState(f"办件状态的版本 {version.decode('ascii', 'replace')[:20]} 无法识别。")
    if checksum != _checksum(body):
        raise BadState("办件状态损坏：校验值不符。")
    try:
        content: dict[str, Any] = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise BadState("办件状态损坏：内容无法读取。") from None
    return content


def _checksum(body: bytes) -> bytes:
    return hashlib.sha256(body).hexdigest()[:32].encode()


# --- writing --------------------------------------------------------------------------------------------------------------------------


def _kept(workflow: Any) -> dict[Any, Any]:
    """Tasks that can still decide something, by id."""
    kept = {workflow.task_tree.id: workflow.task_tree}
    tasks = workflow.tasks

    def keep(ids: list[Any]) -> None:
        kept.update((other, tasks[other]) for other in ids if not tasks[other]._state & (TaskState.PREDICTED_MASK | TaskState.FUTURE))

    for task in tasks.values():
        live = task._state & LIVE
        if not live and ARRIVED not in task.internal_data:
            continue
        kept[task.id] = task
        above = tasks.get(task._parent)
        if above is None:
            continue
        kept[above.id] = above
        if live and isinstance(above.task_spec, BoundaryEventSplit):
            keep(above._children)
        if live and isinstance(task.task_spec, LoopTask):
            keep([other for other in task._children if tasks[other].triggered])
    return kept


def _workflow(workflow: Any, host: str | None, names: dict[str, int]) -> list[Any]:
    kept = _kept(workflow) if not workflow.completed else {workflow.task_tree.id: workflow.task_tree}
    index: dict[Any, int] = {}
    rows: list[list[Any]] = []
    for task in workflow.tasks.values():  # parents are always older than their children
        if task.id not in kept:
            continue
        above = _above(task, index, workflow.tasks)
        rows.append(_row(task, above, index, names))
        index[task.id] = len(rows) - 1
    return [host, rows, _pack(workflow.data) or None, _pack(workflow.correlations) or None]


def _above(task: Any, index: dict[Any, int], tasks: dict[Any, Any]) -> Any:
    above = task._parent
    while above is not None and above not in index:
        above = tasks[above]._parent
    return None if above is None else tasks[above]


def _row(task: Any, above: Any, index: dict[Any, int], names: dict[str, int]) -> list[Any]:
    live, inherited = task._state & LIVE, above.data if above is not None else {}
    token = ARRIVED in task.internal_data
    identified = live or task.triggered
    extra: dict[str, Any] = {}
    if live or token:
        internal = {key: value for key, value in task.internal_data.items() if key != "seen_events" or value}
        if internal:
            extra["i"] = _pack(internal)
    if token:
        extra["c"] = task.last_state_change
    if task.triggered:
        extra["t"] = 1
    if task.data or inherited:
        changed = {key: value for key, value in task.data.items() if key not in inherited or inherited[key] != value}
        removed = [key for key in inherited if key not in task.data]
        extra |= ({"u": _pack(changed)} if changed else {}) | ({"x": removed} if removed else {})
    name = names.setdefault(task.task_spec.name, len(names))
    row = [name, task._state, -1 if above is None else index[above.id], task.id.hex if identified else 0]
    return [*row, extra] if extra else row


def _pack(value: Any) -> Any:
    """A value as JSON; Decimal and date marked with "$"."""
    if value is None or isinstance(value, str | int | float):
        return str(value) if isinstance(value, str) else value
    if isinstance(value, Decimal):
        return {"$": ["decimal", str(value)]}
    if isinstance(value, datetime):
        return {"$": ["datetime", value.isoformat()]}
    if isinstance(value, date):
        return {"$": ["date", value.isoformat()]}
    if isinstance(value, list | tuple):
        return [_pack(part) for part in value]
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        packed = {key: _pack(part) for key, part in value.items()}
        return {"$": ["dict", packed]} if "$" in packed else packed
    raise EngineFault(f"流程数据里有无法保存的值（{type(value).__name__}）。")


def _unpack(value: Any) -> Any:
    if isinstance(value, list):
        return [_unpack(part) for part in value]
    if not isinstance(value, dict):
        return value
    if set(value) != {"$"}:
        return {key: _unpack(part) for key, part in value.items()}
    kind, inner = value["$"]
    match kind:
        case "decimal":
            return Decimal(inner)
        case "datetime":
            return datetime.fromisoformat(inner)
        case "date":
            return date.fromisoformat(inner)
        case _:
            return {key: _unpack(part) for key, part in inner.items()}


# --- reading --------------------------------------------------------------------------------------------------------------------------


def load(state: bytes, spec: Spec, engine: Any) -> Case:
    """The case again. Raises BadState when the state is damaged or does not belong to this specification."""
    content = unseal(state)
    try:
        return _load(content, spec, engine)
    except BadState:
        raise
    except Exception as error:  # a sealed state that does not fit: whatever it trips over, it is not usable
        raise BadState(f"办件状态与流程 {spec.process} 不符（{type(error).__name__}：{error}）。") from error


def _load(content: dict[str, Any], spec: Spec, engine: Any) -> Case:
    if content["p"] != spec.process:
        raise BadState(f"办件状态属于流程 {content['p']}，不是 {spec.process}。")
    names: list[str] = content["n"]
    (_, rows, data, correlations), *inner = content["w"]
    case = Case(spec.top, spec.subs, deserializing=True, script_engine=engine)
    _fill(case, case, rows, names)
    _finish(case, data, correlations)
    for host, rows, data, correlations in inner:
        parent = case.get_task_from_id(UUID(host))
        sub = SubCase(spec.subs[parent.task_spec.spec], parent.id, case, deserializing=True)
        _fill(sub, case, rows, names)
        _finish(sub, data, correlations)
        case.subprocesses[parent.id] = sub
        sub.completed_event.connect(parent.task_spec._on_subworkflow_completed, parent)
    case.completed = content["f"]
    return case


def _finish(workflow: Any, data: Any, correlations: Any) -> None:
    workflow.data = _unpack(data) if data else workflow.data
    workflow.correlations = _unpack(correlations) if correlations else {}


def _fill(workflow: Any, case: Case, rows: list[list[Any]], names: list[str]) -> None:
    specs, tasks = workflow.spec.task_specs, workflow.tasks
    made: list[Any] = []
    for row in rows:
        name = names[row[0]]
        if name not in specs:
            raise BadState(f"办件停在步骤 {name}，这一版流程没有这个步骤。")
        extra = row[4] if len(row) > 4 else None
        task = Task.__new__(Task)
        task.id = UUID(row[3]) if row[3] else -1 - len(made)
        task.workflow, task.task_spec, task._state = workflow, specs[name], row[1]
        task._children, task.thread_id, task.last_state_change = [], 0, 0.0
        task.triggered, task.internal_data = False, {}
        if row[2] < 0:
            task._parent, task.data = None, {}
        else:
            above = made[row[2]]
            task._parent, task.data = above.id, {key: _copy(value) for key, value in above.data.items()}
            above._children.append(task.id)
        if extra is not None:
            _extend(task, extra)
        tasks[task.id] = task
        made.append(task)
        if row[1] == TaskState.WAITING and isinstance(task.task_spec, CatchingEvent):
            case.event_manager.add_task(task)
    workflow.task_tree = made[0]


def _extend(task: Any, extra: dict[str, Any]) -> None:
    if "i" in extra:
        task.internal_data = _unpack(extra["i"])
    task.triggered = "t" in extra
    task.last_state_change = extra.get("c", 0.0)
    for key in extra.get("x", ()):
        del task.data[key]
    if "u" in extra:
        task.data.update(_unpack(extra["u"]))


def _copy(value: Any) -> Any:
    return value.copy() if isinstance(value, _MUTABLE) else value


# --- a moved deadline -----------------------------------------------------------------------------------------------------------------


def moved(state: bytes, task: str, fires_at: datetime) -> bytes:
    """The state with one waiting timer at another moment. Raises UnknownTask through `LookupError` when there is none."""
    content = unseal(state)
    own, _, slot = task.partition("/")
    key = f"event_value:{slot}" if slot else "event_value"
    for row in _waiting(content):
        if row[3] == own and key in row[4].get("i", {}):
            row[4]["i"][key] = fires_at.isoformat()
            return seal(content)
    raise LookupError(task)


def _waiting(content: dict[str, Any]) -> Iterator[list[Any]]:
    for _, rows, *_rest in content["w"]:
        yield from (row for row in rows if row[1] == TaskState.WAITING and len(row) > 4)
