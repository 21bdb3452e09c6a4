"""The clock stands in Shanghai and can be moved."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta

import pytest

from adapters import clock


def test_the_real_clock_is_aware_and_in_shanghai() -> None:
    assert clock.now().utcoffset() == timedelta(hours=8)
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)
    assert clock.today() == clock.now().date()


def test_a_day_in_shanghai_begins_before_london() -> None:
    with clock.at(datetime(2026, 3, 1, 16, 30, tzinfo=UTC)):
        assert clock.today() == date(2026, 3, 2)


def test_the_clock_stands_still_where_it_was_moved_and_goes_back() -> None:
    with clock.at(date(2026, 10, 1)) as began:
        assert clock.now() == began == clock.now()
        clock.move(datetime(2026, 10, 2, 8, 30, tzinfo=clock.SHANGHAI))
        assert (clock.today(), clock.now().hour) == (date(2026, 10, 2), 8)
        with clock.at(date(2020, 1, 1)):
            assert clock.today().year == 2020
        assert clock.today() == date(2026, 10, 2)
        clock.move(None)
        assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)


def test_another_thread_keeps_its_own_time() -> None:
    seen: list[date] = []
    with clock.at(date(2020, 1, 1)):
        thread = threading.Thread(target=lambda: seen.append(clock.today()))
        thread.start()
        thread.join()
    assert seen != [date(2020, 1, 1)]


def test_a_moment_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="时区"):
        clock.move(datetime(2026, 3, 1, 12))  # noqa: DTZ001  # what is refused here
