"""Anonymised opinions (意见脱敏): what an applicant may read of what the experts wrote. Source: JJ-08.1-anonymise.

Hidden are names, employers and signatures of every expert of the pool, and every field the form marks `x-private`. The texts carry no
number and no order that points to a person: readers get them sorted by their own words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

MASK = "××"
_PHONE = re.compile(r"(?<!\d)1\d{10}(?!\d)")
_ID = re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)")


def identities(experts: Iterable[Any], names: Iterable[str]) -> tuple[str, ...]:
    """Every text that would give a person away, longest first: names and employers of the pool, names of those who signed."""
    found = {str(text) for one in experts for text in (one.name, one.employer) if text} | {name for name in names if name}
    return tuple(sorted((one for one in found if len(one) > 1), key=lambda one: (-len(one), one)))


def mask(text: str, hidden: Iterable[str]) -> str:
    """The text without the hidden words, telephone and identity numbers.

    >>> mask("请电话联系张三 13800000000", ["张三"])
    '请电话联系×× ××'
    """
    for word in hidden:
        text = text.replace(word, MASK)
    return _ID.sub(MASK, _PHONE.sub(MASK, text))


def text_of(answers: Mapping[str, Any], form: Mapping[str, Any], hidden: Iterable[str]) -> str:
    """One opinion as plain lines `题目：回答`, private fields left out, everything masked."""
    words = tuple(hidden)
    fields: Mapping[str, Any] = form.get("properties", {})
    lines = []
    for name, value in answers.items():
        field = fields.get(name, {})
        if field.get("x-private") or name in ("signature", "signed_by", "signed_on") or value in (None, "", []):
            continue
        lines.append(f"{field.get('title', name)}：{mask(_words(value), words)}")
    return "\n".join(lines)


def _words(value: Any) -> str:
    if value is True:
        return "是"
    if value is False:
        return "否"
    if isinstance(value, Mapping):
        return "，".join(_words(one) for one in value.values() if one not in (None, ""))
    if isinstance(value, list):
        return "；".join(_words(one) for one in value)
    return str(value)
