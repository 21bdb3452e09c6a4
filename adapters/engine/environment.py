"""What expressions and operations reach while a case moves: the world, through one act.

SpiffWorkflow asks its script engine, and in some corners (correlations, ad-hoc conditions) the engine's *environment* directly. Both are
ours, and both end in the budgeted interpreter.
"""

from __future__ import annotations

# mypy: disallow-subclassing-any=False
import time
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from SpiffWorkflow.bpmn.script_engine import BasePythonScriptEngineEnvironment, PythonScriptEngine

from adapters.engine import expressions, functions, grammar, timers
from adapters.engine.places import Places
from domain.deadlines import Basis, DueOn
from domain.errors import EngineFault, ExpressionFailed, Runaway
from domain.procedures import Fired, Passed, Where, World

MAX_STEPS = 2_000
MAX_NODES = 3_000
MAX_SECONDS = 5.0
MAX_SUBPROCESSES = 200
MAX_INSTANCES = 200

#: what a function of the world raises when an author called it wrongly; anything else is the world's own affair
_MISUSE = (TypeError, ValueError, LookupError, ArithmeticError)


class Condition(str):
    """An expression that must answer yes or no."""

    __slots__ = ()


class Cardinality(str):
    """An expression that must answer how many instances there are."""

    __slots__ = ()


def ask(source: str, names: Mapping[str, Any], world: World, where: Where) -> Any:
    """The value of an expression at one place."""
    return expressions.evaluate_text(source, names, _caller(world, where), _known(world))


def _known(world: World) -> frozenset[str]:
    return world.functions | {"param", "today"}


def _param(params: Mapping[str, Any], name: str) -> Any:
    return params.get(name)


