"""From draft to version by two people, in the pages: what is checked, who may approve, what running cases keep."""

from __future__ import annotations

import io
import json
import re
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from adapters import clock
from adapters.database import authoring, open_database, people, rules
from adapters.database.tables import Person, PostRow
from domain.duties import EVERYWHERE
from tasks import bundles, drafts, versions
from tests.web.test_drafts import GATE, raised, read, save
from tests.web.town import PLACE, Town

SUBMIT = {"name": "金额标准调整", "legal_basis": "某某〔2026〕1号", "effective_on": "2026-03-02", "note": "三十万元改为五十万元。"}


def settle(town: Town, *persons: str) -> None:
    with town.database.transaction() as db:
        for one in persons:
            people.add(db, Person(id=one, login=one, name=f"流程管理员 {one}"))
            people.add_post(db, PostRow(id=one, person=one, jurisdiction=EVERYWHERE, office="process_admin"))


def later() -> None:
    """A minute passes."""
    clock.move(clock.now() + timedelta(minutes=1))


@pytest.fixture
def editor(town: Town) -> TestClient:
    settle(town, "second")
    later()
    return town.client("process_admin")


@pytest.fixture
def draft(editor: TestClient) -> str:
    answer = editor.post("/drafts", data={"place": PLACE, "title": "调整金额标准"})
    assert answer.status_code == 303
    return str(answer.headers["location"].rpartition("/")[2])


def change(editor: TestClient, draft: str) -> None:
    before = read(editor, draft, GATE)
    assert save(editor, draft, GATE, raised(before["content"]), before["revision"]).status_code == 200


def published(town: Town) -> Any:
    with town.database.reading() as db:
        return rules.published(db, PLACE, clock.today())


def test_two_people_publish_and_the_page_says_what_changes(town: Town, editor: TestClient, draft: str) -> None:
    change(editor, draft)
    second, before = town.client("second"), published(town)
    page = editor.get(f"/drafts/{draft}/diff").text
    assert "30万元（不含）以下" in page
    assert "50万元（不含）以下" in page
    assert "影响办理的修改 2 处" in page

    assert editor.post(f"/drafts/{draft}/review", data=SUBMIT).status_code == 303
    assert save(editor, draft, GATE, "x", 2).status_code == 422, "nothing is changed under review"
    refused = editor.post(f"/drafts/{draft}/review/decide", data={"outcome": "同意发布"})
    assert (refused.status_code, "编审分离" in refused.text) == (403, True)
    assert second.post(f"/drafts/{draft}/review/decide", data={"outcome": "同意发布"}).status_code == 303

    after = published(town)
    assert after.id != before.id
    assert (after.name, after.created_by, after.published_by, after.legal_basis) == (
        "金额标准调整",
        "process_admin",
        "second",
        "某某〔2026〕1号",
    )
    assert "已发布" in second.get(f"/drafts/{draft}").text
    listed = second.get("/versions").text
    assert listed.index("金额标准调整") < listed.index("scenario")
    assert "现行" in second.get(f"/versions/{after.id}").text
    compared = second.get(f"/versions/{after.id}/diff", params={"base": before.id})
    assert (compared.status_code, "影响办理的修改 2 处" in compared.text) == (200, True)


def test_what_is_sent_back_can_be_mended(town: Town, editor: TestClient, draft: str) -> None:
    change(editor, draft)
    second = town.client("second")
    assert editor.post(f"/drafts/{draft}/review", data=SUBMIT).status_code == 303
    assert second.post(f"/drafts/{draft}/review/decide", data={"outcome": "退回修改"}).status_code == 422, "why, must be said"
    answer = second.post(f"/drafts/{draft}/review/decide", data={"outcome": "退回修改", "opinion": "请补充依据。"})
    assert answer.status_code == 303
    assert "请补充依据。" in editor.get(f"/drafts/{draft}/review").text
    assert save(editor, draft, "rounds.yaml", read(editor, draft, "rounds.yaml")["content"] + "# 补充\n", 1).status_code == 200
    assert second.post(f"/drafts/{draft}/review/decide", data={"outcome": "同意发布"}).status_code == 422


