"""Decision tables (决策表): which row fired, with which clause, and what goes wrong visibly."""

from __future__ import annotations

from decimal import Decimal

import pytest

from adapters.engine.tables import cell_expression
from domain.errors import EngineFault, ExpressionFailed
from tests.adapters.engine.diagrams import diagram, end, flow, path, rule, table, task, xor
from tests.adapters.engine.diagrams import start as begin
from tests.adapters.engine.walks import Walk
from tests.worlds import DictWorld

GATE = diagram(
    "t_main", begin(), rule("size", "t_size"), xor("way", "way__small"), task("small"), task("large"), end(), path("start", "size", "way"),
    flow("way", "large", 'decision("size") == "large"'), flow("way", "small"), path("small", "end"), path("large", "end"),
)  # fmt: skip
SIZE = table(
    "t_size",
    ['amount("estimate")'],
    [
        (["< 30"], '"small"', "第六条 30万元（不含）以下 [JJ-06-30wan]"),
        (["30 <= ? < 400"], '"middle"', "第六条 30万元以上 400万元以下 [JJ-06-30wan][JJ-06-400wan]"),
        ([">= 400"], '"large"', "第六条 400万元以上 [JJ-06-400wan]"),
    ],
)


def worth(amount: object) -> DictWorld:
    return DictWorld(facts={"amount": lambda kind: amount})


@pytest.mark.parametrize(
    ("amount", "row", "output"),
    [("29.9999", "row_1", "small"), ("30", "row_2", "middle"), ("399.999999", "row_2", "middle"), ("400", "row_3", "large")],
)
def test_the_row_that_fired_is_told_with_its_clauses(amount: str, row: str, output: str) -> None:
    walk = Walk(GATE, SIZE, world=worth(Decimal(amount)))
    (fired,) = walk.world.rows
    assert (fired.table, fired.row, fired.output) == ("t_size_table", row, output)
    assert fired.inputs == (("第1列", amount),)
    assert (fired.where.element, fired.where.process) == ("size", "t_main")
    assert fired.clauses == tuple(clause for clause in ("JJ-06-30wan", "JJ-06-400wan") if f"[{clause}]" in fired.note)
    assert walk.open == ["large" if output == "large" else "small"]
    assert walk.passed[:2] == ["start", "size"]


def test_nothing_of_it_enters_the_state() -> None:
    walk = Walk(GATE, SIZE, world=worth(500))
    assert b"result" not in walk.step.state
    assert b'"u"' not in walk.step.state


def test_a_column_is_asked_once() -> None:
    asked: list[str] = []
    world = DictWorld(facts={"amount": lambda kind: asked.append(kind) or 500})
    Walk(GATE, SIZE, world=world)
    assert asked == ["estimate"]


def test_without_a_row_that_fits_the_case_does_not_go_on() -> None:
    gap = table("t_size", ['amount("estimate")'], [(["< 30"], '"small"', ""), (["> 30"], '"large"', "")])
    with pytest.raises(ExpressionFailed, match=r"没有任何一行符合.*30") as caught:
        Walk(GATE, gap, world=worth(30))
    assert caught.value.element == "size"


def test_two_rows_that_fit_are_no_answer() -> None:
    overlap = table("t_size", ['amount("estimate")'], [(["<= 30"], '"small"', ""), ([">= 30"], '"large"', "")])
    with pytest.raises(ExpressionFailed, match="同时符合第 1、2 行"):
        Walk(GATE, overlap, world=worth(30))


def test_an_unknown_amount_is_no_figure() -> None:
    with pytest.raises(ExpressionFailed, match="不能比较大小") as caught:
        Walk(GATE, SIZE, world=worth(None))
    assert caught.value.element == "size"


HITS = table(
    "t_size",
    ["funding()", "classified()"],
    [
        (['"财政资金","国债"', "-"], '"财政"', "[A-1]"),
        (["-", "true"], '"保密"', "[A-2]"),
        (['!= "自筹"', "false"], '"公开"', ""),
    ],
    policy="COLLECT",
)


@pytest.mark.parametrize(
    ("funding", "classified", "outputs"),
    [
        ("国债", True, ["财政", "保密", "财政、保密"]),
        ("社会", False, ["公开", "公开"]),
        ("自筹", False, [""]),
    ],
)
def test_a_list_of_hits_ends_with_their_sum(funding: str, classified: bool, outputs: list[str]) -> None:
    walk = Walk(GATE, HITS, world=DictWorld(facts={"funding": funding, "classified": classified}))
    assert [fired.output for fired in walk.world.rows] == outputs
    assert walk.world.rows[-1].row == ""
    assert walk.world.decisions["size"][-1] == outputs[-1]


@pytest.mark.parametrize("policy", ["FIRST", "ANY", "PRIORITY", "RULE ORDER", "OUTPUT ORDER"])
def test_other_hit_policies_are_refused(policy: str) -> None:
    with pytest.raises(EngineFault, match=policy):
        Walk(GATE, table("t_size", ["1"], [(["-"], '"x"', "")], policy))


def test_a_missing_table_is_named() -> None:
    with pytest.raises(EngineFault, match="t_size"):
        Walk(GATE)


@pytest.mark.parametrize(
    ("cell", "expression"),
    [
        ("", None),
        (" - ", None),
        ("< 30", "dmninputexpr < 30"),
        (">=400", "dmninputexpr >= 400"),
        ("30 <= ? < 400", "30 <= dmninputexpr < 400"),
        ('"a"', 'dmninputexpr == "a"'),
        ('= "a"', 'dmninputexpr == "a"'),
        ('"a","b"', 'dmninputexpr in ["a","b"]'),
        ('"什么?"', 'dmninputexpr == "什么?"'),
        ('? != "什么?"', 'dmninputexpr != "什么?"'),
        ("true", "dmninputexpr == true"),
        ("-5", "dmninputexpr == -5"),
    ],
)
def test_cells_become_whole_expressions(cell: str, expression: str | None) -> None:
    assert cell_expression(cell) == expression


@pytest.mark.parametrize("cell", ["[4..10]", "?" * 301, "not(1)(", "a b", "__import__('os')(1)"])
def test_cells_that_are_none_are_refused_before_anything_runs(cell: str) -> None:
    with pytest.raises(EngineFault):
        Walk(GATE, table("t_size", ["1"], [([cell], '"x"', "")]))
