"""One act, one transaction: keys, conflicts, refusals that change nothing, and faults that become incidents."""

from __future__ import annotations

import os
import struct
import threading
import tracemalloc
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

from adapters import clock
from adapters.database import audit, batches, cases, items, notices, people, projects, records, requests
from adapters.database.tables import Person, PostRow
from adapters.files import LARGEST, FileStore
from domain.errors import (
    AlreadyDone,
    BadUpload,
    Conflict,
    ConflictOfDuty,
    EngineFault,
    InvalidAnswers,
    KeyReused,
    MissingMaterial,
    NotAssigned,
    Refusal,
    RuleRefused,
)
from tasks import inbox, integrity, materials
from tests.tasks.stages import Town


def picture(town: Town, case: str) -> tuple[Any, ...]:
    """Everything a refused act must leave as it was."""
    with town.database.reading() as db:
        row = cases.get(db, case)
        return (
            row,
            items.of_case(db, case),
            records.submissions(db, case),
            records.decisions(db, case),
            records.history(db, case),
            notices.of_case(db, case),
            len(list(audit.every(db))),
        )


def refused(town: Town, case: str, act: Callable[[], object], kind: type[Refusal]) -> Refusal:
    before = picture(town, case)
    with pytest.raises(kind) as caught:
        act()
    assert picture(town, case) == before, "a refused act wrote something"
    assert not caught.value.what.isascii(), "a refusal speaks Chinese"
    return caught.value


def test_a_completed_step_is_rows_history_audit_and_notices_together(town: Town) -> None:
    # given
    case = town.begin()
    item = town.item(case, "declare")

    # when
    done = town.complete(item)

    # then
    with town.database.reading() as db:
        assert items.get(db, item.id).status == "done"
        assert [one.id for one in items.open_of(db, case)] == list(done.opened)
        assert [one.step for one in records.submissions(db, case)] == ["declare"]
        assert any(line.step == "declare" and line.clauses for line in records.history(db, case))
        assert any(one.item in done.opened for one in notices.of_case(db, case))
        assert audit.verify(audit.every(db)) is None
    assert not list(integrity.check(town.database, None, now=clock.now()))


def test_the_same_key_answers_the_same_and_writes_once(town: Town) -> None:
    case = town.begin()
    item = town.item(case, "declare")
    answers, official = town.answers(item), town.official(item)

    def click() -> inbox.Done:
        with town.database.transaction() as db:
            return inbox.complete(db, item.id, official, answers, key="once", now=clock.now())

    first = click()
    before = picture(town, case)
    assert click() == first
    assert picture(town, case) == before


def test_the_same_key_with_another_body_is_refused(town: Town) -> None:
    case = town.begin()
    item = town.item(case, "declare")
    town.complete(item, key="once")

    refused(town, case, lambda: town.complete(item, key="once", name="另一个项目"), KeyReused)


def test_a_key_is_the_persons_own(hamlet: Town) -> None:
    # given: a key that the clock's door uses for a round, and one that somebody else used
    rounds = f"round:jinjiang:annual_plan_second:{clock.today().year}-06-30"
    mine, theirs = hamlet.begin(), hamlet.begin(unit="区民政局")

    # when
    hamlet.complete(hamlet.item(mine, "declare"), key=rounds)
    hamlet.complete(hamlet.item(theirs, "declare"), key=rounds)

    # then: both are done, and the round is still to be opened
    with hamlet.database.reading() as db:
        assert not requests.known(db, [rounds])


