"""Who is asking (身份): the session cookie read, roles asked for, requests of other sites turned away.

A route says what it needs: `me: Anyone` (signed in), `me: Worker` (of a jurisdiction) or `Depends(needs(...))` for administrators.
Each is one dependency that calls the one before it: a step of FastAPI's own costs more than what is asked there, a thread more yet.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request, Response
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from adapters import clock
from domain.duties import INSTALLATION_POSTS, PROCESS_ADMIN
from domain.errors import NotAssigned
from tasks import sessions
from tasks.sessions import SignedIn
from web.context import House, house

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class SignInNeeded(Exception):
    """Nobody is signed in, or the session is over."""


class PasswordChangeNeeded(Exception):
    """The first password must be changed before anything else."""


def cookie(rooms: House) -> str:
    """The cookie's name; over https browsers bind `__Host-` to this very host."""
    return "__Host-sid" if rooms.secure else "sid"


def remember(response: Response, house: House, token: str) -> None:
    """Hand the token to the browser, for as long as it stays open."""
    response.set_cookie(cookie(house), token, httponly=True, secure=house.secure, samesite="lax", path="/")


def forget(response: Response, house: House) -> None:
    """Take the token back."""
    response.delete_cookie(cookie(house), httponly=True, secure=house.secure, samesite="lax", path="/")


def signed_in(request: Request) -> SignedIn:
    """Whoever is signed in, also with a first password that is still to be changed. Raises SignInNeeded."""
    rooms = house(request)
    token = request.cookies.get(cookie(rooms))
    found = sessions.who(rooms.database, token, now=clock.now()) if token else None
    if found is None:
        raise SignInNeeded
    request.state.me = found
    return found


def anyone(request: Request) -> SignedIn:
    """Whoever is signed in with a password of their own. Raises PasswordChangeNeeded."""
    me = signed_in(request)
    if me.must_change:
        raise PasswordChangeNeeded
    return me


def worker(request: Request) -> SignedIn:
    """Somebody of a jurisdiction. Raises NotAssigned for administrators of the installation: they see no business."""
    me = anyone(request)
    if not me.jurisdiction:
        raise NotAssigned("系统管理账号不能查看业务内容（三员分立）。", todo="请使用业务账号登录。")
    return me


def reader(request: Request) -> SignedIn:
    """Somebody who gets work and notices: of a jurisdiction, or a process administrator. Raises NotAssigned."""
    me = anyone(request)
    return me if PROCESS_ADMIN in me.posts else worker(request)


def needs(*posts: str) -> Callable[[Request], SignedIn]:
    """A dependency: one of these posts of the installation."""

    def holder(request: Request) -> SignedIn:
        me = anyone(request)
        if not me.posts & set(posts):
            names = "、".join(INSTALLATION_POSTS[one] for one in posts)
            raise NotAssigned(f"这个页面由{names}使用，您没有该岗位。", todo=f"请联系{names}。")
        return me

    return holder


Signed = Annotated[SignedIn, Depends(signed_in)]
Anyone = Annotated[SignedIn, Depends(anyone)]
Worker = Annotated[SignedIn, Depends(worker)]
Reader = Annotated[SignedIn, Depends(reader)]


class SameSite:
    """Turns away unsafe requests that another site made the browser send (CSRF).

    Browsers say where a request comes from in Sec-Fetch-Site; on plain http to an intranet name only in Origin. Neither: refused.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] not in SAFE and not own(Headers(scope=scope)):
            words = "请求不是从本系统的页面发出的，没有执行。请从本系统的页面重新操作。"
            await Response(words, 403, media_type="text/plain; charset=utf-8")(scope, receive, send)
            return
        await self.app(scope, receive, send)


def own(headers: Headers) -> bool:
    """Whether an unsafe request comes from a page of ours."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc == headers.get("host")
