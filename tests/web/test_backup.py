"""What the guide for operators says about backups: taken while people work, and a whole system again in an empty folder."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from adapters import clock
from adapters.database import attachments, open_database
from adapters.files import FileStore
from tasks import integrity
from tests.web.town import Town

PDF = b"%PDF-1.4\n%%EOF\n"


def test_a_backup_taken_while_people_work_is_a_whole_system(town: Town, tmp_path: Path) -> None:
    address = f"/items/{town.item('drafted', 'needs_proposal')}/materials"
    owner, headers = town.client("other owner"), {"hx-request": "true"}
    kept = tmp_path / "backup"
    kept.mkdir()
    with town.database.reading():  # somebody reads, so that the log of the database is not merged
        assert owner.post(address, data={"material": ""}, files={"file": ("前.pdf", PDF)}, headers=headers).status_code == 200
        with closing(sqlite3.connect(town.folder / "town.db")) as running, closing(sqlite3.connect(kept / "lianshen.db")) as copy:
            running.backup(copy)
        assert owner.post(address, data={"material": ""}, files={"file": ("后.pdf", PDF + b"later")}, headers=headers).status_code == 200
        shutil.copytree(town.folder / "files", kept / "files")
    restored = open_database(f"sqlite:///{kept / 'lianshen.db'}")
    try:
        assert list(integrity.check(restored, FileStore(kept / "files"), now=clock.now())) == []
        with restored.reading() as db:
            assert [one.name for one in attachments.of_case(db, town.things["drafted"])] == ["前.pdf"]
        town.things.pop("app", None)
        again = Town(restored, kept, dict(town.things))
        assert "前.pdf" in again.client("other owner").get(f"/cases/{town.things['drafted']}").text
        next((kept / "files").glob("*/*")).unlink()
        broken = [one.what for one in integrity.check(restored, FileStore(kept / "files"), now=clock.now())]
        assert any("缺失" in one for one in broken), "the check notices a backup without its files"
    finally:
        restored.close()
