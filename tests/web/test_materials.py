"""Documents: what is taken, what is refused, and how they are handed out."""

from __future__ import annotations

import io
import re
import zipfile

import pytest

from adapters import files
from adapters.database import attachments
from tests.web.town import Town
from web import guard

PDF = b"%PDF-1.4\n%%EOF\n"
HX = {"hx-request": "true"}


def zipped(*names: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return made.getvalue()


@pytest.fixture
def place(town: Town) -> str:
    return f"/items/{town.item('drafted', 'needs_proposal')}/materials"


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("空.pdf", b"", "空的"),
        ("病毒.exe", b"MZ\x90", "不能上传"),
        ("页面.html", b"<html><script>alert(1)</script>", "不能上传"),
        ("图.svg", b"<svg onload='alert(1)'/>", "不能上传"),
        ("假.pdf", b"\x89PNG\r\n\x1a\n....", "内容与扩展名不符"),
        ("截断.pdf", b"hello", "或者已经损坏"),
        ("脚本.txt", b"hello <script>alert(1)</script>", "不能上传"),
        ("宏.docx", zipped("word/vbaProject.bin"), "宏"),
        ("坏.docx", b"PK\x03\x04broken", "损坏"),
    ],
)
def test_what_is_not_taken(town: Town, place: str, name: str, content: bytes, says: str) -> None:
    answer = town.client("other owner").post(place, data={"material": ""}, files={"file": (name, content)}, headers=HX)
    assert answer.status_code == 422
    assert says in answer.text
    assert "文件没有上传" in answer.text
    assert not list((town.folder / "files").rglob(".incoming-*"))


def test_nothing_chosen_is_said(town: Town, place: str) -> None:
    answer = town.client("other owner").post(place, data={"material": ""}, headers=HX)
    assert (answer.status_code, "没有选择文件" in answer.text) == (422, True)


def test_too_large_is_refused_before_it_is_read(town: Town, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "UPLOAD", 1000)
    answer = town.client("other owner").post(place, files={"file": ("大.pdf", PDF + b"x" * 5000)}, headers=HX)
    assert (answer.status_code, "没有保存" in answer.text) == (413, True)
    monkeypatch.setattr(files, "LARGEST", 50)
    monkeypatch.setattr(guard, "UPLOAD", 1_000_000)
    answer = town.client("other owner").post(place, files={"file": ("大.pdf", PDF + b"x" * 5000)}, headers=HX)
    assert (answer.status_code, "超过" in answer.text) == (422, True)


def test_a_document_goes_in_and_comes_out(town: Town, place: str) -> None:
    owner = town.client("other owner")
    page = owner.get(place.removesuffix("/materials")).text
    found = re.search(r'name="material" value="(\w+)"', page)
    assert found is not None
    name = "../../报告\u202efdp.“x”.pdf"
    assert owner.post(place, data={"material": found[1]}, files={"file": (name, PDF)}, headers=HX).status_code == 200
    with town.database.reading() as db:
        kept = attachments.of_case(db, town.things["drafted"])
    assert [one.material for one in kept] == [found[1]]
    assert "/" not in kept[0].name
    assert "\u202e" not in kept[0].name
    answer = owner.get(f"/attachments/{kept[0].id}")
    assert answer.content == PDF
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert town.client("owner").get(f"/attachments/{kept[0].id}").status_code == 404
    gone = owner.post(f"{place}/{kept[0].id}/withdraw", headers=HX)
    assert (gone.status_code, "已上传" in gone.text) == (200, False)
    assert owner.get(f"/attachments/{kept[0].id}").status_code == 404


def test_an_unknown_kind_is_not_taken(town: Town, place: str) -> None:
    assert town.client("other owner").post(place, data={"material": "nonsense"}, files={"file": ("a.pdf", PDF)}).status_code == 404
