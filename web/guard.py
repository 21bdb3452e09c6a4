"""Around every answer (边界): security headers, a strict content policy, and a limit on what a request may carry."""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from adapters.files import LARGEST

POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "x-frame-options": "SAMEORIGIN",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}
FORM = 4 * 1024 * 1024  #: what a form without files may carry
BUNDLE = 32 * 1024 * 1024  #: a rule bundle
UPLOAD = LARGEST + 64 * 1024  #: a file with the fields around it


class Guard:
    """Adds the headers; refuses bodies that are too large before they are read, or while they are."""

    def __init__(self, app: ASGIApp, *, secure: bool) -> None:
        self.app = app
        self.headers = HEADERS | ({"strict-transport-security": "max-age=31536000"} if secure else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path = scope["path"]
        most = UPLOAD if path.endswith("/materials") else BUNDLE if path == "/versions/import" else FORM
        stated = Headers(scope=scope).get("content-length", "0")
        if not stated.isdigit() or int(stated) > most:
            words = f"提交的内容超过 {most // 1024 // 1024} MB，没有保存。请压缩或拆分后再提交。"
            answer = PlainTextResponse(words, 413, headers={"connection": "close"})
            await answer(scope, receive, self._sender(scope, send))
            return
        await self.app(scope, _Counted(receive, most), self._sender(scope, send))

    def _sender(self, scope: Scope, send: Send) -> Send:
        static = scope["path"].startswith("/static/")

        async def sender(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
                if not static:
                    headers.setdefault("cache-control", "no-store")
            await send(message)

        return sender


class _Counted:
    """A body that ends the connection when it grows beyond what its length said it may."""

    def __init__(self, receive: Receive, most: int) -> None:
        self.receive, self.left = receive, most

    async def __call__(self) -> Message:
        message = await self.receive()
        self.left -= len(message.get("body", b""))
        return message if self.left >= 0 else {"type": "http.disconnect"}
