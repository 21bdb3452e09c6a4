"""Projects, what is recorded about them, and notices."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from domain.notices import Kind, Notice, once
from domain.projects import Amount, Ban, LibraryEntry, OverrideRecord, Project, Status, System, latest

AT = datetime(2026, 3, 2, 1, tzinfo=UTC)


def project(**more: object) -> Project:
    return Project.model_validate({"id": "p1", "jurisdiction": "somewhere", "name": "视频 会议\n系统", "unit": "u1"} | more)


def test_a_project_answers_facts_by_name() -> None:
    one = project(facts={"nature": "建设类"})
    assert (one.name, one.status) == ("视频 会议 系统", Status.ACTIVE)
    assert [one.fact(name) for name in ("nature", "unit", "status", "funding")] == ["建设类", "u1", "在办", None]
    one.status = Status.SUSPENDED
    assert not one.status.moves


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [("name", "  ", "不能为空"), ("name", "长" * 201, "200 个字"), ("status", "在途", "项目状态只能是在办、储备")],
)
def test_a_project_refuses(field: str, value: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        project(**{field: value})
    with pytest.raises(ValueError, match=words):
        setattr(project(), field, value)


def test_the_latest_amount_of_a_kind_counts() -> None:
    amounts = [Amount(kind="estimate", yuan=Decimal(n), step="s", at=AT + timedelta(days=n)) for n in (3, 9, 5)]
    found = latest([*amounts, Amount(kind="contract", yuan=Decimal(1), step="s", at=AT + timedelta(days=99))], "estimate")
    assert found is not None
    assert (found.yuan, found.wan, found.words()) == (Decimal(9), Decimal("0.0009"), "0.0009 万元")
    assert latest(amounts, "reviewed") is None


@pytest.mark.parametrize("yuan", ["-1", "0.001", "NaN"])
def test_an_amount_refuses(yuan: str) -> None:
    with pytest.raises(ValueError, match=r"金额|finite"):
        Amount(kind="estimate", yuan=Decimal(yuan), step="s", at=AT)


def test_bars_and_entries_hold_on_their_last_day() -> None:
    bar = Ban(kind="review", subject="p1", clause="JJ-08.1-three-fails", since=date(2026, 3, 2), until=date(2027, 3, 2))
    assert [bar.holds(date(2027, 3, n)) for n in (1, 2, 3)] == [True, True, False]
    assert not bar.holds(date(2026, 3, 1))
    entry = LibraryEntry(number="1", kind="重点项目库", day=date(2026, 6, 30), expires=date(2028, 6, 30))
    assert [entry.valid(date(2028, 6, 30)), entry.valid(date(2028, 7, 1))] == [True, False]
    assert LibraryEntry(number="1", kind="项目库", day=date(2026, 6, 30)).valid(date(2099, 1, 1))


def test_ends_before_beginnings_are_refused() -> None:
    with pytest.raises(ValueError, match="截止日早于"):
        Ban(kind="review", subject="p1", clause="X", since=date(2026, 3, 2), until=date(2026, 3, 1))
    with pytest.raises(ValueError, match="截止日早于"):
        LibraryEntry(number="1", kind="项目库", day=date(2026, 3, 2), expires=date(2026, 3, 1))
    with pytest.raises(ValueError, match="停止运行"):
        System(name="系统", in_use_since=date(2026, 3, 2), stopped_on=date(2026, 3, 1))


def test_a_system_is_in_use_until_the_day_it_stops() -> None:
    system = System(name="系统", status="运行", in_use_since=date(2026, 3, 2), stopped_on=date(2026, 6, 1))
    assert [system.in_use(day) for day in (date(2026, 3, 1), date(2026, 3, 2), date(2026, 5, 31), date(2026, 6, 1))] == [
        False,
        True,
        True,
        False,
    ]
    assert not System(name="系统").in_use(date(2026, 3, 2))


@pytest.mark.parametrize(("field", "value", "words"), [("reason", "急", "理由"), ("approver", " ", "由谁批准")])
def test_an_exception_needs_a_reason_and_an_approver(field: str, value: str, words: str) -> None:
    record = {"clause": "JJ-07-reserve", "reason": "区委重大部署，须先行启动", "approver": "李某", "day": date(2026, 3, 2)}
    assert OverrideRecord.model_validate(record).approver == "李某"
    with pytest.raises(ValueError, match=words):
        OverrideRecord.model_validate(record | {field: value})


def test_a_notice_key_tells_matters_apart() -> None:
    day = date(2026, 10, 16)
    keys = {
        once(kind, subject, on, to=to)
        for kind in (Kind.SOON, Kind.OVERDUE) for subject in ("a", "a|b", "a%7Cb")
        for on in (day, date(2026, 10, 17)) for to in ("", "b", "x|y")
    }  # fmt: skip
    assert len(keys) == 2 * 3 * 2 * 3


@pytest.mark.parametrize(("change", "words"), [({"office": None}, "收件"), ({"words": " "}, "没有内容")])
def test_a_notice_has_words_and_somebody_to_read_them(change: dict[str, object], words: str) -> None:
    notice = {"key": "k", "kind": "待办", "words": "请备案合同", "office": "owner"}
    assert Notice.model_validate(notice).kind is Kind.TODO
    with pytest.raises(ValueError, match=words):
        Notice.model_validate(notice | change)