def test_what_another_case_noted_on_the_project_meanwhile_stays(hamlet: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    # given
    case = hamlet.begin()

    def meanwhile(act: Any, *_: object) -> None:
        projects.change(act.db, act.project.id, facts={**act.project.facts, "noted": "elsewhere"})

    monkeypatch.setattr("tasks.checking.rules", meanwhile)

    # when
    hamlet.complete(hamlet.item(case, "declare"))

    # then
    with hamlet.database.reading() as db:
        facts = projects.get(db, cases.get(db, case).project or "").facts
    assert facts["noted"] == "elsewhere"
    assert facts["nature"] == "建设类"


def test_a_refusal_does_not_tell_an_applicant_who_the_expert_was(hamlet: Town) -> None:
    # given: an opinion that was handed in
    case = hamlet.begin(until="pre_review_opinion")
    item = hamlet.item(case, "pre_review_opinion")
    expert, owner = hamlet.official(item), hamlet.stage.cast
    hamlet.complete(item)
    with hamlet.database.reading() as db:
        applicant = owner.named(db, "owner", "edu", clock.today())

    # when
    told = refused(hamlet, case, lambda: hamlet.complete(item, by=applicant), AlreadyDone)

    # then
    assert expert.name not in str(told)


def test_a_double_click_from_two_windows_has_one_effect(town: Town) -> None:
    # given
    case = town.begin()
    item = town.item(case, "declare")
    answers, official = town.answers(item), town.official(item)
    outcomes: list[str] = []

    def click(number: int) -> None:
        with clock.at(MOMENT):
            try:
                with town.database.transaction() as db:
                    inbox.complete(db, item.id, official, answers, key=f"window-{number}", now=clock.now())
                outcomes.append("done")
            except (AlreadyDone, Conflict) as refusal:
                outcomes.append(type(refusal).__name__)

    # when
    MOMENT = clock.now()
    threads = [threading.Thread(target=click, args=(number,)) for number in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    # then
    assert sorted(outcomes).count("done") == 1
    with town.database.reading() as db:
        assert len(records.submissions(db, case)) == 1


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("estimate", "三十万", "数字"),
        ("estimate", -1, ""),
        ("estimate", "1e9", ""),
        ("estimate", "NaN", ""),
        ("estimate", None, "必须填写"),
        ("goals", None, "必须填写"),
        ("leader_approved", True, ""),
        ("typename", "x", ""),
        ("signed_on", "2026-02-30", ""),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_lost(hamlet: Town, field: str, value: object, words: str) -> None:
    case = hamlet.begin(until="needs_proposal")
    item = hamlet.item(case, "needs_proposal")
    hamlet.attach(item)
    answers = {**hamlet.answers(item), field: value}
    if value is None:
        del answers[field]
    official = hamlet.official(item)

    def act() -> None:
        with hamlet.database.transaction() as db:
            inbox.complete(db, item.id, official, answers, now=clock.now())

    refusal = refused(hamlet, case, act, InvalidAnswers)
    assert words in str(refusal)


def test_somebody_elses_step_is_refused(hamlet: Town) -> None:
    case = hamlet.begin()
    item = hamlet.item(case, "declare")
    with hamlet.database.reading() as db:
        stranger = hamlet.stage.cast.named(db, "finance_bureau", None, clock.today())
        neighbour = hamlet.stage.cast.named(db, "owner@区民政局", None, clock.today())

    refused(hamlet, case, lambda: hamlet.complete(item, by=stranger), NotAssigned)
    refused(hamlet, case, lambda: hamlet.complete(item, by=neighbour), NotAssigned)


def test_a_step_already_done_is_refused_with_who_and_when(hamlet: Town) -> None:
    case = hamlet.begin()
    item = hamlet.item(case, "declare")
    hamlet.complete(item)

    refusal = refused(hamlet, case, lambda: hamlet.complete(item), AlreadyDone)
    assert "经办人" in refusal.what
    assert "2026-03-02" in refusal.what


def test_a_missing_document_is_named_with_its_clause(hamlet: Town) -> None:
    case = hamlet.begin(until="needs_proposal")
    item = hamlet.item(case, "needs_proposal")

    refusal = refused(hamlet, case, lambda: hamlet.complete(item), MissingMaterial)
    assert refusal.clause == "JJ-06-plan-content"


def test_nobody_stands_on_two_sides_of_a_project(hamlet: Town) -> None:
    # given: the owner's clerk has been given a post in the reviewing office too
    case = hamlet.begin(until="choose_experts")
    item = hamlet.item(case, "choose_experts")
    with hamlet.database.reading() as db:
        clerk = hamlet.stage.cast.named(db, "owner@区教育局", None, clock.today())
        reviewer = hamlet.stage.cast.named(db, "leading_group_office", None, clock.today())
    both = clerk.model_copy(update={"posts": clerk.posts + reviewer.posts})

    # when, then
    refused(hamlet, case, lambda: hamlet.complete(item, by=both), ConflictOfDuty)


def test_an_expert_signs_with_their_account_and_the_applicants_own_people_stay_away(hamlet: Town) -> None:
    # given: one expert whose number in the pool is not the account; one who holds a post in the applicant's unit
    case = hamlet.begin(until="choose_experts")
    with hamlet.database.transaction() as db:
        pool = {one.id: one for one in people.experts(db, "jinjiang")}
        people.add(db, Person(id="account-1", jurisdiction="jinjiang", login="expert1", name="专家一号", unit="某大学"))
        people.add_post(db, PostRow(id="post-1", person="account-1", jurisdiction="jinjiang", office="expert"))
        people.add_expert(db, pool["e01"].model_copy(update={"id": "number-1", "person": "account-1", "employer": "某大学"}))
        people.add_post(db, PostRow(id="post-2", person="e02", jurisdiction="jinjiang", office="owner", unit="edu"))

    # when
    hamlet.complete(hamlet.item(case, "choose_experts"), size=1, named=["number-1"])

    # then
    with hamlet.database.reading() as db:
        panel = batches.panels(db, case)[-1]
    assert panel.excluded["e02"] == "在项目单位任职，应当回避"
    item = hamlet.item(case, "pre_review_opinion")
    assert item.person == "account-1"
    assert hamlet.complete(item).outcome == "通过"


def test_a_rule_of_the_form_refuses_with_its_clause(hamlet: Town) -> None:
    case = hamlet.begin(until="maintenance_proposal", declare={"name": "运维", "nature": "维护类", "system": "某系统"})
    item = hamlet.item(case, "maintenance_proposal")
    hamlet.attach(item)

    refusal = refused(hamlet, case, lambda: hamlet.complete(item, period_months=37), Refusal)
    assert isinstance(refusal, RuleRefused | InvalidAnswers)


@pytest.mark.parametrize(
    ("name", "chunks"),
    [
        ("空.pdf", []),
        ("假.pdf", [b"MZ\x90\x00 not a pdf"]),
        ("网页.html", [b"<html><script>alert(1)</script></html>"]),
        ("图.svg", [b"<svg onload='alert(1)'/>"]),
        ("无名", [b"data"]),
    ],
)
def test_an_upload_of_the_wrong_kind_is_refused(hamlet: Town, name: str, chunks: list[bytes]) -> None:
    case = hamlet.begin(until="needs_proposal")
    item, official = hamlet.item(case, "needs_proposal"), hamlet.official(hamlet.item(case, "needs_proposal"))

    def act() -> None:
        with hamlet.database.transaction() as db:
            materials.attach(db, hamlet.stage.store, item.id, official, material=None, name=name, chunks=chunks, now=clock.now())

    refused(hamlet, case, act, BadUpload)


def test_a_gigabyte_is_refused_before_it_fills_the_disk(tmp_path: Any) -> None:
    taken = 0

    def endless() -> Any:
        nonlocal taken
        while taken < 1 << 30:
            taken += 1 << 20
            yield b"%PDF-" + b"0" * ((1 << 20) - 5)

    with pytest.raises(BadUpload, match="MB"):
        FileStore(tmp_path).keep("大文件.pdf", endless())
    assert taken <= LARGEST + (2 << 20)
    assert not [one for one in tmp_path.rglob("*") if one.is_file()]


def test_what_a_power_cut_left_of_an_upload_is_removed(tmp_path: Any) -> None:
    old, new = tmp_path / ".incoming-old", tmp_path / ".incoming-new"
    for one in (old, new):
        one.write_bytes(b"%PDF-")
    yesterday = new.stat().st_mtime - 2 * 24 * 3600
    os.utime(old, (yesterday, yesterday))
    kept = FileStore(tmp_path).keep("材料.pdf", [b"%PDF-1.4\n%%EOF\n"])
    assert not old.exists()
    assert new.exists(), "somebody may be uploading it right now"
    assert FileStore(tmp_path).verify(kept.stored)


@pytest.mark.parametrize("wide", [False, True], ids=["usual", "zip64"])
def test_a_zip_of_a_hundred_thousand_files_is_refused_unread(tmp_path: Any, wide: bool) -> None:
    """Its table of contents alone would take a hundred megabytes of memory."""
    count = 100_000
    member = struct.pack("<4s6H3I5H2I", b"PK\x01\x02", 20, 20, 0, 0, 0, 33, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"x"
    table, begins = member * count, struct.pack("<4s5H3I2H", b"PK\x03\x04", 20, 0, 0, 0, 33, 0, 0, 0, 1, 0) + b"x"
    size, at, number = len(table), len(begins), count % 65_536
    more = b""
    if wide:
        more = struct.pack("<4sQ2H2I4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, size, at)
        more += struct.pack("<4sIQI", b"PK\x06\x07", 0, at + size, 1)
        size = at = 0xFFFFFFFF
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, number, number, size, at, 0)
    tracemalloc.start()
    try:
        with pytest.raises(BadUpload, match="过多"):
            FileStore(tmp_path).keep("许多.zip", [begins, table, more, end])
        assert tracemalloc.get_traced_memory()[1] < 8_000_000
    finally:
        tracemalloc.stop()
    assert not [one for one in tmp_path.rglob("*") if one.is_file()]
    (tmp_path / "same.zip").write_bytes(begins + table + more + end)
    with zipfile.ZipFile(tmp_path / "same.zip") as archive:
        assert len(archive.infolist()) == count, "it is a zip that the library reads"


def test_an_engine_fault_rolls_everything_back(hamlet: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    # given: the diagram's next condition fails when it is asked
    case = hamlet.begin()
    item = hamlet.item(case, "declare")
    answers, official = hamlet.answers(item), hamlet.official(item)

    def broken(*_: object) -> None:
        raise EngineFault("条件无法判断")

    monkeypatch.setattr("adapters.engine.complete", broken)
    before = picture(hamlet, case)

    # when, then
    with pytest.raises(EngineFault), hamlet.database.transaction() as db:
        inbox.complete(db, item.id, official, answers, now=clock.now())
    assert picture(hamlet, case) == before
