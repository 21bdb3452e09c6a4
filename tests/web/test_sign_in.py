"""Logging in and out: sessions, lock-out, first passwords, requests of other sites, headers."""

from __future__ import annotations

from datetime import timedelta

import pytest

from adapters import clock
from adapters.database import audit, people
from tasks import accounts
from tasks.accounts import INSTALLER
from tests.web import town as towns
from tests.web.town import Town

OWN = "Xunzhao-Lu-2026"


def open_account(town: Town, person: str = "owner", *, own: bool = True) -> tuple[str, str]:
    """Give a person of the cast a password; answers login and password. `own`: it was changed already."""
    with town.database.transaction() as db:
        first = accounts.open_for(db, town.account(person), now=clock.now())
    if own:
        with town.database.transaction() as db:
            accounts.change(db, first.person, first.password, OWN, OWN, now=clock.now())
    return first.login, OWN if own else first.password


def test_right_password_opens_a_session(town: Town) -> None:
    login, password = open_account(town)
    client = town.client()
    answer = client.post("/login", data={"login": login, "password": password, "next": "/projects?q=1"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/projects?q=1")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=lax" in cookie.lower()
    assert client.get("/inbox").status_code == 200
    token = client.cookies["sid"]
    with town.database.reading() as db:
        assert towns.sessions.known(db, token, clock.today()) is None, "the table holds the hash, not the token"
        assert {one.act for one in audit.listing(db, limit=20)} >= {"sign-in", "password-changed", "account-opened"}


def test_https_binds_the_cookie_to_the_host(town: Town) -> None:
    from fastapi.testclient import TestClient

    from adapters import settings
    from adapters.files import FileStore
    from web.app import create_app

    login, password = open_account(town)
    found = settings.read({"LIANSHEN_URL": "https://sp.example.gov.cn"})
    client = TestClient(create_app(town.database, FileStore(town.folder), found), base_url="https://testserver", follow_redirects=False)
    answer = client.post("/login", data={"login": login, "password": password}, headers={"sec-fetch-site": "same-origin"})
    assert answer.headers["set-cookie"].startswith("__Host-sid=")
    assert "Secure" in answer.headers["set-cookie"]
    assert "strict-transport-security" in answer.headers


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_nobody_is_sent_elsewhere_after_the_log_in(town: Town, target: str) -> None:
    login, password = open_account(town)
    answer = town.client().post("/login", data={"login": login, "password": password, "next": target})
    assert answer.headers["location"] == "/"


def test_wrong_account_and_wrong_password_look_alike(town: Town) -> None:
    login, _ = open_account(town)
    client = town.client()
    wrong = client.post("/login", data={"login": login, "password": "nope"})
    unknown = client.post("/login", data={"login": "nobody.here", "password": "nope"})
    assert wrong.status_code == unknown.status_code == 422
    assert wrong.text.replace(login, "") == unknown.text.replace("nobody.here", "")


def test_a_password_in_the_wrong_field_is_kept_nowhere(town: Town) -> None:
    """The audit log can never forget: what cannot be an account is not written down."""
    for name in (OWN, "nobody.here"):
        assert town.client().post("/login", data={"login": name, "password": ""}).status_code == 422
    with town.database.reading() as db:
        told = [one.body for one in audit.listing(db, act="sign-in-refused")]
    assert len(told) == 2
    assert not [one for one in told if OWN in one]
    assert [one for one in told if "nobody.here" in one], "which account was tried stays known"


def test_five_wrong_passwords_lock_for_a_quarter_of_an_hour(town: Town) -> None:
    login, password = open_account(town)
    client = town.client()
    for _ in range(5):
        assert client.post("/login", data={"login": login, "password": "nope"}).status_code == 422
    assert client.post("/login", data={"login": login, "password": password}).status_code == 422
    with clock.at(towns.MORNING + timedelta(minutes=14)):
        assert town.client().post("/login", data={"login": login, "password": password}).status_code == 422
    with clock.at(towns.MORNING + timedelta(minutes=16)):
        assert town.client().post("/login", data={"login": login, "password": "nope"}).status_code == 422
        assert town.client().post("/login", data={"login": login, "password": password}).status_code == 303


def test_the_first_password_must_be_changed_first(town: Town) -> None:
    login, password = open_account(town, own=False)
    client = town.client()
    assert client.post("/login", data={"login": login, "password": password}).status_code == 303
    assert client.get("/").headers["location"] == "/account"
    assert client.get("/inbox").headers["location"] == "/account"
    weak = client.post("/account/password", data={"old": password, "new": "short", "again": "shorter"})
    assert weak.status_code == 422
    assert "不一致" in weak.text
    answer = client.post("/account/password", data={"old": password, "new": OWN, "again": OWN})
    assert (answer.status_code, answer.headers["location"]) == (303, "/account?changed=1")
    told = client.get("/account?changed=1").text
    assert "口令已修改" in told
    assert 'href="/" id="go"' in told, "who has just changed the first password is shown the way to work"
    assert client.get("/").headers["location"] == "/inbox"
    assert client.get("/inbox").status_code == 200


@pytest.mark.parametrize(
    ("new", "says"),
    [("Ab1-", "10"), ("abcdefghijkl", "三种"), ("Aa1-Aa1-Aa1-", "重复"), ("jinjiang.owner.edu-A1", "账号"), (OWN, "用过")],
)
def test_weak_passwords_are_refused(town: Town, new: str, says: str) -> None:
    login, password = open_account(town)
    client = town.client()
    client.post("/login", data={"login": login, "password": password})
    answer = client.post("/account/password", data={"old": password, "new": new, "again": new})
    assert answer.status_code == 422
    assert says in answer.text


def test_a_changed_password_ends_the_other_sessions(town: Town) -> None:
    login, password = open_account(town)
    here, there = town.client(), town.client()
    for one in (here, there):
        one.post("/login", data={"login": login, "password": password})
    changed = here.post("/account/password", data={"old": password, "new": "Another-Way-77", "again": "Another-Way-77"})
    assert changed.status_code == 303
    assert here.get("/inbox").status_code == 200
    assert there.get("/inbox").status_code == 303


def test_sessions_end_when_idle_and_when_old(town: Town) -> None:
    client = town.client("owner")
    with clock.at(towns.MORNING + timedelta(minutes=29)):
        assert client.get("/inbox").status_code == 200
    with clock.at(towns.MORNING + timedelta(minutes=58)):
        assert client.get("/inbox").status_code == 200
    with clock.at(towns.MORNING + timedelta(minutes=90)):
        assert client.get("/inbox").headers["location"] == "/login?next=/inbox"
    fresh = town.client("owner")
    for step in range(1, 24):
        with clock.at(towns.MORNING + timedelta(minutes=25 * step)):
            assert fresh.get("/inbox").status_code == 200
    with clock.at(towns.MORNING + timedelta(hours=10, minutes=1)):
        assert fresh.get("/inbox").status_code == 303


def test_logging_out_ends_the_session_on_the_server(town: Town) -> None:
    client = town.client("owner")
    token = client.cookies["sid"]
    assert client.post("/logout").status_code == 303
    client.cookies.set("sid", token)
    assert client.get("/inbox").status_code == 303


def test_an_account_out_of_use_is_out_at_once(town: Town) -> None:
    client = town.client("owner")
    with town.database.transaction() as db:
        accounts.set_active(db, town.account("owner"), False, by=INSTALLER, now=clock.now())
    assert client.get("/inbox").status_code == 303


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": "none"}, False),
        ({"origin": "http://testserver"}, True),
        ({"origin": "http://evil.example"}, False),
        ({"origin": "null"}, False),
        ({}, False),
    ],
)
def test_requests_of_other_sites_are_turned_away(town: Town, headers: dict[str, str], allowed: bool) -> None:
    client = town.client("owner")
    del client.headers["sec-fetch-site"]
    answer = client.post("/notices/read", headers=headers)
    assert answer.status_code == (303 if allowed else 403)
    assert client.get("/inbox", headers=headers).status_code == 200