def test_a_review_lies_on_the_desk_of_those_who_may_approve(town: Town, editor: TestClient, draft: str) -> None:
    change(editor, draft)
    settle(town, "third")
    second, third = town.client("second"), town.client("third")
    assert save(third, draft, GATE, read(third, draft, GATE)["content"] + "\n", 2).status_code == 200, "a third hand in the draft"
    assert editor.post(f"/drafts/{draft}/review", data=SUBMIT).status_code == 303

    here = f"/drafts/{draft}/review"
    assert here in second.get("/inbox").text
    for one in (editor, third):
        assert here not in one.get("/inbox").text, "whoever wrote it may not approve it"
        assert "请审核" not in one.get("/notices").text
    assert "可以审核的：流程管理员 second，已经通知" in editor.get(here).text
    letters = second.get("/notices").text
    assert "请审核" in letters
    found = re.search(r"/notices/\w+/read", letters)
    assert found is not None
    assert second.post(found[0]).headers["location"] == here

    later()
    assert second.post(f"{here}/decide", data={"outcome": "退回修改", "opinion": "请补充依据。"}).status_code == 303
    assert here not in second.get("/inbox").text
    assert "请补充依据。" in editor.get("/notices").text
    assert "请补充依据。" not in third.get("/notices").text
    assert editor.post(here, data=SUBMIT).status_code == 303
    later()
    assert second.post(f"{here}/decide", data={"outcome": "同意发布"}).status_code == 303
    assert "已经审核发布" in editor.get("/notices").text


def test_only_who_handed_in_takes_back(town: Town, editor: TestClient, draft: str) -> None:
    change(editor, draft)
    assert editor.post(f"/drafts/{draft}/review", data=SUBMIT).status_code == 303
    assert town.client("second").post(f"/drafts/{draft}/review/withdraw").status_code == 403
    assert editor.post(f"/drafts/{draft}/review/withdraw").status_code == 303
    assert save(editor, draft, GATE, raised(read(editor, draft, GATE)["content"]) + "\n", 2).status_code == 200


def test_findings_stand_against_a_review(editor: TestClient, draft: str) -> None:
    content = read(editor, draft, GATE)["content"].replace("&gt;= 30", "&gt; 30")
    assert save(editor, draft, GATE, content, 1).json()["errors"] == 1
    answer = editor.post(f"/drafts/{draft}/review", data=SUBMIT)
    assert (answer.status_code, "恰好 30" in answer.text, SUBMIT["note"] in answer.text) == (422, True, True)
    assert "恰好 30" in editor.get(f"/drafts/{draft}").text


@pytest.mark.parametrize(
    ("given", "said"), [({"name": ""}, "版本名称"), ({"effective_on": "2026-03-01"}, "不能早于今天"), ({"effective_on": "x"}, "生效日期")]
)
def test_a_review_says_what_is_missing(editor: TestClient, draft: str, given: dict[str, str], said: str) -> None:
    change(editor, draft)
    answer = editor.post(f"/drafts/{draft}/review", data=SUBMIT | given)
    assert (answer.status_code, said in answer.text) == (422, True)


def test_a_draft_without_a_change_is_not_handed_in(editor: TestClient, draft: str) -> None:
    answer = editor.post(f"/drafts/{draft}/review", data=SUBMIT)
    assert (answer.status_code, "完全相同" in answer.text) == (422, True)


def test_a_draft_that_was_overtaken_follows_before_it_is_published(town: Town, editor: TestClient, draft: str) -> None:
    change(editor, draft)
    later()
    with town.database.transaction() as db:  # meanwhile another version is published, which touches another file
        newest = rules.published(db, PLACE)
        assert newest is not None
        files = rules.files(db, newest.id)
        path = f"{PLACE}/rounds.yaml"
        versions.publish_files(db, files | {path: files[path] + b"# x\n"}, PLACE, by="t", now=clock.now(), name="另一版本", checked=False)
    answer = editor.post(f"/drafts/{draft}/review", data=SUBMIT)
    assert (answer.status_code, "另一版本" in answer.text) == (422, True)

    assert "没有双方都改过的文件" in editor.post(f"/drafts/{draft}/follow").text

    assert read(editor, draft, "rounds.yaml")["content"].endswith("# x\n")
    assert "&lt; 50" in read(editor, draft, GATE)["content"]
    assert save(editor, draft, "rounds.yaml", "late", 1).status_code == 409, "an editor opened before is not written over the new text"
    assert editor.post(f"/drafts/{draft}/review", data=SUBMIT).status_code == 303


