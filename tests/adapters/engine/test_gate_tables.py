"""Decision tables: bounds that can be read back, and the proof that every case has exactly one row."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.engine.gate import cells
from adapters.engine.gate.cells import Cell, Proof
from tests.adapters.engine import samples as s

R = "sample/route.dmn"

FAULTS = [
    # code, old, new, words of the finding
    ("table-gap", "&lt; 30", "&lt; 29", "29 与 30 之间"),
    ("table-gap", '<inputEntry id="b1"><text>&gt;= 30', '<inputEntry id="b1"><text>&gt; 30', "恰好 30"),
    ("table-overlap", "&lt; 30", "&lt;= 30", "恰好 30"),
    ("table-gap", '"维护类"</text>', '"建设类"</text>', "维护类"),
    ("table-overlap", '"维护类"</text>', '"建设类"</text>', "建设类"),
    ("cell", '"维护类"</text>', '"维修类"</text>', "维修类"),
    ("cell", "&lt; 30", "[0..30)", "不是可核对的写法"),
    ("cell", "&lt; 30", "not(1)", "不是可核对的写法"),
    ("cell", "&lt; 30", "amount(&quot;estimate&quot;) &lt; 30", "不是可核对的写法"),
    ("cell", "&lt; 30", "30 &lt;= ? &lt; 20", "没有任何数"),
    ("cell", "&lt; 30", "&lt; " + "1" * 300, "300"),
    ("cell", "&lt; 30", '"小额"', "混用"),
    ("table-output", '"direct"', "direct", "加引号"),
    ("table-output", '<output id="o1" name="route" typeRef="string"/>', '<output id="o1"/><output id="o2"/>', "一列输出"),
    ("hit-policy", 'hitPolicy="UNIQUE"', 'hitPolicy="FIRST"', "FIRST"),
    ("no-clause", "[SA-06]</description><inputEntry id=\"a1\">", "</description><inputEntry id=\"a1\">", "第 1 行"),
    ("unknown-clause", "[SA-06]", "[SA-60]", "SA-60"),
    ("unknown-amount", 'amount("estimate")', 'amount("estimat")', "estimat"),
    ("expression", 'amount("estimate")', "", "第 1 列"),
    ("no-id", '<rule id="keep">', '<rule id="build">', "第 3 行"),
    ("dmn", '<inputEntry id="a2"><text>-</text></inputEntry>', "", "第 1 行"),
    ("dmn", "https://www.omg.org/spec/DMN/20191111/MODEL/", "urn:other", "DMN"),
    ("doctype", "<definitions", "<!DOCTYPE definitions><definitions", "DOCTYPE"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "old", "new", "words"), FAULTS, ids=[f"{n}-{one[0]}" for n, one in enumerate(FAULTS)])
def test_one_fault_of_a_table(code: str, old: str, new: str, words: str) -> None:
    found = [one for one in s.findings(s.spoilt(R, old, new)) if one.file == R]
    assert any(one.code == code and words in one.what for one in found), [one.line() for one in found]


def test_a_hit_list_need_not_be_complete() -> None:
    collect = s.FILES[R].replace("UNIQUE", "COLLECT").replace("&lt; 30", "&lt; 3")
    assert not s.findings({R: collect})


def test_two_tables_of_one_id() -> None:
    assert "duplicate-id" in {one.code for one in s.findings({"sample/copy.dmn": s.FILES[R]})}


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("< 30", ["29.999999", "-1"], ["30"]),
        ("<= 30", ["30"], ["30.000001"]),
        ("30 <= ? < 400", ["30", "399.99"], ["400", "29.99"]),
        ("30 < ? <= 400", ["400"], ["30"]),
        ("? >= 400", ["400"], ["399.999999"]),
        ("=30", ["30"], ["30.1"]),
        ("-", ["0"], []),
    ],
)
def test_bounds_are_exact(text: str, inside: list[str], outside: list[str]) -> None:
    cell = cells.read(text)
    assert cell is not None
    assert all(cell.takes(Decimal(one)) for one in inside)
    assert not any(cell.takes(Decimal(one)) for one in outside)


@pytest.mark.parametrize("text", ["30..400", "< x", "< 30 or > 40", "date('2026-01-01')", '"a" + "b"', "1, 2", "?", "< 1e9", "__import__"])
def test_what_cannot_be_read_back_is_no_cell(text: str) -> None:
    assert cells.read(text) is None


_bound = st.integers(0, 6).map(Decimal)
_cell = st.one_of(
    st.just(Cell("any")),
    st.builds(Cell, st.just("number"), st.none() | _bound, st.booleans(), st.none() | _bound, st.booleans()),
)


@given(st.lists(st.lists(_cell, min_size=2, max_size=2), min_size=1, max_size=4))
def test_the_proof_agrees_with_trying_every_value(rows: list[list[Cell]]) -> None:
    """Half steps between whole bounds: trying them all is the whole truth."""
    columns = [cells.samples([row[n] for row in rows], None, None) for n in range(2)]
    proof = Proof(rows, columns)
    tried = [Decimal(n) / 2 for n in range(-3, 16)]
    counts = {sum(row[0].takes(x) and row[1].takes(y) for row in rows) for x in tried for y in tried}
    assert proof.complete
    assert bool(proof.gaps) == (0 in counts)
    assert bool(proof.overlaps) == any(count > 1 for count in counts)
