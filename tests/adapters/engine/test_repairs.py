"""Every repair twice: stock SpiffWorkflow still has the fault (an upgrade that mends it fails here and tells us), and we do not.

The diagrams are the same in both halves; only the names of functions in conditions differ (stock takes Python names).
"""

from __future__ import annotations

import importlib
import re
from collections import Counter
from pathlib import Path

import pytest
import SpiffWorkflow
from SpiffWorkflow.bpmn.specs.control import BoundaryEventJoin
from SpiffWorkflow.exceptions import TaskNotFoundException
from SpiffWorkflow.spiff.parser.process import SpiffBpmnParser
from SpiffWorkflow.util.task import TaskState

from adapters.engine import compile, repairs
from tests.adapters.engine.diagrams import (
    both,
    boundary,
    call,
    deadline,
    diagram,
    end,
    error,
    error_end,
    first,
    flow,
    lasting,
    many,
    on_day,
    path,
    rule,
    some,
    table,
    task,
    timer,
    xor,
)
from tests.adapters.engine.diagrams import start as begin
from tests.adapters.engine.stock import Stock
from tests.adapters.engine.walks import Walk
from tests.worlds import DictWorld

PART = diagram("t_part", begin(), task("inner"), end(), path("start", "inner", "end"))


def test_the_version_is_the_one_we_repaired(monkeypatch: pytest.MonkeyPatch) -> None:
    assert SpiffWorkflow.__version__ == repairs.VERSION
    monkeypatch.setattr(SpiffWorkflow, "__version__", "3.2.1")
    with pytest.raises(ImportError, match=r"3\.2\.1"):
        importlib.reload(repairs)


# --- joins in loops ---------------------------------------------------------------------------------------------------------------------


def rework(gate: str) -> bytes:
    """退回修改 → 再次并行会签: a split and a join inside a loop."""
    parts = [both("fork"), both("join")] if gate == "both" else [some("fork"), some("join")]
    ways = path("fork", "a", "join") + path("fork", "b", "join") if gate == "both" else (
        flow("fork", "a", "1 == 1") + flow("fork", "b", "2 == 2") + path("a", "join") + path("b", "join")
    )  # fmt: skip
    return diagram(
        "t_main", begin(), xor("in"), *parts, task("a"), task("b"), task("decide"), xor("ok", "again"), end(), path("start", "in", "fork"),
        ways, path("join", "decide", "ok"), flow("ok", "end", "done()"), flow("ok", "in", name="again"),
    )  # fmt: skip


@pytest.mark.parametrize("gate", ["both", "some"])
def test_a_join_waits_for_everybody_in_the_second_round(gate: str) -> None:
    stock = Stock(rework(gate), done=lambda: False)
    stock.do("a").do("b").do("decide").do("b")
    assert stock.open == ["a", "decide"], "SpiffWorkflow has mended joins in loops: review adapters/engine/joins.py"

    ours = Walk(rework(gate), world=DictWorld(facts={"done": False}))
    for order in ("ab", "ba", "ba", "ab"):
        assert ours.do(order[0]).open == [order[1]]
        assert ours.do(order[1]).open == ["decide"]
        ours.do("decide")
    assert ours.open == ["a", "b"]


def test_an_inclusive_join_sees_a_running_call_behind_a_gateway() -> None:
    files = diagram(
        "t_main", begin(), some("fork"), task("a"), call("c", "t_part"), xor("x", "x__y"), task("y"), task("z"), some("join"), task("next"),
        end(), path("start", "fork"), flow("fork", "a", "1 == 1"), flow("fork", "c", "2 == 2"), path("a", "join"), path("c", "x"),
        flow("x", "z", "3 == 4"), flow("x", "y"), path("y", "join"), path("z", "join"), path("join", "next", "end"),
    )  # fmt: skip
    stock = Stock(files, PART).do("a")
    assert stock.open == ["inner", "next"], "SpiffWorkflow's inclusive join has changed: review adapters/engine/joins.py"
    ours = Walk(files, PART).do("a")
    assert ours.open == ["inner"]
    ours.do("inner").do("y")
    assert ours.open == ["next"]


def test_an_inclusive_join_does_not_wait_for_another_round() -> None:
    """A branch outside the block can only come here through the split again; it must not hold up this round."""
    files = diagram(
        "t_main", begin(), xor("in"), both("outer"), task("slow"), some("fork", "fork__b"), task("a"), task("b"), some("join"),
        task("next"),
        both("outer_join"), xor("ok", "again"), end(), path("start", "in", "outer", "slow", "outer_join", "ok"), path("outer", "fork"),
        flow("fork", "a", "1 == 1"), flow("fork", "b"), path("a", "join", "next", "outer_join"), path("b", "join"),
        flow("ok", "end", "1 == 1"), flow("ok", "in", name="again"),
    )  # fmt: skip
    assert Walk(files).do("a").open == ["next", "slow"]


