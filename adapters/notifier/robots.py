"""Robots in chat groups (群机器人): 企业微信, 钉钉 and 飞书.

A group reads along, so a robot says only that there is something to read, and mentions who. Not proven against the real services
(未经真实服务验证): the formats follow the published interfaces, and were tried against receivers on the loopback.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from dataclasses import dataclass, field
from typing import Any

from adapters.notifier.calls import must_say_yes, post
from adapters.notifier.words import DEADLINE, Message, Undelivered
from domain.partners import PUBLIC, is_mobile, is_open_id


@dataclass(frozen=True, slots=True, kw_only=True)
class _Robot:
    url: str = field(repr=False)  #: holds the robot's key
    secret: str = field(default="", repr=False)
    allowed: tuple[str, ...] = PUBLIC
    deadline: float = DEADLINE


def _json(body: dict[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode()


def _mobile(name: str, to: str) -> str:
    if not is_mobile(to):
        raise Undelivered(f"{name}的收件手机号写法不对", final=True)
    return to


class WeCom(_Robot):
    """企业微信群机器人; the key stands in its address. People are mentioned by mobile number."""

    async def send(self, to: str, message: Message) -> None:
        """Hand a message over. Raises Undelivered."""
        name = "企业微信"
        text = {"content": message.brief, "mentioned_mobile_list": [_mobile(name, to)]}
        said = await post(name, self.url, _json({"msgtype": "text", "text": text}), allowed=self.allowed, deadline=self.deadline)
        must_say_yes(name, said, "errcode")


class DingTalk(_Robot):
    """钉钉群机器人, signed: HMAC-SHA256 over timestamp and secret, in the query."""

    async def send(self, to: str, message: Message) -> None:
        """Hand a message over. Raises Undelivered."""
        name = "钉钉"
        mobile = _mobile(name, to)
        body = _json({"msgtype": "text", "text": {"content": f"@{mobile} {message.brief}"}, "at": {"atMobiles": [mobile]}})
        query = signed_for_dingtalk(self.secret, round(time.time() * 1000)) if self.secret else None
        said = await post(name, self.url, body, allowed=self.allowed, deadline=self.deadline, query=query)
        must_say_yes(name, said, "errcode")


class Feishu(_Robot):
    """飞书群机器人, signed: HMAC-SHA256 of nothing with timestamp and secret as key, in the body. People are mentioned by open_id."""

    async def send(self, to: str, message: Message) -> None:
        """Hand a message over. Raises Undelivered."""
        name = "飞书"
        if not is_open_id(to):
            raise Undelivered(f"{name}的收件人 open_id 写法不对", final=True)
        body: dict[str, Any] = {"msg_type": "text", "content": {"text": f'<at user_id="{to}"></at> {message.brief}'}}
        if self.secret:
            body |= signed_for_feishu(self.secret, round(time.time()))
        said = await post(name, self.url, _json(body), allowed=self.allowed, deadline=self.deadline)
        must_say_yes(name, said, "code", "StatusCode")


def signed_for_dingtalk(secret: str, milliseconds: int) -> dict[str, str]:
    """Timestamp and signature as 钉钉 wants them in the query.

    >>> signed_for_dingtalk("SECtest", 1700000000000)["sign"]
    'aZLLrriXgn05YbwaGR7knYsLeJADjr9NwLaNNKpxh4g='
    """
    digest = hmac.new(secret.encode(), f"{milliseconds}\n{secret}".encode(), hashlib.sha256).digest()
    return {"timestamp": str(milliseconds), "sign": base64.b64encode(digest).decode()}


def signed_for_feishu(secret: str, seconds: int) -> dict[str, str]:
    """Timestamp and signature as 飞书 wants them in the body.

    >>> signed_for_feishu("test", 1700000000)["sign"]
    'eSJQnOl8XqPTMPHWz9e5IzeHS/tqoc68g2967ekIPmg='
    """
    digest = hmac.new(f"{seconds}\n{secret}".encode(), b"", hashlib.sha256).digest()
    return {"timestamp": str(seconds), "sign": base64.b64encode(digest).decode()}