def test_every_answer_carries_the_headers(town: Town) -> None:
    for client in (town.client(), town.client("owner")):
        for path in ("/login", "/inbox", "/nothing-here", "/static/nothing.js"):
            headers = client.get(path).headers
            policy = headers["content-security-policy"]
            assert "default-src 'self'" in policy
            assert "script-src 'self';" in policy
            assert "unsafe-eval" not in policy
            assert headers["x-content-type-options"] == "nosniff"
            assert headers.get("cache-control") == "no-store" or path.startswith("/static/")


def test_htmx_is_sent_to_the_log_in(town: Town) -> None:
    answer = town.client().get("/inbox", headers={"hx-request": "true"})
    assert (answer.status_code, answer.headers["hx-redirect"]) == (401, "/login?expired=1")


def test_a_session_that_ends_leads_back_to_where_one_was(town: Town) -> None:
    item = town.item("drafted", "needs_proposal")
    address, nobody = f"http://testserver/items/{item}", town.client()
    asked = {"hx-request": "true", "hx-current-url": address}
    assert nobody.get("/inbox", headers=asked).headers["hx-redirect"] == f"/login?expired=1&next=/items/{item}"
    sent = nobody.post(f"/items/{item}", data={"goals": "写到一半"}, headers={"referer": address})
    assert (sent.status_code, sent.headers["location"]) == (303, f"/login?expired=1&next=/items/{item}")
    foreign = nobody.post(f"/items/{item}", data={}, headers={"referer": "https://evil.example/login"})
    assert foreign.headers["location"] == "/login?expired=1"


def test_a_draft_after_the_session_ended_leaves_the_page_alone(town: Town) -> None:
    item = town.item("drafted", "needs_proposal")
    asked = {"hx-request": "true", "hx-current-url": f"http://testserver/items/{item}"}
    answer = town.client().post(f"/items/{item}/draft", data={"goals": "写到一半"}, headers=asked)
    assert answer.status_code == 401
    assert "hx-redirect" not in answer.headers
    assert "data-expired" in answer.text
    assert f'href="/login?expired=1&amp;next=/items/{item}" target="_blank"' in answer.text.replace("&next", "&amp;next")


def test_unknown_pages_answer_in_chinese(town: Town) -> None:
    answer = town.client("owner").get("/nothing-here")
    assert (answer.status_code, "没有这个页面" in answer.text) == (404, True)
    assert town.client("owner").get("/docs").status_code == 404
    assert town.client("owner").get("/openapi.json").status_code == 404


def test_people_are_found_by_login_only(town: Town) -> None:
    with town.database.reading() as db:
        assert people.by_login(db, "jinjiang.owner.edu") is not None
        assert people.by_login(db, "' OR 1=1 --") is None


def test_a_fault_of_ours_is_a_page_too(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    from fastapi.testclient import TestClient

    from tasks import worklist

    def fails(*args: object, **kwargs: object) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(worklist, "open_items", fails)
    quiet = TestClient(town.client("owner").app, raise_server_exceptions=False, follow_redirects=False)
    quiet.cookies = town.client("owner").cookies
    answer = quiet.get("/inbox")
    assert (answer.status_code, "系统出现故障" in answer.text, "secret detail" in answer.text) == (500, True, False)
    assert "default-src 'self'" in answer.headers["content-security-policy"]
