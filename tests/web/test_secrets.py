"""What must stay hidden: experts are canaries, and no page of the owner ever shows one."""

from __future__ import annotations

import re
from uuid import uuid4

from fastapi.testclient import TestClient

from tests.web.town import Town

LINK = re.compile(r'(?:href|data-src|hx-get)="(/[^"#]*)')
OPINION = {
    "necessity": "充分", "rationality": "充分", "urgency": "充分", "necessity_note": "好", "rationality_note": "好", "urgency_note": "好",
    "outcome": "通过", "signature": "已签字",
}  # fmt: skip


def crawl(client: TestClient, start: str = "/inbox") -> dict[str, str]:
    """Every page a person reaches by links, with its text."""
    waiting, seen = [start, "/done", "/projects", "/notices", "/account", "/start"], dict[str, str]()
    while waiting:
        path = waiting.pop().replace("&amp;", "&")
        if path in seen or path.startswith("/static/"):
            continue
        answer = client.get(path)
        assert answer.status_code in (200, 303), f"{path}: {answer.status_code}"
        seen[path] = answer.text
        waiting += LINK.findall(answer.text)
    return seen


def give_opinions(town: Town) -> None:
    """Every expert says something that gives them away, and attaches a document."""
    for person in ("expert", "second expert"):
        client = town.client(person)
        item = next(iter(re.findall(r'class="main" href="/items/(\w+)"', client.get("/inbox").text)))
        words = f"我是{'、'.join(town.things['canaries'])}"
        client.post(
            f"/items/{item}/materials", data={"material": ""}, files={"file": (f"{town.things['canaries'][0]}.pdf", b"%PDF-1.4\n%%EOF\n")}
        )
        answer = client.post(f"/items/{item}", data={**OPINION, "opinion": words, "_key": uuid4().hex})
        assert answer.status_code == 303, re.findall(r'class="wrong"[^>]*>([^<]*)', answer.text)


def found(town: Town, pages: dict[str, str]) -> list[str]:
    return [f"{path}: {one}" for path, text in pages.items() for one in town.things["canaries"] if one in text]


def test_the_owner_never_learns_who_the_experts_are(town: Town) -> None:
    give_opinions(town)
    for person in ("owner", "leader"):
        pages = crawl(town.client(person))
        assert any("/cases/" in path for path in pages)
        assert any("/projects/" in path for path in pages)
        assert not found(town, pages)


def test_the_office_does(town: Town) -> None:
    """The canaries are real: whoever must know the experts sees them."""
    give_opinions(town)
    assert found(town, crawl(town.client("office")))


def test_experts_do_not_learn_of_each_other(town: Town) -> None:
    give_opinions(town)
    own = town.things["experts"]["second expert"]
    with town.database.reading() as db:
        from adapters.database import people

        name = people.get(db, town.things["experts"]["expert"]).name
    assert own
    pages = crawl(town.client("second expert"))
    others = {path: text for path, text in pages.items() if path.startswith(("/cases", "/projects", "/inbox"))}
    said = [path for path, text in others.items() if f"· {name}" in text]
    assert not said


def test_nothing_of_a_case_reaches_other_units(town: Town) -> None:
    pages = crawl(town.client("other owner"))
    assert "校园安全智慧监管平台" not in "".join(pages.values())


def test_administrators_see_no_business(town: Town) -> None:
    for person in ("system_admin", "security_admin", "audit_admin", "operator"):
        client = town.client(person)
        for path in ("/inbox", "/projects", f"/cases/{town.things['reviewed']}", "/notices"):
            assert client.get(path).status_code == 403
