"""A running case stays on its version: diagram, form, clauses and deadlines, also after ten later ones and when its step is gone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from adapters import clock
from adapters.database import cases, items, rules
from tasks import versions
from tests.web.town import PLACE, Town

STEP = "pre_review_opinion"
OPINION = dict.fromkeys(("necessity", "rationality", "urgency"), "充分") | {
    "necessity_note": "需求真实。", "rationality_note": "可行。", "urgency_note": "宜尽快。", "outcome": "通过",
    "opinion": "同意。", "signature": "已签字",
}  # fmt: skip


@pytest.fixture
def aged(town: Town) -> Town:
    """Ten later versions; in the last ones the step is called otherwise, its form is gone, and its clauses say something else."""
    with town.database.reading() as db:
        newest = rules.published(db, PLACE)
        assert newest is not None
        files = rules.files(db, newest.id)
    for number in range(10):
        clock.move(clock.now() + timedelta(minutes=1))
        region = files[f"{PLACE}/region.yaml"] + f"# {number}\n".encode()
        later = files | {f"{PLACE}/region.yaml": region}
        if number > 6:
            later = {
                path: text.replace(STEP.encode(), b"expert_view") for path, text in later.items() if path != f"{PLACE}/forms/{STEP}.json"
            }
            later[f"{PLACE}/forms/expert_view.json"] = files[f"{PLACE}/forms/{STEP}.json"].replace("审核".encode(), "审阅".encode())
            later[f"{PLACE}/clauses.yaml"] = later[f"{PLACE}/clauses.yaml"].replace("专家".encode(), "行家".encode())
        with town.database.transaction() as db:
            versions.publish_files(db, later, PLACE, by="t", now=clock.now(), name=f"第 {number} 版", checked=False)
    versions.forget()
    return town


def test_the_pages_of_a_running_case_show_its_own_version(town: Town, aged: Town) -> None:
    with town.database.reading() as db:
        case = cases.get(db, town.things["reviewed"])
        own = rules.files(db, case.version)
        newest = rules.published(db, PLACE)
        item = next(one for one in items.open_of(db, case.id) if one.step == STEP and one.person == town.account("expert"))
    assert newest is not None
    assert newest.id != case.version
    client = town.client("expert")

    page = client.get(f"/items/{item.id}")
    assert page.status_code == 200
    assert 'name="outcome"' in page.text
    assert "专家审核需求方案" in page.text
    assert "行家" not in page.text

    shown = client.get(f"/cases/{case.id}/diagram.bpmn", params={"scope": item.scope})
    assert shown.content == own[f"{PLACE}/pre_review.bpmn"]
    assert STEP in shown.text
    assert client.get(f"/cases/{case.id}").status_code == 200


def test_a_running_case_goes_on_by_its_own_version(town: Town, aged: Town) -> None:
    with town.database.reading() as db:
        case = cases.get(db, town.things["reviewed"])
        item = next(one for one in items.open_of(db, case.id) if one.step == STEP and one.person == town.account("expert"))
    answer = town.client("expert").post(f"/items/{item.id}", data=OPINION)
    assert answer.status_code == 303, answer.text
    with town.database.reading() as db:
        assert items.get(db, item.id).status == "done"
        assert cases.get(db, case.id).version == case.version


def test_new_cases_begin_on_the_newest_version(town: Town, aged: Town) -> None:
    answer = town.client("owner").post("/start", data={"procedure": "project", "unit": "edu"})
    assert answer.status_code == 303
    with town.database.reading() as db:
        newest = rules.published(db, PLACE)
        begun = items.get(db, answer.headers["location"].rpartition("/")[2])
        assert newest is not None
        assert cases.get(db, begun.case).version == newest.id
