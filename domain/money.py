"""Money: yuan as Decimal in code, integer 分 in the database, 万元 in forms, decision tables and on pages. Conversions are exact.

Source: JJ-06-30wan (30 万元含不含), JJ-10-400-3000, JX-09-threshold-infra: amounts are compared as typed, never rounded.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

#: Places after the point that 万元 may have: one fen is 0.000001 万元.
WAN_PLACES = 6
FEN_PER_WAN = 1_000_000
#: Largest amount of one project, in 万元: a hundred 亿元.
LARGEST_WAN = Decimal(1_000_000)

_PLAIN = re.compile(r"[+-]?(?:[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.[0-9]+)?")
_EXPONENT = re.compile(r"[+-]?[0-9.]+e[+-]?[0-9]+", re.IGNORECASE)


def to_fen(wan: Decimal) -> int:
    """万元 as fen (分). Raises ValueError below a fen or when not a number.

    >>> to_fen(Decimal("29.999999"))
    29999999
    """
    return _whole(wan, FEN_PER_WAN)


def to_wan(fen: int) -> Decimal:
    """Fen as 万元, exactly; two places at least, as pages show it.

    >>> to_wan(450_000_000), to_wan(29_999_999)
    (Decimal('450.00'), Decimal('29.999999'))
    """
    exact = Decimal(fen) / FEN_PER_WAN
    return exact.quantize(Decimal("0.01")) if fen % 10_000 == 0 else exact


def parse_wan(text: str) -> Decimal:
    """What an official typed as 万元. Full-width digits and thousands commas are read; ValueError says in Chinese what is wrong.

    >>> parse_wan("１,450.50")
    Decimal('1450.50')
    """
    typed = unicodedata.normalize("NFKC", text[:100]).strip().removesuffix("万元").strip()
    if not typed:
        raise ValueError("请填写金额（万元）")
    if _EXPONENT.fullmatch(typed):
        raise ValueError(f"金额不能用科学计数法，请直接写出数字，不能写“{text[:20]}”")
    if len(text) > 100 or not _PLAIN.fullmatch(typed):
        raise ValueError(f"金额请填写数字，单位万元，例如 450 或 450.50，不能写“{text[:20]}”")
    amount = Decimal(typed.replace(",", ""))
    if amount < 0:
        raise ValueError("金额不能小于 0")
    if amount > LARGEST_WAN:
        raise ValueError(f"金额不能大于 {LARGEST_WAN} 万元，请检查单位是否为万元")
    if amount != round(amount, WAN_PLACES):
        raise ValueError(f"金额最多保留 {WAN_PLACES} 位小数（精确到分）")
    return round(amount, WAN_PLACES) if -int(amount.as_tuple().exponent) > WAN_PLACES else amount


def shown(wan: Decimal) -> str:
    """For pages: two places at least, grouped by thousands, nothing rounded away.

    >>> shown(Decimal(450)), shown(Decimal("29.999999")), shown(Decimal(3000))
    ('450.00 万元', '29.999999 万元', '3,000.00 万元')
    """
    return f"{to_wan(to_fen(wan)):,f} 万元"


def _whole(amount: Decimal, factor: int) -> int:
    if not amount.is_finite():
        raise ValueError("金额应当是数字")
    fen = amount * factor
    if fen != fen.to_integral_value():
        raise ValueError(f"金额 {amount} 精确到分以下，请检查")
    return int(fen)
