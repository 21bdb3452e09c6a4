"""The interpreter: what it answers, what it refuses, and that nothing an author writes gets out of it or takes long."""

from __future__ import annotations

import random
import time
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.engine import check_expression
from adapters.engine.expressions import evaluate_text, execute_text
from adapters.engine.functions import OnDay
from domain.deadlines import Basis, DueOn
from domain.errors import ExpressionFailed, RuleRefused

DUE = DueOn.of(Basis(start=date(2026, 3, 2), rule="days(3)", words="3 日", due=date(2026, 3, 5)))
WORLD: dict[str, Any] = {
    "decision": lambda step: {"review": "通过"}.get(step),
    "amount": lambda kind: Decimal("29.99"),
    "rows": lambda: [{"name": "甲", "amount": 3}, {"name": "乙", "amount": Decimal("4.5")}],
    "due": lambda: DUE,
    "nothing": lambda: None,
    "odd": lambda: object(),
    "share": lambda: 0.1,
    "pair": lambda: ("a", "b"),
}


def call(name: str, args: tuple[Any, ...], kwargs: Any) -> Any:
    return WORLD[name](*args, **kwargs)


def value(source: str, **names: Any) -> Any:
    return evaluate_text(source, names, call, WORLD.keys())


@pytest.mark.parametrize(
    ("source", "answer"),
    [
        ('decision("review") == "通过"', True),
        ('decision("other")', None),
        ("30 <= amount('estimate') < 400", False),
        ("0.1 + 0.2 == 0.3", True),
        ("share() == 0.1", True),
        ("7 // 2 + 7 % 2", 4),
        ("1 / 4", Decimal("0.25")),
        ("round(2.5) + round(-2.5)", 0),
        ("round(1.005, 2)", Decimal("1.01")),
        ("not true or false", False),
        ("true == 1", False),
        ("null is None", True),
        ('"a" in ["a", "b"] and "c" not in ["a"]', True),
        ('"预审" in "项目预审"', True),
        ("sum(r.amount for r in rows())", Decimal("7.5")),
        ('[r["name"] for r in rows() if r.amount > 3]', ["乙"]),
        ("max(3, 7, 5) - min([3, 7, 5])", 4),
        ('len("四个字的") == count([1, 2, 3, 4])', True),
        ('date("2026-03-05") - date("2026-03-02")', 3),
        ('date("2026-02-28") + 1', date(2026, 3, 1)),
        ('date("2026-02-28").year', 2026),
        ("due() > date('2026-03-04')", True),
        ("pair() == ['a', 'b']", True),
        ("'有' if nothing() is None else '无'", "有"),
        ('str(1.5) + str(3) + str(null) + str(true)', "1.53是"),
        ("distinct([1, 1.0, 2]) == [1, 2]", True),
        ("sorted([3, 1, 2])[0]", 1),
        ('join(["甲", "乙"]) + join([]) + join(["丙", "丁"], "；")', "甲、乙丙；丁"),
        ('get({"a": 1}, "b", 9)', 9),
        ("1 <\n 2", True),
        ("所属单位 == '教育局'", True),
        ("[1, 2, 3][1:]", [2, 3]),
    ],
)  # fmt: skip
def test_answers(source: str, answer: Any) -> None:
    assert value(source, 所属单位="教育局") == answer


def test_a_date_with_a_reason_passes_through_unharmed() -> None:
    assert value("due()") is DUE
    assert value('due() if decision("review") == "通过" else null') is DUE
    assert value("max(due(), date('2026-01-01'))") is DUE
    assert value("d", d=DUE) is DUE
    marked = value("on(due())")
    assert isinstance(marked, OnDay)
    assert (marked, marked.basis) == (date(2026, 3, 5), DUE.basis)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ('decison("x")', "未知函数 decison，是否想写 decision？"),
        ("amout", "未知名称 amout"),
        ("nothing() < 3", "尚无内容的值与“3”不能比较大小"),
        ('"30" >= 30', "不能比较大小"),
        ("true < 2", "不能比较大小"),
        ("due() < '2026-01-01'", "不能比较大小"),
        ("1 / 0", "除数为 0"),
        ("[1][5]", "列表没有这一项"),
        ('rows()[0].price', "没有“price”这一字段"),
        ("amount(“estimate”)", "全角符号"),
        ("1 ＜ 2", "全角符号"),
        ("1 < 2 # 备注", "注释"),
        ("'a\\n'", "反斜线"),
        ("", "为空"),
        ("a b", "读不懂"),
        ("nothing() + 1", "不能这样计算"),
        ("sum(['a'])", "不能这样计算"),
        ("max([])", "列表为空"),
        ("date('2026-02-30')", "参数不对"),
        ("len(1, 2)", "参数个数"),
        ("odd()", "object"),
        ("int('三')", "不是数字"),
    ],
)  # fmt: skip
def test_refusals_are_in_chinese_and_quote_the_text(source: str, words: str) -> None:
    with pytest.raises(ExpressionFailed, match=r"条件(写错|算不出结果)") as caught:
        value(source)
    assert words in caught.value.what


