"""Partners outside (外部网关): which hosts messages may be handed to, and what an address on each channel looks like."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

#: Hosts of the robots of 企业微信, 钉钉 and 飞书. Everything else must be allowed by name.
PUBLIC = ("qyapi.weixin.qq.com", "oapi.dingtalk.com", "open.feishu.cn")
_MOBILE = re.compile(r"1\d{10}")
_OPEN_ID = re.compile(r"ou_[0-9A-Za-z]{6,64}")


def obstacle(url: str, allowed: Iterable[str]) -> str | None:
    """Why nothing may be sent to an address, in Chinese; None when it may. The address itself is not repeated: it may hold a key.

    `allowed`: `host` or `host:port` over https; with `http://` in front also in clear, for gateways of the intranet.

    >>> obstacle("https://oapi.dingtalk.com/robot/send?access_token=x", PUBLIC)
    >>> obstacle("http://oapi.dingtalk.com/robot/send", PUBLIC)
    '不加密的地址只能用于名单中写明 http:// 的主机'
    >>> obstacle("https://elsewhere.example/", PUBLIC)
    '主机 elsewhere.example 不在允许的名单中'
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return "地址写法不对"
    if parts.scheme not in ("http", "https") or not host or parts.username is not None:
        return "地址写法不对"
    names = {host, f"{host}:{port or (443 if parts.scheme == 'https' else 80)}"}
    known = {one.strip().rstrip("/").lower() for one in allowed}
    if parts.scheme == "http":
        if names & {one.removeprefix("http://") for one in known if one.startswith("http://")}:
            return None
        return "不加密的地址只能用于名单中写明 http:// 的主机"
    return None if names & {one.removeprefix("http://").removeprefix("https://") for one in known} else f"主机 {host} 不在允许的名单中"


def is_mobile(text: str) -> bool:
    """Whether a text is a mobile number of the mainland (手机号).

    >>> is_mobile("13800138000"), is_mobile("+8613800138000")
    (True, False)
    """
    return _MOBILE.fullmatch(text) is not None


def is_open_id(text: str) -> bool:
    """Whether a text is the open_id by which 飞书 knows a person.

    >>> is_open_id("ou_84aad35d084aa403a838cf73ee18467"), is_open_id("张三")
    (True, False)
    """
    return _OPEN_ID.fullmatch(text) is not None