def test_a_join_of_a_called_process_may_have_the_same_name() -> None:
    inner = diagram("t_part", begin(), both("fork"), task("p"), task("q"), both("join"), end(), path("start", "fork", "p", "join", "end"),
                    path("fork", "q", "join"))  # fmt: skip
    outer = diagram("t_main", begin(), both("fork"), call("c", "t_part"), task("b"), both("join"), task("next"), end(),
                    path("start", "fork", "c", "join", "next", "end"), path("fork", "b", "join"))  # fmt: skip
    ours = Walk(outer, inner)
    assert ours.do("b").do("p").open == ["q"]
    assert ours.do("q").open == ["next"]


# --- errors -----------------------------------------------------------------------------------------------------------------------------

FAILING = diagram("t_fail", begin(), task("inner"), error_end("bad", "wrong"), path("start", "inner", "bad"), root=error("wrong"))
TWO_CALLS = diagram(
    "t_main", begin(), both("split"), call("one", "t_fail"), call("two", "t_fail"), end(),
    boundary("e1", "one", '<errorEventDefinition errorRef="error_wrong"/>'), boundary("e2", "two",
    '<errorEventDefinition errorRef="error_wrong"/>'),
    task("r1"), task("r2"), path("start", "split", "one", "end"), path("split", "two", "end"), path("e1", "r1", "end"), path("e2", "r2",
    "end"),
    root=error("wrong"),
)  # fmt: skip


def test_an_error_stays_in_its_call() -> None:
    assert Stock(TWO_CALLS, FAILING).do("inner").open == ["r1", "r2"], "SpiffWorkflow now scopes errors: review adapters/engine/repairs.py"
    assert Walk(TWO_CALLS, FAILING).do("inner").open == ["inner", "r1"]


def test_an_exact_code_goes_before_a_catch_all() -> None:
    files = diagram(
        "t_main", begin(), call("one", "t_fail"), end(), boundary("any", "one", "<errorEventDefinition/>"),
        boundary("this", "one", '<errorEventDefinition errorRef="error_wrong"/>'), task("x"), task("y"), path("start", "one", "end"),
        path("any", "x", "end"), path("this", "y", "end"), root=error("wrong"),
    )  # fmt: skip
    assert Walk(files, FAILING).do("inner").open == ["y"]


# --- removed multi-instance children ----------------------------------------------------------------------------------------------------


def test_an_interrupted_multi_instance_of_calls_leaves_nothing_behind() -> None:
    marked = call("c", "t_part", many("2"))
    stopped = (
        boundary("stop", "c", '<timerEventDefinition><timeDate>"2020-01-01T00:00:00+08:00"</timeDate></timerEventDefinition>'),
        task("x"),
    )
    files = diagram("t_main", begin(), marked, *stopped, end(), path("start", "c", "end"), path("stop", "x", "end"))
    with pytest.raises(TaskNotFoundException):
        Stock(files, PART).tick().tick()
    ours = Walk(files, PART).fire()
    assert ours.open == ["x"]
    assert ours.do("x").step.completed


# --- long cases -------------------------------------------------------------------------------------------------------------------------


def test_a_case_may_go_round_for_ever() -> None:
    """Stock iterators stop at a depth of 1,000 tasks: the open step is still there, but nobody finds it any more."""
    loop = diagram("t_main", begin(), task("a"), xor("g", "back"), end(), path("start", "a", "g"), flow("g", "end", "done()"),
                   flow("g", "a", name="back"))  # fmt: skip
    stock = Stock(loop, done=lambda: False)
    with pytest.raises((RuntimeError, RecursionError)):  # its iterators find nothing: StopIteration
        any(stock.do("a") is None for _ in range(700))
    ours = Walk(loop, world=DictWorld(facts={"done": False}))
    size = len(ours.step.state)
    for _ in range(700):
        ours.do("a")
    assert len(ours.step.state) - size < 20


def test_a_parallel_block_in_a_loop_does_not_slow_down() -> None:
    ours = Walk(rework("both"), world=DictWorld(facts={"done": False}))
    for _ in range(150):
        ours.do("a").do("b").do("decide")
    assert ours.open == ["a", "b"]


# --- what parsed specifications lack ------------------------------------------------------------------------------------------------------


def test_a_countersign_is_merged_without_having_been_opened_here() -> None:
    """Stock connects the merge of instances only when it creates one: a case loaded half-way in a new process would never join."""
    files = diagram("t_main", begin(), task("sign", many("2")), task("next"), end(), path("start", "sign", "next", "end"))
    parser = SpiffBpmnParser()
    parser.add_bpmn_str(files)
    parsed = parser.get_spec("t_main").task_specs["sign [child]"].completed_event
    assert parsed.n_subscribers() == 0, "SpiffWorkflow now connects merge hooks when parsing: review adapters/engine/spec.py"
    ours = compile({"a.bpmn": files}, "t_main").top.task_specs["sign [child]"].completed_event
    assert ours.n_subscribers() == 1
    assert Walk(files).do("sign").do("sign").open == ["next"]