def test_what_the_world_raises_comes_through() -> None:
    refusal = RuleRefused("不可以。", clause="JJ-1")

    def refuse(name: str, args: Any, kwargs: Any) -> Any:
        raise refusal

    with pytest.raises(RuleRefused) as caught:
        evaluate_text('decision("a") == 1', {}, refuse, {"decision"})
    assert caught.value is refusal


def test_checking_knows_functions_and_names() -> None:
    assert check_expression('decision("a") == x and count([r for r in rows()]) > 0', {"decision", "rows"}, {"x"}) is None
    assert check_expression("anything", (), None) is None
    assert "是否想写 decision" in (check_expression('decison("a")', {"decision"}, ()) or "")
    assert "后面要写括号" in (check_expression("today > date('2026-01-01')", (), ()) or "")
    assert "是否想写 estimate" in (check_expression("estimat > 3", (), {"estimate"}) or "")
    assert "读不懂" in (check_expression("a >", (), None) or "")


# --- attacks ----------------------------------------------------------------------------------------------------------------------------

ATTACKS = [
    # attribute walks
    "().__class__.__base__.__subclasses__()",
    "''.__class__",
    "(1).__class__.__mro__",
    "[].__class__.__base__",
    "due().__class__",
    "due().basis",
    "due().strftime('%Y')",
    "'a'.upper()",
    "'{0.__class__}'.format(1)",
    "'%s' % 1",
    "rows().append(1)",
    "rows()[0].items()",
    "decision.__globals__",
    "len.__self__",
    "x.__dict__",
    "x.__init__.__globals__['os']",
    "getattr(x, '__class__')",
    "type(x)",
    "vars()",
    "globals()",
    "locals()",
    "dir()",
    # imports and execution
    "__import__('os').system('id')",
    "eval('1')",
    "exec('1')",
    "compile('1', '', 'eval')",
    "open('/etc/passwd')",
    "breakpoint()",
    "exit()",
    "input()",
    "lambda: 1",
    "(lambda f: f(f))(lambda f: f(f))",
    "(x := 1)",
    "[*rows()]",
    "f'{x}'",
    "b'bytes'",
    "1j",
    "...",
    "await x",
    "yield 1",
    "call(**{})",
    "len(*[1])",
    "{**{}}",
    "{1, 2}",
    "{x: x for x in rows()}",
    "import os",
    "del x",
    "x = 1",
    "1; 2",
    "_secret",
    "__builtins__",
    "str.join",
    # size and time
    "9 ** 9 ** 9",
    "9 ** 999999999",
    "'a' * 10 ** 9",
    "'a' * 1000000000",
    "[0] * 1000000000",
    "1 << 99999999",
    "~1",
    "9" * 1500,
    "1e999",
    "99999999999999999999999999999 * 99999999999999999999999999999",
    "1" + "0" * 28 + " * 1" + "0" * 28,
    "[" * 200 + "]" * 200,
    "(" * 500 + ")" * 500,
    "-" * 1000 + "1",
    "not " * 400 + "1",
    "~" * 1500 + "1",
    "1 if 1 else " * 150 + "1",
    "+".join(["1"] * 900),
    "a" * 3000,
    "'" + "x" * 1990 + "'" + "+x",
    "[a for a in big for b in big for c in big]",
    "sum([sum([sum([1 for c in big]) for b in big]) for a in big])",
    "[[[[big, big], [big, big]], [[big, big], [big, big]]], [[[big, big], [big, big]], [[big, big], [big, big]]]]",
    "[big for a in big]",
    "[word + word for a in big]",
    "word + word + word + word + word + word + word + word",
    "[w + w for w in [word + word for v in big]]",
    "big == big and " * 30 + "big == big",
    "distinct(big)",
    "join([word for w in big], word)",
    "sorted([big, big, big])",
    "any(x in big for x in big)",
    "any(a == b for a in big for b in big)",
    "max([max(big) for a in big])",
    "round(1, -999999999)",
    "round(1.5, 999999999)",
    "decimal('1e999999999')",
    "int('9' + '9')" + " + int('" + "9" * 400 + "')",
    "date('9999-12-31') + 1",
    "date('2026-01-01') + 99999999999",
    "'\\x00'" + "\0",
    "str(big)",
    "contains(big, big)",
    "nested == nested",
    "nested in [nested]",
]


