"""The stored state: what it keeps, how small it stays, and that damage is seen."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import pytest

from adapters.engine import codec, compile, complete, fire, forget, inspect, start
from domain.errors import BadState, EngineFault
from tests.adapters.engine.diagrams import (
    both,
    call,
    catch,
    deadline,
    diagram,
    end,
    flow,
    many,
    message,
    path,
    sub,
    task,
    xor,
)
from tests.adapters.engine.diagrams import start as begin
from tests.adapters.engine.walks import Walk
from tests.worlds import DictWorld

PART = diagram("t_part", begin(), task("inner"), deadline("late", "inner", "days(3)"), task("remind"), end(),
               path("start", "inner", "end"), path("late", "remind", "end"))  # fmt: skip
WHOLE = diagram(
    "t_main", begin(), both("fork"), call("c", "t_part"), task("sign", many("3")), catch("wait", "plan"), both("join"), task("last"), end(),
    path("start", "fork", "c", "join", "last", "end"), path("fork", "sign", "join"), path("fork", "wait", "join"), root=message("plan"),
)  # fmt: skip
FILES = {"a.bpmn": WHOLE, "b.bpmn": PART}


def script(name: str, text: str) -> str:
    return f'<scriptTask id="{name}"><script>{text}</script></scriptTask>'


# --- what is kept -----------------------------------------------------------------------------------------------------------------------


def test_a_state_is_read_by_a_process_that_never_saw_the_case() -> None:
    """A freshly compiled process lacks the hook that merges instances; stock SpiffWorkflow then never joins, without any error."""
    world = DictWorld()
    step = start(compile(FILES, "t_main"), world)
    for element in ("sign", "inner", "sign", "sign"):
        forget()
        fresh = compile(FILES, "t_main")
        where = next(t.where for t in step.tasks if t.where.element == element)
        step = complete(fresh, step.state, where.task, world)
    assert (step.tasks, len(step.waits)) == ((), 1)


def test_the_state_does_not_grow_with_what_has_happened() -> None:
    rounds = diagram(
        "t_main", begin(), both("fork"), task("a"), deadline("late", "a", "days(5)"), task("r"), sub("s", begin("s1"), task("b"), end("s2"),
        path("s1", "b", "s2")), task("m", many("2")), both("join"), xor("enough", "again"), end(), end("e2"), path("start", "fork", "a",
        "join", "enough"),
        path("fork", "s", "join"), path("fork", "m", "join"), path("late", "r", "e2"), flow("enough", "end", 'decision("a") == "通过"'),
        flow("enough", "fork", name="again"),
    )  # fmt: skip
    rounds = rounds.replace(b'<parallelGateway id="fork"/>', b'<parallelGateway id="fork"/><exclusiveGateway id="in"/>')
    rounds = rounds.replace(b'targetRef="fork"', b'targetRef="in"').replace(b"</process>", flow("in", "fork").encode() + b"</process>")
    walk = Walk(rounds)
    sizes = []
    for _ in range(40):
        sizes.append(len(walk.step.state))
        for element in ("b", "m", "a", "m"):
            walk.do(element)
    assert max(sizes) - min(sizes) < 200
    assert max(sizes) < 1_200


def test_a_finished_case_is_next_to_nothing() -> None:
    walk = Walk(diagram("t_main", begin(), task("a"), end(), path("start", "a", "end"))).do("a")
    assert len(walk.step.state) < 150
    assert inspect(walk.spec, walk.step.state, walk.world).completed


def test_names_with_special_meaning_are_only_names() -> None:
    """A key `typename` makes stock SpiffWorkflow's state unreadable for good."""
    text = 'typename = "x"\nd = {"$": 1, "typename": [1, {"$": ["date", "y"]}]}\nserializer_version = "1.1"'
    walk = Walk(
        diagram(
            "t_main",
            begin(),
            script("s", text),
            task("a"),
            script("t", "e = d"),
            task("b"),
            end(),
            path("start", "s", "a", "t", "b", "end"),
        )
    )
    walk.do("a")
    data = codec.unseal(walk.step.state)["w"][0][1][-2][-1]["u"]
    assert codec._unpack(data)["e"] == {"$": 1, "typename": [1, {"$": ["date", "y"]}]}


def test_engine_data_keeps_its_types() -> None:
    text = 'money = decimal("12.50")\nday = date("2026-03-05")\nrow = [{"a": 1.25, "b": null}, true]'
    check = 'str(money) == "12.50" and day + 1 == date("2026-03-06") and row[0].a == 1.25 and row[1]'
    walk = Walk(diagram("t_main", begin(), script("s", text), task("a"), xor("g", "g__no"), task("yes"), task("no"), end(),
                        path("start", "s", "a", "g"), flow("g", "yes", check), flow("g", "no"), path("yes", "end"), path("no",
                        "end")))  # fmt: skip
    assert walk.do("a").open == ["yes"]


