"""Money: exact to the fen at every threshold, and typed text refused with a reason."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import money


@given(st.integers(0, 10**14))
def test_fen_survive_every_conversion(fen: int) -> None:
    assert money.to_fen(money.to_wan(fen)) == fen


@given(st.integers(0, 10**12), st.integers(0, 10**12))
def test_amounts_compare_as_their_fen_do(one: int, other: int) -> None:
    """A threshold in 万元 agrees with the same threshold in fen, to the cent (JJ-06-30wan)."""
    assert (money.to_wan(one) < money.to_wan(other)) == (one < other)


@pytest.mark.parametrize(("fen", "below"), [(29_999_999, True), (30_000_000, False), (30_000_001, False)])
def test_thirty_wan_to_the_fen(fen: int, below: bool) -> None:
    assert (money.to_wan(fen) < 30) is below


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("450", "450"), (" 450.50 ", "450.50"), ("450万元", "450"), ("1,450.5", "1450.5"), ("４５０．５", "450.5"), ("0", "0"),
        ("29.999999", "29.999999"), ("1000000", "1000000"), ("5.50000000", "5.5"),
    ],
)  # fmt: skip
def test_typed_amounts(text: str, amount: str) -> None:
    assert money.parse_wan(text) == Decimal(amount)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("三十万", "请填写数字"), ("-1", "不能小于 0"), ("1e9", "科学计数法"), ("1E+2", "科学计数法"),
        ("NaN", "请填写数字"), ("Infinity", "请填写数字"),
        ("", "请填写金额"), ("  ", "请填写金额"), ("1.2345678", "6 位小数"), ("1000000.01", "不能大于"),
        ("1,45", "请填写数字"), ("1 2", "请填写数字"),
        ("0x10", "请填写数字"), ("1_000", "请填写数字"), ("٣٠", "请填写数字"), ("1" * 200, "请填写数字"), ("300000元", "请填写数字"),
    ],
)  # fmt: skip
def test_typed_nonsense_is_refused_with_a_reason(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        money.parse_wan(text)


@pytest.mark.parametrize("amount", ["0.0000001", "NaN", "Infinity"])
def test_less_than_a_fen_is_refused(amount: str) -> None:
    with pytest.raises(ValueError, match="金额"):
        money.to_fen(Decimal(amount))


def test_pages_show_two_places_and_never_round() -> None:
    assert money.shown(Decimal("450")) == "450.00 万元"
    assert money.shown(Decimal("29.999999")) == "29.999999 万元"
    assert money.shown(Decimal("12345.5")) == "12,345.50 万元"
