"""Countersigns (会签): parties, rounds, veto, majority, one after another."""

from __future__ import annotations

import pytest

from domain.errors import ExpressionFailed, Runaway
from tests.adapters.engine.diagrams import (
    call,
    diagram,
    end,
    flow,
    many,
    path,
    task,
    xor,
)
from tests.adapters.engine.diagrams import start as begin
from tests.adapters.engine.walks import Walk
from tests.worlds import DictWorld

CALLED = diagram("t_part", begin(), task("inner"), end(), path("start", "inner", "end"))


def countersign(until: str | None = None, sequential: bool = False) -> bytes:
    return diagram(
        "t_main", begin(), task("sign", many('count(parties("sign"))', until, sequential)), xor("decided", "again"), end(),
        path("start", "sign", "decided"), flow("decided", "end", 'decision("sign") != "退回"'), flow("decided", "sign", name="again"),
    )  # fmt: skip


def signing(*parties: str) -> DictWorld:
    return DictWorld(parties={"sign": list(parties)})


def test_every_party_signs_and_one_round_is_one_activation() -> None:
    walk = Walk(countersign(), world=signing("a", "b", "c"))
    assert [t.where.index for t in walk.step.tasks] == [0, 1, 2]
    (activation,) = {t.where.activation for t in walk.step.tasks}
    assert len({t.where.task for t in walk.step.tasks}) == 3
    walk.do("sign", "通过", index=2).do("sign", "通过", index=0)
    assert [t.where.index for t in walk.step.tasks] == [1]
    walk.do("sign", "退回", index=1)
    last, parent = walk.step.passed[:2]
    assert (last.where.index, last.where.activation) == (1, activation)
    assert (parent.where.element, parent.where.index, parent.where.task) == ("sign", None, activation)
    assert {t.where.activation for t in walk.step.tasks} != {activation}  # the next round
    assert len(walk.step.tasks) == 3


def test_one_veto_ends_the_round() -> None:
    walk = Walk(countersign('votes("sign", "不通过") >= 1'), world=signing("a", "b", "c"))
    walk.do("sign", "通过", index=0)
    assert len(walk.step.tasks) == 2
    walk.do("sign", "不通过", index=2)
    assert walk.step.completed


def test_two_thirds_end_the_round() -> None:
    walk = Walk(countersign('votes("sign", "通过") * 3 >= voters("sign") * 2'), world=signing(*"abcde"))
    for index in (4, 1, 3):
        walk.do("sign", "通过", index=index)
        assert not walk.step.completed
    walk.do("sign", "通过", index=0)
    assert walk.step.completed


def test_votes_of_an_earlier_round_do_not_count() -> None:
    walk = Walk(countersign('votes("sign", "通过") >= 2'), world=signing(*"abc"))
    walk.do("sign", "通过", index=0).do("sign", "退回", index=1)
    walk.do("sign", "退回", index=2)
    assert len(walk.step.tasks) == 3
    walk.do("sign", "通过", index=0)
    assert len(walk.step.tasks) == 2


def test_a_sequential_countersign_opens_one_at_a_time() -> None:
    walk = Walk(countersign('votes("sign", "不通过") >= 1', sequential=True), world=signing(*"abc"))
    for index in (0, 1):
        assert [t.where.index for t in walk.step.tasks] == [index]
        walk.do("sign", "通过")
    walk.do("sign", "不通过")
    assert walk.step.completed


def test_without_parties_nothing_opens() -> None:
    with pytest.raises(ExpressionFailed, match="没有任何会签") as caught:
        Walk(countersign(), world=signing())
    assert caught.value.element == "sign"


def test_a_countersign_of_calls_can_end_early() -> None:
    ask = call("ask", "t_part", many("3", 'decision("inner") == "不通过"'))
    walk = Walk(diagram("t_main", begin(), ask, task("after"), end(), path("start", "ask", "after", "end")), CALLED)
    assert walk.open == ["inner"] * 3
    walk.do("inner", "通过")
    assert walk.open == ["inner"] * 2
    walk.do("inner", "不通过")
    assert walk.open == ["after"]
    walk.do("after")
    assert walk.step.completed


@pytest.mark.parametrize("cardinality", ["201", "10 ** 9", "10000000000"])
def test_a_crowd_is_refused(cardinality: str) -> None:
    with pytest.raises((Runaway, ExpressionFailed)):
        Walk(diagram("t_main", begin(), task("a", many(cardinality)), end(), path("start", "a", "end")))


@pytest.mark.parametrize("cardinality", ['"三"', "1.5", "true", "parties('a')", "-1"])
def test_a_count_that_is_no_number_is_refused(cardinality: str) -> None:
    with pytest.raises(ExpressionFailed) as caught:
        Walk(diagram("t_main", begin(), task("a", many(cardinality)), end(), path("start", "a", "end")))
    assert caught.value.element == "a"
