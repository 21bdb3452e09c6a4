"""Notices (通知): who is told what, by which clause, once only."""

from __future__ import annotations

import re

_MAIL = re.compile(r"[^@\s,;:<>()\"]+@[^@\s,;:<>()\"]+")


def is_mail_address(text: str) -> bool:
    """Whether a text could be one mail address (邮箱), without a display name.

    >>> is_mail_address("zhang@example.gov.cn"), is_mail_address("张 <zhang@example.gov.cn>"), is_mail_address("a@b,c@d")
    (True, False, False)
    """
    return _MAIL.fullmatch(text) is not None