def test_an_earlier_version_is_restored_through_a_draft(town: Town, editor: TestClient, draft: str) -> None:
    change(editor, draft)
    first = published(town)
    editor.post(f"/drafts/{draft}/review", data=SUBMIT)
    town.client("second").post(f"/drafts/{draft}/review/decide", data={"outcome": "同意发布"})

    later()
    answer = editor.post(f"/versions/{first.id}/restore")

    restored = answer.headers["location"].rpartition("/")[2]
    assert "&lt; 30" in read(editor, restored, GATE)["content"]
    assert editor.post(f"/drafts/{restored}/review", data=SUBMIT | {"name": "恢复"}).status_code == 303
    assert town.client("second").post(f"/drafts/{restored}/review/decide", data={"outcome": "同意发布"}).status_code == 303
    assert published(town).id == first.id


def exported(town: Town, editor: TestClient) -> bytes:
    answer = editor.post(f"/versions/{published(town).id}/bundle")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
    return answer.content


def remade(data: bytes, **parts: bytes | None) -> bytes:
    """A bundle with some of its files exchanged, added or taken out."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        contents: dict[str, bytes | None] = {one: old.read(one) for one in old.namelist()}
        for name, content in (contents | parts).items():
            if content is not None:
                new.writestr(name, content)
    return made.getvalue()


def brought(editor: TestClient, data: bytes) -> Any:
    return editor.post("/versions/import", files={"file": ("rules.zip", data, "application/zip")})


def test_a_bundle_comes_back_as_a_draft(town: Town, editor: TestClient) -> None:
    answer = brought(editor, exported(town, editor))
    assert (answer.status_code, "本系统" in answer.text) == (200, True)
    found = re.search(r"/drafts/(\w{32})", answer.text)
    assert found is not None
    with town.database.reading() as db:
        made = authoring.get(db, found[1])
        assert drafts.contents(db, made) == rules.files(db, published(town).id)


def test_a_bundle_of_another_installation_is_marked_and_may_be_a_new_place(town: Town, editor: TestClient, tmp_path: Path) -> None:
    data = exported(town, editor)
    (town.folder / "signing.key").unlink()
    answer = brought(editor, data)
    assert (answer.status_code, "其他系统" in answer.text) == (200, True)
    there = Town(open_database(f"sqlite:///{tmp_path / 'there.db'}"), tmp_path, {"experts": {}})  # nobody has heard of the place
    there.database.create_all()
    settle(there, "process_admin", "second")
    editor = there.client("process_admin")
    found = re.search(r"/drafts/(\w{32})", brought(editor, data).text)
    assert found is not None
    assert editor.get(f"/drafts/{found[1]}").status_code == 200
    assert editor.get(f"/drafts/{found[1]}/diff").status_code == 200
    assert editor.post(f"/drafts/{found[1]}/review", data=SUBMIT).status_code == 303
    assert there.client("second").post(f"/drafts/{found[1]}/review/decide", data={"outcome": "同意发布"}).status_code == 303
    assert published(there).id == published(town).id
    there.database.close()


def test_a_bundle_that_was_changed_is_refused(town: Town, editor: TestClient) -> None:
    data = exported(town, editor)
    manifest = zipfile.ZipFile(io.BytesIO(data)).read(bundles.MANIFEST)
    gate = f"files/{PLACE}/{GATE}"
    other = json.dumps(json.loads(manifest) | {"name": "别的"}, ensure_ascii=False).encode()
    bad = {
        "one file": remade(data, **{gate: b"<x/>"}),
        "one more": remade(data, **{f"files/{PLACE}/extra.bpmn": b"<x/>"}),
        "one less": remade(data, **{gate: None}),
        "another manifest": remade(data, **{bundles.MANIFEST: other}),
        "no signature": remade(data, **{bundles.SIGNATURE: None}),
        "a strange signature": remade(data, **{bundles.SIGNATURE: b'{"key": "00", "signature": "zz"}'}),
        "outside": remade(data, **{"../../evil": b"x"}),
        "no zip": b"PK\x03\x04" + b"\0" * 100,
        "cut": data[: len(data) // 2],
        "huge": remade(data, **{gate: b"x" * 2_000_000}),
        "nothing": b"",
    }
    with town.database.reading() as db:
        before = len(authoring.listing(db))
    for words, one in bad.items():
        answer = brought(editor, one)
        assert (answer.status_code, "没有导入" in answer.text) == (422, True), words
    with town.database.reading() as db:
        assert len(authoring.listing(db)) == before
