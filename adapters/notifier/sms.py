"""短信 through a gateway over HTTP. Gateways differ; this is the plain form that a small adapter in front of one can take.

Not proven against a real gateway (未经真实服务验证): tried against receivers on the loopback.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from dataclasses import dataclass, field

from adapters.notifier.calls import must_say_yes, post
from adapters.notifier.words import DEADLINE, Message, Undelivered
from domain.partners import is_mobile


@dataclass(frozen=True, slots=True, kw_only=True)
class Sms:
    """POST `{"phone", "text", "key"}`, signed in the headers; the answer must carry `"code": 0`."""

    url: str = field(repr=False)
    secret: str = field(default="", repr=False)
    allowed: tuple[str, ...] = ()
    deadline: float = DEADLINE

    async def send(self, to: str, message: Message) -> None:
        """Hand a message over. Raises Undelivered. The same `key` twice is the same message: a gateway may drop the second one."""
        name = "短信网关"
        if not is_mobile(to):
            raise Undelivered(f"{name}的收件手机号写法不对", final=True)
        key = hashlib.sha256(f"{message.key}|{to}".encode()).hexdigest()[:40]
        body = json.dumps({"phone": to, "text": message.brief, "key": key}, ensure_ascii=False).encode()
        headers = signed(self.secret, round(time.time()), body) if self.secret else None
        said = await post(name, self.url, body, allowed=self.allowed, deadline=self.deadline, headers=headers)
        must_say_yes(name, said, "code")


def signed(secret: str, seconds: int, body: bytes) -> dict[str, str]:
    """Headers that prove who sends: HMAC-SHA256 over timestamp and body."""
    digest = hmac.new(secret.encode(), f"{seconds}\n".encode() + body, hashlib.sha256).hexdigest()
    return {"x-lianshen-timestamp": str(seconds), "x-lianshen-signature": digest}
