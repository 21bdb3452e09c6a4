"""A shared part changed for one place, and carried to those others that use it: nobody is changed unasked."""

from __future__ import annotations

import re

import pytest
from fastapi.testclient import TestClient

from adapters import clock, library
from adapters.database import authoring, rules
from adapters.settings import SHIPPED
from tasks import drafts, shared, versions
from tests.web.test_drafts import read, save
from tests.web.test_publishing import SUBMIT, later, settle
from tests.web.town import PLACE, Town

FORM, PROGRESS = "national/forms/filing_receive.json", "national/progress.bpmn"
SAME, OWN, OTHER = "yeji", "quzhou", "zunyi"  #: reads as shipped; has its own wording; does not use PROGRESS


@pytest.fixture
def editor(town: Town) -> TestClient:
    """The process administrator, in a world of four places."""
    settle(town, "second")
    with town.database.transaction() as db:
        for code in (SAME, OWN, OTHER):
            files = library.files_of(SHIPPED, code)
            if code == OWN:
                files[FORM] = files[FORM].replace("备案签收".encode(), "备案收件".encode())
            versions.publish_files(db, files, code, by="test", now=clock.now(), checked=False)
    later()
    return town.client("process_admin")


@pytest.fixture
def draft(editor: TestClient) -> str:
    answer = editor.post("/drafts", data={"place": PLACE, "title": "备案登记"})
    return str(answer.headers["location"].rpartition("/")[2])


def reworded(editor: TestClient, draft: str) -> str:
    text: str = read(editor, draft, FORM)["content"].replace("备案签收", "备案登记")
    assert save(editor, draft, FORM, text, 1).status_code == 200
    return text


def test_a_shared_form_is_changed_for_one_place_only(town: Town, editor: TestClient, draft: str) -> None:
    text = reworded(editor, draft)
    assert "修改只用于本地区" in editor.get(f"/drafts/{draft}").text
    assert "备案登记" in editor.get(f"/drafts/{draft}/diff").text
    assert editor.post(f"/drafts/{draft}/review", data=SUBMIT).status_code == 303
    assert town.client("second").post(f"/drafts/{draft}/review/decide", data={"outcome": "同意发布"}).status_code == 303
    with town.database.reading() as db:
        now = {code: rules.published(db, code, clock.today()) for code in (PLACE, SAME)}
        texts = {code: rules.files(db, one.id)[FORM].decode() for code, one in now.items() if one is not None}
    assert texts[PLACE] == text
    assert "备案登记" not in texts[SAME]

    later()
    first = town.client("second").get("/versions", params={"place": PLACE}).text
    older = next(one for one in re.findall(r"/versions/(\w{64})", first) if now[PLACE] is not None and one != now[PLACE].id)
    answer = editor.post(f"/versions/{older}/restore")
    assert "备案签收" in read(editor, answer.headers["location"].rpartition("/")[2], FORM)["content"], "a version comes back with its parts"


def test_a_change_is_carried_to_places_that_use_it_as_shipped(town: Town, editor: TestClient, draft: str) -> None:
    assert editor.post(f"/drafts/{draft}/carry").status_code == 422, "there is nothing to carry"
    text = reworded(editor, draft)
    page = editor.post(f"/drafts/{draft}/carry").text
    assert page.count("检查没有错误") == 2
    assert "有自己的写法" in page
    again = editor.post(f"/drafts/{draft}/carry").text
    assert set(re.findall(r"/drafts/\w{32}", again)) == set(re.findall(r"/drafts/\w{32}", page)), "asked twice, made once"
    with town.database.reading() as db:
        made = {one.jurisdiction: one for one in authoring.listing(db) if one.id != draft}
        assert set(made) == {SAME, OTHER}
        for one in made.values():
            assert drafts.contents(db, one)[FORM].decode() == text
    late = save(editor, made[SAME].id, FORM, "{}", 1)
    assert late.status_code == 409, "an editor opened on the old text is not written over the carried one"


def test_places_are_reached_through_what_their_procedures_call(town: Town, editor: TestClient) -> None:
    with town.database.reading() as db:
        reach = {code: shared.used(versions.current(db, code)[1]) for code in (PLACE, SAME, OTHER)}
    assert PROGRESS in reach[SAME]
    assert PROGRESS not in reach[OTHER]
    assert all(FORM in one for one in reach.values())
    assert not any(drafts.FIXED & one for one in reach.values()), "no place draws how rules are published"