# --- timers -----------------------------------------------------------------------------------------------------------------------------


def test_timers_wait_to_be_told() -> None:
    past = '"2020-01-01T00:00:00+08:00"'
    files = diagram(
        "t_main", begin(), both("fork"), task("a"), task("b"), deadline("late", "b", past, True), task("x"), end(),
        path("start", "fork", "a", "end"), path("fork", "b", "end"), path("late", "x", "end"),
    )  # fmt: skip
    assert Stock(files).do("a").open == ["x"]  # completing `a` fired the deadline of `b`
    ours = Walk(files)
    assert ours.do("a").open == ["b"]
    assert ours.fire().open == ["x"]


def test_two_timers_of_one_gateway_keep_their_own_moments() -> None:
    files = diagram(
        "t_main", begin(), first("gate"), timer("slow", on_day('"2999-01-01T00:00:00+08:00"')), timer("quick",
        on_day('"2020-01-01T00:00:00+08:00"')),
        task("a"), task("b"), end(), path("start", "gate", "slow", "a", "end"), path("gate", "quick", "b", "end"),
    )  # fmt: skip
    assert Stock(files).tick().open == [], "SpiffWorkflow now keeps timers of a gateway apart: review adapters/engine/timers.py"
    files = files.replace(b"2999", b"2098")
    assert Walk(files).fire().open == ["b"]


def test_an_unquoted_period_works() -> None:
    files = diagram("t_main", begin(), timer("w", lasting("P7D")), end(), path("start", "w", "end"))
    with pytest.raises(Exception, match="P7D"):
        Stock(files)
    assert Walk(files).timers == ["w"]


# --- tables -----------------------------------------------------------------------------------------------------------------------------


def test_a_table_neither_guesses_nor_stays_silent() -> None:
    files = diagram("t_main", begin(), rule("r", "t_size"), task("a"), end(), path("start", "r", "a", "end"))
    overlap = table("t_size", ["x()"], [(["<= 3"], '"a"', ""), ([">= 3"], '"b"', "")])
    gap = table("t_size", ["x()"], [(["< 3"], '"a"', "")])
    assert Stock(files, overlap, x=lambda: 3).open == ["a"], "SpiffWorkflow now refuses overlaps: review adapters/engine/tables.py"
    assert Stock(files, gap, x=lambda: 3).open == ["a"], "SpiffWorkflow now refuses gaps: review adapters/engine/tables.py"
    for wrong in (overlap, gap):
        with pytest.raises(Exception, match="决策表"):
            Walk(files, wrong, world=DictWorld(facts={"x": 3}))


# --- the library itself -----------------------------------------------------------------------------------------------------------------

SITE = r"(?<![\w.])(?:eval|exec|compile|__import__)\(|environment\.(?:evaluate|execute)|ast\.parse|pickle\.loads|import_module"
CALL_SITES = {
    "bpmn/script_engine/python_engine.py": {"environment.evaluate": 1, "environment.execute": 1, "ast.parse": 1},
    "bpmn/script_engine/python_environment.py": {"eval(": 1, "exec(": 1},
    "bpmn/serializer/migration/version_1_2.py": {"eval(": 2},
    "bpmn/specs/bpmn_process_spec.py": {"environment.evaluate": 2},
    "bpmn/specs/event_definitions/message.py": {"environment.evaluate": 1},
    "dmn/parser/DMNParser.py": {"ast.parse": 1},
    "serializer/dict.py": {"__import__(": 1, "pickle.loads": 3},
    "specs/Transform.py": {"exec(": 1},
}


def test_no_new_place_evaluates_what_authors_write() -> None:
    root = Path(SpiffWorkflow.__file__).parent
    found: dict[str, dict[str, int]] = {}
    for file in sorted(root.rglob("*.py")):
        code = re.sub(r'""".*?"""|#[^\n]*', "", file.read_text(encoding="utf-8"), flags=re.DOTALL)
        sites = Counter(re.findall(SITE, code))
        if sites:
            found[file.relative_to(root).as_posix()] = dict(sites)
    assert found == CALL_SITES


def test_only_task_is_changed_in_the_library_itself() -> None:
    """Stock workflows in the same process still predict, and still join the way they did."""
    stock = Stock(diagram("t_main", begin(), task("a"), task("b"), end(), path("start", "a", "b", "end")))
    assert [t.task_spec.name for t in stock.case.get_tasks(state=TaskState.FUTURE)][:1] == ["b"]
    assert BoundaryEventJoin.__module__.startswith("SpiffWorkflow")
