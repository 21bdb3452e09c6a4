"""Column types: what goes in comes out, on both databases, or is refused on both."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.database import Database, cases, ids, projects
from adapters.database.tables import Amount
from tests.adapters.database import examples

moments = st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(9998, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001  # hypothesis adds the zone
words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=50)
plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=moments, title=words, facts=st.dictionaries(words, plain, max_size=4), state=st.binary(max_size=200))
def test_any_value_survives(database: Database, at: datetime, title: str, facts: dict[str, object], state: bytes) -> None:
    key = ids.new()
    with database.transaction() as db:
        made = examples.case(db, key, opened_at=at, title=title, facts=facts, state=state)
    with database.reading() as db:
        assert cases.get(db, key) == made


def test_moments_order_by_time_and_not_by_zone(database: Database) -> None:
    base = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
    moments = [
        base.astimezone(timezone(timedelta(hours=zone))) + timedelta(microseconds=step) for step, zone in enumerate((9, -11, 0, 8, 3))
    ]
    with database.transaction() as db:
        for number, at in enumerate(moments):
            examples.project(db, f"p{number}", created_at=at)
    with database.reading() as db:
        assert [one.id for one in projects.listing(db, ["here"])] == ["p4", "p3", "p2", "p1", "p0"]
        assert [one.id for one in projects.listing(db, ["here"], after=(moments[2], "p2"))] == ["p1", "p0"]


@pytest.mark.parametrize(
    "changes",
    [
        {"opened_at": datetime(2026, 3, 1)},  # noqa: DTZ001  # the point of the test
        {"title": "甲\0乙"},
        {"title": "\ud800"},
        {"facts": {"万元": Decimal("1.5")}},
        {"facts": {"日": date(2026, 3, 1)}},
        {"facts": {"数": float("nan")}},
    ],
)
def test_what_one_database_could_not_hold_is_refused_by_both(database: Database, changes: dict[str, object]) -> None:
    with pytest.raises((ValueError, TypeError)), database.transaction() as db:
        examples.case(db, **changes)


def test_money_is_whole_fen_and_may_be_large(database: Database) -> None:
    with database.transaction() as db:
        examples.project(db)
        projects.add_amounts(db, [Amount(project="p1", kind="estimate", fen=10**15 + 1, at=examples.NOW)])
    with database.reading() as db:
        assert projects.amounts(db, "p1")["estimate"].fen == 10**15 + 1


def test_text_sorts_alike(database: Database) -> None:
    names = ["乙", "甲", "b", "B", "a", "中", "Ａ"]
    with database.transaction() as db:
        for number, name in enumerate(names):
            examples.person(db, f"x{number}", name=name)
    with database.reading() as db:
        from adapters.database import people

        assert [one.name for one in people.listing(db, "here")] == sorted(names)
