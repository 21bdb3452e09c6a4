"""Logging in and out, and one's own account (登录、我的账号)."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from adapters import clock
from adapters.database import people
from adapters.database import sessions as kept
from domain.duties import AUDIT_ADMIN, INSTALLATION_POSTS, OPERATOR, PROCESS_ADMIN, SECURITY_ADMIN, SYSTEM_ADMIN
from domain.errors import InvalidAnswers
from tasks import accounts, notices, sessions, versions
from tasks.sessions import SignedIn, SignInRefused
from web.context import House, Rooms
from web.identity import Anyone, Signed, forget, remember
from web.render import page
from web.typed import Typed, text

router = APIRouter()


@router.get("/")
def home(me: Signed) -> Response:
    """Where one's work is."""
    return RedirectResponse(home_of(me), 303)


@router.get("/login")
def login_page(request: Request, house: Rooms, next: str = "", expired: str = "") -> Response:
    """The log-in page."""
    return page(request, "login.html", login="", next=local(next), refusal=None, expired=bool(expired))


@router.post("/login")
def login(request: Request, house: Rooms, typed: Typed) -> Response:
    """Log in; what was open before in this browser is closed."""
    name, target = text(typed, "login"), local(text(typed, "next"))
    address = request.client.host if request.client else ""
    try:
        token = sessions.sign_in(house.database, name, text(typed, "password"), address=address, now=clock.now())
    except SignInRefused as refusal:
        return page(request, "login.html", status=422, login=name, next=target, refusal=refusal, expired=False)
    answer = RedirectResponse(target or "/", 303)
    remember(answer, house, token)
    return answer


@router.post("/logout")
def logout(me: Signed, house: Rooms) -> Response:
    """Log out."""
    with house.database.transaction() as db:
        sessions.sign_out(db, me, now=clock.now())
    answer = RedirectResponse("/login", 303)
    forget(answer, house)
    return answer


@router.get("/account")
def account_page(request: Request, me: Signed, house: Rooms) -> Response:
    """One's own account: posts, and the password."""
    return _account(request, me, house)


@router.post("/account/password")
def change_password(request: Request, me: Signed, house: Rooms, typed: Typed) -> Response:
    """Change one's own password."""
    try:
        with house.database.transaction() as db:
            accounts.change(
                db, me.person.id, text(typed, "old"), text(typed, "new"), text(typed, "again"), keep_session=me.session, now=clock.now()
            )
    except InvalidAnswers as refusal:
        return _account(request, me, house, refusal)
    return RedirectResponse("/account?changed=1", 303)


@router.post("/account/mail")
def change_mail(request: Request, me: Anyone, house: Rooms, typed: Typed) -> Response:
    """Where one gets notices by mail; empty: nowhere."""
    try:
        with house.database.transaction() as db:
            notices.set_address(db, me.person.id, notices.MAIL, text(typed, "address")[:200], by=me.person.id, now=clock.now())
    except InvalidAnswers as refusal:
        return _account(request, me, house, refusal, typed=text(typed, "address"))
    return RedirectResponse("/account?mailed=1", 303)


def _account(request: Request, me: SignedIn, house: House, refusal: InvalidAnswers | None = None, *, typed: str | None = None) -> Response:
    posts = [(INSTALLATION_POSTS[one], "") for one in sorted(me.posts)]
    with house.database.reading() as db:
        if me.jurisdiction:
            _, ruleset = versions.current(db, me.jurisdiction)
            units = {one.id: one.name for one in people.units(db, me.jurisdiction, all=True)}
            posts += [
                (ruleset.offices[one.office].name if one.office in ruleset.offices else one.office, units.get(one.unit or "", ""))
                for one in me.official.posts
            ]
        credential = kept.credential(db, me.person.id)
        mail = notices.address_of(db, me.person.id, notices.MAIL)
    return page(
        request,
        "account.html",
        status=422 if refusal else 200,
        posts=posts,
        changed="changed" in request.query_params,
        mailed="mailed" in request.query_params,
        mail=mail if typed is None else typed,
        refusal=refusal,
        changed_at=credential.changed_at if credential else None,
        shortest=accounts.SHORTEST,
    )


def home_of(me: SignedIn) -> str:
    """The first page of a person."""
    if me.must_change:
        return "/account"
    if me.jurisdiction:
        return "/inbox"
    return next((path for post, path in _HOMES if post in me.posts), "/account")


_HOMES = (
    (SYSTEM_ADMIN, "/people"),
    (SECURITY_ADMIN, "/people"),
    (AUDIT_ADMIN, "/audit"),
    (OPERATOR, "/incidents"),
    (PROCESS_ADMIN, "/inbox"),
)


def local(target: str) -> str:
    """A path of ours to go to afterwards, or nothing."""
    return target if target.startswith("/") and not target.startswith(("//", "/\\")) and "\n" not in target else ""
