"""The audit log: chained, canonical, and every kind of tampering is found."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from adapters.database import Database, audit, verify_audit
from adapters.database.tables import AuditRecord, Checkpoint
from tests.adapters.database.examples import NOW, later

VERIFIER = Path(verify_audit.__file__)
Log = list[dict[str, Any]]


@pytest.fixture
def log(memory: Database) -> tuple[list[AuditRecord], list[Checkpoint]]:
    for number in range(6):
        with memory.transaction() as db:
            for part in range(2):
                body = {"意见": f"第{number}次", "附": [part]}
                audit.append(db, at=later(minutes=number), actor="li", act="complete", target=f"c{number}", version="v1", body=body)
        if number in (2, 5):
            with memory.transaction() as db:
                assert audit.checkpoint(db, at=later(minutes=number))
    with memory.reading() as db:
        return list(audit.every(db)), audit.checkpoints(db)


def test_records_are_chained_across_transactions(database: Database) -> None:
    for number in range(3):
        with database.transaction() as db:
            audit.append(db, at=NOW, actor="li", act="a", target="t", body={"乙": 1, "甲": "“引号”\n"})
            audit.append(db, at=later(microseconds=number), actor="li", act="b", target="t")
    with pytest.raises(KeyError), database.transaction() as db:  # noqa: PT012  # the transaction is what is tested
        audit.append(db, at=NOW, actor="li", act="never", target="t")
        raise KeyError
    with database.reading() as db:
        found = list(audit.every(db))
        assert [one.seq for one in found] == [1, 2, 3, 4, 5, 6]
        assert found[0].prev == "0" * 64
        assert found[0].body == '{"乙":1,"甲":"“引号”\\n"}'
        assert audit.verify(found) is None
        assert [one.seq for one in audit.listing(db, act="b", target="t", before=6, limit=1)] == [4]
        assert [one.seq for one in audit.records(db, after=2, until=4)] == [3, 4]
        assert audit.listing(db, actor="nobody") == []


def test_the_same_acts_give_the_same_chain_on_both_databases(database: Database) -> None:
    with database.transaction() as db:
        audit.append(db, at=NOW, actor="li", act="complete", target="c1", version="v1", body={"金额": 30.5, "outcome": "通过"})
    with database.reading() as db:
        [record] = audit.every(db)
    written = (
        '{"act":"complete","actor":"li","at":"2026-03-02T09:30:00.000000+08:00","body":"{\\"outcome\\":\\"通过\\",\\"金额\\":30.5}",'
        f'"prev":"{"0" * 64}","seq":1,"target":"c1","version":"v1"}}'
    )
    assert record.hash == hashlib.new("sm3", written.encode()).hexdigest()


def test_a_record_changed_behind_our_back_is_found(database: Database) -> None:
    for number in range(5):
        with database.transaction() as db:
            audit.append(db, at=NOW, actor="li", act="a", target=f"t{number}", body={"意见": "同意"})
    off = ["DROP TRIGGER audit_no_update"] if database.sqlite else ["ALTER TABLE audit DISABLE TRIGGER audit_append_only"]
    with database.transaction() as db:
        for statement in (*off, "UPDATE audit SET body = replace(body, '同意', '反对') WHERE seq = 3"):
            db.run(text(statement))
    with database.reading() as db:
        assert audit.verify(audit.every(db)) == 3


def _edit(field: str, value: Any) -> Callable[[Log], None]:
    return lambda log: log[4].__setitem__(field, value)


def _chained(log: Log) -> None:
    """What somebody does who knows the method: every hash computed anew."""
    prev = "0" * 64
    for number, record in enumerate(log, start=1):
        record["seq"], record["prev"] = number, prev
        record["hash"] = prev = verify_audit.digest(record)


def _rehash_one(log: Log) -> None:
    log[4]["body"] = "{}"
    log[4]["hash"] = verify_audit.digest(log[4])


def _forge(log: Log) -> None:
    log.insert(4, {**log[4], "actor": "wang", "act": "approve"})
    _chained(log)


def _rewrite(log: Log) -> None:
    log[4]["body"] = "{}"
    _chained(log)


def _swap(log: Log) -> None:
    log[3], log[4] = log[4], log[3]


TAMPERING: dict[str, Callable[[Log], None]] = {
    "a word in a body": _edit("body", "{}"),
    "another actor": _edit("actor", "wang"),
    "another moment": _edit("at", "2026-03-02T09:31:00.000000+08:00"),
    "another act": _edit("act", "return"),
    "another target": _edit("target", "c9"),
    "another version": _edit("version", "v0"),
    "a number as text": _edit("seq", "5"),
    "a record rehashed alone": _rehash_one,
    "a record removed": lambda log: log.__delitem__(4),
    "a record twice": lambda log: log.insert(4, dict(log[4])),
    "two records swapped": _swap,
    "a field more": lambda log: log[4].__setitem__("note", ""),
    "a record cut off the end": lambda log: log.__delitem__(slice(-1, None)),
    "a forged record, all hashes anew": _forge,
    "a changed record, all hashes anew": _rewrite,
}
ONLY_BY_CHECKPOINT = {"a record cut off the end", "a forged record, all hashes anew", "a changed record, all hashes anew"}


def _run(folder: Path, log: Log, outside: list[Checkpoint] | None) -> tuple[int, str]:
    """The verifier as an auditor runs it: alone, isolated from this project."""
    (folder / "log.jsonl").write_text("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in log), "utf-8")
    arguments = ["log.jsonl"]
    if outside is not None:
        (folder / "checkpoints.jsonl").write_text("".join(audit.line(one) + "\n" for one in outside), "utf-8")
        arguments.append("checkpoints.jsonl")
    done = subprocess.run([sys.executable, "-I", "-S", str(VERIFIER), *arguments], cwd=folder, capture_output=True, text=True, check=False)
    assert not done.stderr
    return done.returncode, done.stdout


def test_a_sound_log_passes(log: tuple[list[AuditRecord], list[Checkpoint]], tmp_path: Path) -> None:
    records, outside = log
    exported = [json.loads(audit.line(record)) for record in records]
    assert _run(tmp_path, exported, outside) == (0, "核对通过：共 12 条记录，逐条相连。\n")
    code, words = _run(tmp_path, exported, None)
    assert code == 0
    assert "未提供检查点" in words
    assert audit.verify(records, outside) is None


@pytest.mark.parametrize("kind", TAMPERING)
def test_tampering_is_found(kind: str, log: tuple[list[AuditRecord], list[Checkpoint]], tmp_path: Path) -> None:
    records, outside = log
    exported = [json.loads(audit.line(record)) for record in records]
    TAMPERING[kind](exported)
    code, words = _run(tmp_path, exported, outside)
    assert code == 1
    assert words.startswith("核对未通过")
    assert _run(tmp_path, exported, None)[0] == (0 if kind in ONLY_BY_CHECKPOINT else 1)
    if all(set(record) == set(AuditRecord.model_fields) for record in exported):
        assert audit.verify([AuditRecord.model_construct(None, **record) for record in exported], outside) is not None


def test_an_unreadable_file_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "log.jsonl").write_text("{", "utf-8")
    done = subprocess.run([sys.executable, str(VERIFIER), "log.jsonl"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout[:4]) == (2, "无法读取")


def test_a_checkpoint_is_made_only_when_something_is_new(database: Database) -> None:
    with database.transaction() as db:
        assert audit.checkpoint(db, at=NOW) is None
        audit.append(db, at=NOW, actor="li", act="a", target="t")
    with database.transaction() as db:
        made = audit.checkpoint(db, at=NOW)
        assert made is not None
        assert (made.no, made.seq) == (1, 1)
        assert audit.checkpoint(db, at=NOW) is None
        assert audit.checkpoints(db) == [made]
