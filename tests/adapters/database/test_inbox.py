"""Work items and the inbox: who sees what, in which order, page by page."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest

from adapters.database import Database, inbox, items
from adapters.database.inbox import Desk
from domain.errors import AlreadyDone, NotFound
from tests.adapters.database import examples as given
from tests.adapters.database.examples import NOW, TODAY, item

BUREAU = Desk("here", "data_bureau")
OWNER = Desk("here", "owner", "education")


def _ids(lines: list[inbox.Line]) -> list[str]:
    return [line.item.id for line in lines]


@pytest.fixture
def filled(database: Database) -> Database:
    with database.transaction() as db:
        given.project(db, name="数据平台100%_A", code="XM-2026-001")
        given.case(db, project="p1")
        given.open_items(
            db,
            item("late", due=TODAY, project="p1"),
            item("soon", due=TODAY + timedelta(days=3)),
            item("none"),
            item("elsewhere", jurisdiction="there"),
            item("other_office", office="finance_bureau"),
            item("own_unit", office="owner", unit="education", due=TODAY),
            item("other_unit", office="owner", unit="health"),
            item("mine", office="expert", person="li"),
            item("hers", office="data_bureau", person="wang"),
        )
    return database


def test_a_desk_shows_its_office_its_unit_and_the_person(filled: Database) -> None:
    with filled.reading() as db:
        assert _ids(inbox.page(db, [BUREAU], "li")) == ["late", "soon", "mine", "none"]
        assert _ids(inbox.page(db, [OWNER], "li")) == ["own_unit", "mine"]
        assert _ids(inbox.page(db, [BUREAU, OWNER, BUREAU], "wang")) == ["late", "own_unit", "soon", "hers", "none"]
        assert _ids(inbox.page(db, [], "nobody")) == []
        assert inbox.count(db, [BUREAU, OWNER], "li") == 5
        assert inbox.count(db, [], "wang") == 1
        line = inbox.page(db, [BUREAU], "nobody")[0]
        assert (line.project_name, line.project_unit, line.case_title, line.procedure) == (
            "数据平台100%_A", "education", "数据平台项目申报", "here_intake",
        )  # fmt: skip


def test_a_desk_with_a_unit_also_shows_what_belongs_to_the_whole_office(database: Database) -> None:
    with database.transaction() as db:
        given.case(db)
        given.open_items(db, item("all", office="owner"), item("ours", office="owner", unit="education"))
    with database.reading() as db:
        assert _ids(inbox.page(db, [OWNER], "x")) == ["all", "ours"]
        assert _ids(inbox.page(db, [Desk("here", "owner")], "x")) == ["all"]


@pytest.mark.parametrize(
    ("words", "found"),
    [("100%", ["late"]), ("0%_a", ["late"]), ("2026-001", ["late"]), ("%", ["late"]), ("__", []), ("预审", ["late", "soon", "none"])],
)
def test_search_takes_signs_literally(filled: Database, words: str, found: list[str]) -> None:
    with filled.reading() as db:
        assert _ids(inbox.page(db, [BUREAU], "nobody", search=words)) == found


def test_pages_join_without_gap_or_repeat(database: Database) -> None:
    dice = random.Random(7)
    rows = [
        item(
            f"i{number:03}",
            due=dice.choice([None, TODAY, TODAY + timedelta(days=dice.randrange(5))]),
            opened_at=NOW + timedelta(seconds=dice.randrange(5)),
            office=dice.choice(["data_bureau", "owner"]),
            unit=dice.choice([None, "education"]),
        )
        for number in range(60)
    ]
    with database.transaction() as db:
        given.case(db)
        given.open_items(db, *rows)
    wanted = sorted(
        (row for row in rows if row.office == "owner" or row.unit is None), key=lambda row: (row.due or date.max, row.opened_at, row.id)
    )
    found: list[str] = []
    mark = ""
    with database.reading() as db:
        while page := inbox.page(db, [BUREAU, OWNER], "x", after=mark, limit=7):
            found += _ids(page)
            mark = page[-1].mark
        assert _ids(inbox.page(db, [BUREAU, OWNER], "x", after="~damaged", limit=1)) == found[:1]
    assert found == [row.id for row in wanted]


def test_done_items_newest_first(filled: Database) -> None:
    with filled.transaction() as db:
        for minute, one in enumerate(("late", "soon", "none")):
            items.close(db, one, at=given.later(minutes=minute), by="li")
    with filled.reading() as db:
        first = inbox.done(db, "li", limit=2)
        assert _ids(first) == ["none", "soon"]
        assert _ids(inbox.done(db, "li", after=first[-1].mark)) == ["late"]
        assert _ids(inbox.done(db, "li", search="XM-2026")) == ["late"]
        assert _ids(inbox.page(db, [BUREAU], "nobody")) == []


def test_an_item_closes_once(filled: Database) -> None:
    with filled.transaction() as db:
        items.close(db, "late", at=NOW, by="li")
        items.close_all(db, ["late", "soon"], at=NOW, by=None)
        assert (items.get(db, "late").status, items.get(db, "late").closed_by) == ("done", "li")
        assert items.get(db, "soon").status == "cancelled"
    with pytest.raises(AlreadyDone), filled.transaction() as db:
        items.close(db, "late", at=NOW, by="wang")
    with filled.reading() as db:
        assert items.get(db, "late").closed_by == "li"
        with pytest.raises(NotFound):
            items.get(db, "unknown")


def test_claiming(filled: Database) -> None:
    with filled.transaction() as db:
        assert items.claim(db, "late", "li")
        assert not items.claim(db, "late", "wang")
        assert items.claim(db, "late", "wang", instead_of="li")
        assert not items.release(db, "late", "li")
        assert items.release(db, "late", "wang")
        assert items.get(db, "late").claimed_by is None


def test_a_deadline_that_moves_moves_the_item(filled: Database) -> None:
    with filled.transaction() as db:
        items.set_due(db, {"none": (TODAY - timedelta(days=1), {"rule": "workdays(7)"}), "late": (None, None)})
    with filled.reading() as db:
        assert _ids(inbox.page(db, [BUREAU], "x")) == ["none", "soon", "late"]
        assert items.get(db, "none").basis == {"rule": "workdays(7)"}


def test_reminders_read_what_is_due_in_pages(filled: Database) -> None:
    with filled.reading() as db:
        first = items.due_until(db, TODAY + timedelta(days=3), limit=2)
        rest = items.due_until(db, TODAY + timedelta(days=3), after=(first[-1].urgency, first[-1].id))
        assert [one.id for one in first + rest] == ["late", "own_unit", "soon"]
        assert len(items.open_of(db, "c1")) == len(items.of_case(db, "c1")) == 9
        assert [one.id for one in items.of_activation(db, "c1", "t-late")] == ["late"]