def test_engine_data_of_parallel_branches_and_calls_comes_together() -> None:
    part = diagram("t_part", begin(), task("p"), script("ps", "seen = a + 1"), end(), path("start", "p", "ps", "end"))
    files = diagram(
        "t_main", begin(), script("s", "a = 1"), both("fork"), task("x"), script("xs", "b = a + 10"), task("y"), script("ys", "c = a + 20"),
        both("join"), call("call", "t_part"), xor("g", "g__no"), task("yes"), task("no"), end(), path("start", "s", "fork", "x", "xs",
        "join"),
        path("fork", "y", "ys", "join", "call", "g"), flow("g", "yes", "[a, b, c, seen] == [1, 11, 21, 2]"), flow("g", "no"),
        path("yes", "end"),
        path("no", "end"),
    )  # fmt: skip
    for order in (("x", "y"), ("y", "x")):
        walk = Walk(files, part)
        for element in (*order, "p"):
            walk.do(element)
        assert walk.open == ["yes"]


@pytest.mark.parametrize("value", [Decimal("1.50"), date(2026, 3, 5), {"$": 1}, {"a": [None, True, 1, "x", {"$": {"$": 2}}]}, [], {}])
def test_values_are_packed_and_unpacked(value: object) -> None:
    packed = json.loads(json.dumps(codec._pack(value)))
    assert codec._unpack(packed) == value


@pytest.mark.parametrize("value", [object(), {1: 2}, {"a": {1, 2}}, b"x"])
def test_other_values_are_refused(value: object) -> None:
    with pytest.raises(EngineFault):
        codec._pack(value)


# --- damage -----------------------------------------------------------------------------------------------------------------------------


def test_every_changed_byte_is_seen() -> None:
    walk = Walk(*FILES.values())
    state = walk.step.state
    for position in range(0, len(state), 3):
        damaged = state[:position] + bytes([state[position] ^ 1]) + state[position + 1 :]
        with pytest.raises(BadState):
            inspect(walk.spec, damaged, walk.world)
    for cut in (0, 1, 10, 40, len(state) - 1):
        with pytest.raises(BadState):
            inspect(walk.spec, state[:cut], walk.world)
    for odd in (b"{}", b"null", b"x x x", b'{"serializer_version": "1.1"}'):
        with pytest.raises(BadState):
            fire(walk.spec, odd, walk.world)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("p", "t_other"),
        ("n", []),
        ("n", ["Start", "gone", "b", "c", "d", "e", "f", "g"]),
        ("w", []),
        ("w", [[None, [], None, None]]),
        ("w", [[None, [[0, 16, 7, 0]], None, None]]),
        ("w", 3),
        ("f", None),
    ],
)
def test_a_sealed_state_that_does_not_fit_is_seen(key: str, value: object) -> None:
    walk = Walk(*FILES.values())
    content = codec.unseal(walk.step.state)
    content[key] = value
    if (key, value) == ("f", None):
        del content["f"]
    with pytest.raises(BadState):
        inspect(walk.spec, codec.seal(content), walk.world)


def test_a_step_that_the_process_no_longer_has_is_named() -> None:
    old = Walk(diagram("t_main", begin(), task("old"), end(), path("start", "old", "end")))
    new = compile({"a.bpmn": diagram("t_main", begin(), task("new"), end(), path("start", "new", "end"))}, "t_main")
    with pytest.raises(BadState, match="old"):
        inspect(new, old.step.state, old.world)


def test_a_state_moves_to_a_process_with_a_later_step() -> None:
    """Migration is loading against the new version: open steps, deadlines and given opinions stay."""
    old = Walk(diagram("t_main", begin(), task("a", many("3")), deadline("late", "a", "days(9)", True), end(), path("start", "a", "end"),
                       path("late", "end")))  # fmt: skip
    old.do("a", index=1)
    new = compile({"a.bpmn": diagram("t_main", begin(), task("a", many("3")), deadline("late", "a", "days(2)", True), task("b"), end(),
                                     path("start", "a", "b", "end"), path("late", "end"))}, "t_main")  # fmt: skip
    step = inspect(new, old.step.state, old.world)
    assert step.tasks == old.step.tasks
    assert step.timers[0].fires_at == old.step.timers[0].fires_at
    for _ in range(2):
        step = complete(new, step.state, step.tasks[0].where.task, old.world)
    assert [t.where.element for t in step.tasks] == ["b"]
