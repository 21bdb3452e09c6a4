"""What is refused and what breaks, as pages (出错页面): one table says which status each refusal has."""

from __future__ import annotations

import logging
from urllib.parse import quote, urlsplit

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from domain import errors
from tasks.incidents import ActFailed
from tasks.sessions import SignInRefused
from web import identity
from web.guard import HEADERS
from web.render import page, templates, wants_data, wants_part

log = logging.getLogger("lianshen.web")

#: The first that fits counts.
STATUS: tuple[tuple[type[errors.Refusal], int, str], ...] = (
    (ActFailed, 503, "流程出现异常"),
    (SignInRefused, 422, "没有登录"),
    (errors.NotFound, 404, "没有找到"),
    (errors.NotAssigned, 403, "不能办理"),
    (errors.ConflictOfDuty, 403, "应当回避"),
    (errors.AlreadyDone, 409, "已经办理"),
    (errors.KeyReused, 409, "重复提交"),
    (errors.Conflict, 409, "内容已有变化"),
    (errors.Refusal, 422, "没有办理"),
)


def status_of(refusal: errors.Refusal) -> tuple[int, str]:
    """The status and the heading of a refusal."""
    return next((status, title) for kind, status, title in STATUS if isinstance(refusal, kind))


def install(app: FastAPI) -> None:
    """Answer every error of this application in Chinese."""
    app.add_exception_handler(errors.Refusal, refused)
    app.add_exception_handler(errors.EngineFault, broken)
    app.add_exception_handler(identity.SignInNeeded, sign_in)
    app.add_exception_handler(identity.PasswordChangeNeeded, change_password)
    app.add_exception_handler(HTTPException, plain)
    app.add_exception_handler(RequestValidationError, plain)
    app.add_exception_handler(ClientDisconnect, gone)
    app.add_exception_handler(Exception, broken)


def refused(request: Request, error: Exception) -> Response:
    """A rule says no: what happened, why, what to do."""
    assert isinstance(error, errors.Refusal)
    status, title = status_of(error)
    if wants_data(request):
        return JSONResponse(as_data(error), status)
    return page(request, "part_refused.html" if wants_part(request) else "refused.html", status=status, title=title, refusal=error)


def as_data(refusal: errors.Refusal) -> dict[str, object]:
    """A refusal for a script that shows it."""
    found: dict[str, object] = {"what": refusal.what, "todo": refusal.todo, "clause": refusal.clause}
    if isinstance(refusal, errors.InvalidAnswers):
        found["fields"] = refusal.fields
    return found


def sign_in(request: Request, error: Exception) -> Response:
    """Nobody is signed in: to the log-in page, and back afterwards."""
    if wants_data(request):
        return JSONResponse({"what": "登录已过期，没有保存。", "todo": "请在另一个窗口重新登录后再试。", "clause": None}, 401)
    if wants_part(request):
        back = _page_of(request.headers.get("hx-current-url", ""))
        if request.url.path.endswith("/draft"):  # who is writing stays where they are, with all they wrote
            return HTMLResponse(templates().get_template("part_expired.html").render(back=back), 401)
        return Response(status_code=401, headers={"HX-Redirect": f"/login?expired=1&next={back}" if back else "/login?expired=1"})
    asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    if request.method not in identity.SAFE:
        back = _page_of(request.headers.get("referer", ""))
        return RedirectResponse(f"/login?expired=1&next={back}" if back else "/login?expired=1", 303)
    return RedirectResponse("/login" if asked == "/" else f"/login?next={_quoted(asked)}", 303)


def change_password(request: Request, error: Exception) -> Response:
    """The first password is still in use."""
    return RedirectResponse("/account", 303)


def plain(request: Request, error: Exception) -> Response:
    """No such address, a wrong method, a request that makes no sense."""
    status = error.status_code if isinstance(error, HTTPException) else 422
    words = {404: "没有这个页面。", 405: "这个地址不能这样使用。", 422: "请求的内容不完整或格式不对。"}.get(status, "请求没有被接受。")
    refusal = errors.Refusal(words, todo="请从待办列表或上方菜单重新进入。")
    name = "part_refused.html" if wants_part(request) else "refused.html"
    return page(request, name, status=status, title="没有找到" if status == 404 else "请求有误", refusal=refusal)


def gone(request: Request, error: Exception) -> Response:
    """The browser went away before it had sent everything: nobody reads an answer, and it is no fault of ours."""
    log.debug("%s %s: the client went away", request.method, request.url.path)
    return Response(status_code=400)


def broken(request: Request, error: Exception) -> Response:
    """A fault of ours. The act was rolled back; the log has the details."""
    log.exception("%s %s", request.method, request.url.path, exc_info=error)
    refusal = errors.Refusal("系统出现故障，本次操作没有保存。", todo="请稍后重试；仍然不行的，请把时间和页面地址告诉运维人员。")
    if wants_data(request):
        return JSONResponse(as_data(refusal), 500, HEADERS | {"cache-control": "no-store"})
    name = "part_refused.html" if wants_part(request) else "refused.html"
    return page(request, name, status=500, headers=HEADERS | {"cache-control": "no-store"}, title="系统故障", refusal=refusal)


def _page_of(address: str) -> str:
    """The path of a page that a browser says it shows, quoted; empty when it says none."""
    found = urlsplit(address)
    return _quoted(found.path + (f"?{found.query}" if found.query else "")) if found.path != "/login" else ""


def _quoted(path: str) -> str:
    return quote(path, safe="/")