@pytest.mark.parametrize("source", ATTACKS, ids=range(len(ATTACKS)))
def test_no_attack_gets_out_or_takes_long(source: str) -> None:
    nested: list[Any] = []
    for _ in range(60):
        nested = [nested, nested]
    names = {"x": 1, "big": list(range(4000)), "word": "字" * 15_000, "nested": nested}
    began = time.thread_time()
    if source in HARMLESS:
        assert plain(evaluate_text(source, names, call, WORLD.keys()))
    else:
        with pytest.raises(ExpressionFailed, match=r"^条件"):
            evaluate_text(source, names, call, WORLD.keys())
    assert time.thread_time() - began < 0.1


#: attacks that are cheap when written this way and may be answered
HARMLESS = {"contains(big, big)"}


def plain(answer: Any, depth: int = 0) -> bool:
    if isinstance(answer, list):
        return depth < 40 and all(plain(part, depth + 1) for part in answer)
    if isinstance(answer, dict):
        return all(isinstance(key, str) and plain(part, depth + 1) for key, part in answer.items())
    return answer is None or (isinstance(answer, bool | int | str | Decimal | date) and not isinstance(answer, datetime))


PIECES = [
    "1", "2.5", '"a"', "true", "null", "x", "big", "rows()", 'decision("review")', "due()", "(", ")", "[", "]", "{", "}", ",", ":", ".",
    "+", "-", "*", "/", "//", "%", "<", "<=", "==", "!=", "in", "not", "and", "or", "if", "else", "for", "is", "len(", "sum(", "max(",
    "date(", "str(", "r", "amount", "'", '"', "\\", "？", "=", "lambda", "**", "on(",
]  # fmt: skip


def test_random_texts_end_in_a_plain_value_or_a_refusal() -> None:
    chance = random.Random(20260301)
    names = {"x": Decimal("3.5"), "big": list(range(300)), "r": {"amount": 1}}
    answered = 0
    for _ in range(6_000):
        source = " ".join(chance.choice(PIECES) for _ in range(chance.randint(1, 9)))
        try:
            answer = evaluate_text(source, names, call, WORLD.keys())
        except ExpressionFailed:
            continue
        answered += 1
        assert plain(answer)
    assert answered > 100
    assert names == {"x": Decimal("3.5"), "big": list(range(300)), "r": {"amount": 1}}


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(source: str) -> None:
    try:
        assert plain(evaluate_text(source, {}, call, WORLD.keys()))
    except ExpressionFailed:
        assert check_expression(source, WORLD.keys(), None) is None or check_expression(source, WORLD.keys(), ()) is not None


@settings(max_examples=200, deadline=None)
@given(st.decimals(min_value=-(10**6), max_value=10**6, places=4), st.decimals(min_value=-(10**6), max_value=10**6, places=4))
def test_figures_are_compared_and_added_exactly(left: Decimal, right: Decimal) -> None:
    assert value("a < b", a=left, b=right) == (left < right)
    assert value("a + b - b == a", a=left, b=right) is True
    assert value("a == b", a=float(left), b=left) is (Decimal(repr(float(left))) == left)


# --- scripts ----------------------------------------------------------------------------------------------------------------------------


def test_a_script_assigns_all_or_nothing() -> None:
    assert execute_text("a = 1\nif x > 2:\n    b = a + x\nelse:\n    b = 0", {"x": 3}, call, ()) == {"a": 1, "b": 4}
    with pytest.raises(ExpressionFailed):
        execute_text("a = 1\nb = 1 / 0", {}, call, ())


SCRIPTS = [
    "import os", "a.b = 1", 'a["x"] = 1', "a, b = 1, 2", "while true:\n  a = 1", "def f(): pass", "a += 1", "del a", "raise SystemExit",
    "a = __import__('os')", "with a: pass", "global a", "for a in [1]:\n  b = a",
]  # fmt: skip


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_can_do_nothing_else(script: str) -> None:
    with pytest.raises(ExpressionFailed):
        execute_text(script, {"a": {}}, call, ())