def _caller(world: World, where: Where) -> expressions.Call:
    def call(name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        try:
            if name == "param" and (name not in world.functions or (len(args) == 1 and args[0] in where.params)):
                return _param(where.params, *args, **kwargs)
            if name == "today" and name not in world.functions:
                return world.now.astimezone(timers.BEIJING).date()
            return world.call(name, where, args, kwargs)
        except EngineFault:
            raise
        except _MISUSE as error:
            shown = "、".join(functions.shown(arg) for arg in args)
            raise ExpressionFailed(f"函数 {name} 不能这样使用（参数：{shown or '无'}）：{functions.reason(error)}。") from error

    return call


class Act:
    """One call of the engine: what it may cost, what it has done, what it was told. Thrown away afterwards."""

    def __init__(self, places: Places, world: World) -> None:
        self.places, self.world = places, world
        self.passed: list[Passed] = []
        self.ended: list[str] = []
        self.bases: dict[tuple[Any, str], Basis] = {}  #: (engine task, timer expression) → why its moment is this one
        self.columns: dict[tuple[Any, int, str], Any] = {}
        self.steps = 0
        self.began = time.monotonic()
        self.raised: Exception | None = None  #: by the world, to be passed on as it is
        self.current: Where | None = None
        self.element: str | None = None  #: last one that ran

    def spend(self, case: Any) -> None:
        """Count one automatic step. Raises Runaway."""
        self.steps += 1
        if self.steps > MAX_STEPS:
            raise Runaway(f"自动步骤超过 {MAX_STEPS} 步，可能是没有人工环节的循环。")
        if self.steps & 15 == 1:
            self.measure(case)

    def measure(self, case: Any) -> None:
        nodes = len(case.tasks) + sum(len(inner.tasks) for inner in case.subprocesses.values())
        if nodes > MAX_NODES:
            raise Runaway(f"流程节点超过 {MAX_NODES} 个。")
        if sum(not inner.completed for inner in case.subprocesses.values()) > MAX_SUBPROCESSES:
            raise Runaway(f"同时进行的子流程超过 {MAX_SUBPROCESSES} 个。")
        if time.monotonic() - self.began > MAX_SECONDS:
            raise Runaway(f"用时超过 {MAX_SECONDS:g} 秒。")


class Environment(BasePythonScriptEngineEnvironment):
    """SpiffWorkflow's last door to Python, closed."""

    def __init__(self, act: Act) -> None:
        super().__init__({})
        self.act = act

    def _place(self) -> Where:
        return self.act.current or Where("", self.act.places.spec.process, "", "", "")

    def evaluate(self, expression: str, context: Mapping[str, Any] | None, external_context: Mapping[str, Any] | None = None) -> Any:
        return ask(expression, {**(context or {}), **(external_context or {})}, self.act.world, self._place())

    def execute(self, script: str, context: dict[str, Any], external_context: Mapping[str, Any] | None = None) -> bool:
        names = {**context, **(external_context or {})}
        place = self._place()
        context.update(expressions.execute_text(script, names, _caller(self.act.world, place), _known(self.act.world)))
        return True

    def call_service(self, context: Any, **kwargs: Any) -> Any:
        raise EngineFault("没有登记的服务操作不能调用。")


class Engine(PythonScriptEngine):
    """The script engine of one act: knows the place of whatever is evaluated, and lets failures name it."""

    def __init__(self, act: Act) -> None:
        super().__init__(Environment(act))
        self.act = act

    @property
    def now(self) -> datetime:
        return self.act.world.now

    def validate(self, expression: str) -> None:
        try:
            grammar.parse(expression)
        except ExpressionFailed as error:
            raise SyntaxError(error.what) from None

    def evaluate(self, task: Any, expression: str, external_context: Mapping[str, Any] | None = None) -> Any:
        with _At(self.act, task):
            value = self.environment.evaluate(expression, task.data, external_context)
            if isinstance(expression, Condition):
                return self._yes_or_no(value)
            if isinstance(expression, Cardinality):
                return self._count(value)
            return value

    def execute(self, task: Any, script: str, external_context: Mapping[str, Any] | None = None) -> bool:
        with _At(self.act, task):
            return bool(self.environment.execute(script, task.data, external_context))

    def call_service(self, task: Any, *, operation_name: str, operation_params: Mapping[str, Any]) -> None:
        with _At(self.act, task) as where:
            self.act.world.operate(where, operation_name, operation_params)

    def moment(self, task: Any, expression: str) -> datetime:
        """When a date timer fires; keeps why."""
        with _At(self.act, task):
            value = self.environment.evaluate(expression, task.data)
            if isinstance(value, DueOn | functions.OnDay) and (basis := getattr(value, "basis", None)) is not None:
                self.act.bases[(task.id, expression)] = basis
            return timers.moment(value)

    def column(self, task: Any, table: object, expression: str) -> Any:
        """A column of a decision table, asked once a pass."""
        key = (task.id, id(table), expression)
        if key not in self.act.columns:
            self.act.columns[key] = self.evaluate(task, expression)
        return self.act.columns[key]

    def fired(
        self, task: Any, table: str, row: str, note: str, clauses: tuple[str, ...], inputs: tuple[tuple[str, str], ...], output: str
    ) -> None:
        with _At(self.act, task) as where:
            self.act.world.fired(Fired(where, table, row, note, clauses, inputs, output))

    @staticmethod
    def _yes_or_no(value: Any) -> bool:
        if value is None:
            return False
        if not isinstance(value, bool):
            raise ExpressionFailed(f"条件应得出是或否，实为{functions.shown(value)}。")
        return value

    @staticmethod
    def _count(value: Any) -> int:
        if isinstance(value, bool | date) or not isinstance(value, int | Decimal) or value != int(value):
            raise ExpressionFailed(f"会签人数应为整数，实为{functions.shown(value)}。")
        if value < 1:
            raise ExpressionFailed("没有任何会签单位或人员。请先确定名单。")
        if value > MAX_INSTANCES:
            raise Runaway(f"会签超过 {MAX_INSTANCES} 方。")
        return int(value)


class _At:
    """Sets the place of an act, names it in failures, remembers what the world itself has raised."""

    def __init__(self, act: Act, task: Any) -> None:
        self.act, self.task = act, task

    def __enter__(self) -> Where:
        self.before = self.act.current
        self.act.current = self.act.places.where(self.task)
        return self.act.current

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        where, self.act.current = self.act.current, self.before
        if isinstance(error, EngineFault) and error.element is None and where is not None:
            error.element = where.element
        if isinstance(error, Exception) and self.act.raised is None:
            self.act.raised = error
