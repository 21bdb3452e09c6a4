"""Draws that anyone can repeat, with those kept away who must stay away."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import BadPanel
from domain.panels import Expert, draw, recusals, replay

POOLS = ["普通"] * 8 + ["定向库"] * 4
POOL = [Expert(id=f"e{number:02}", name=f"专家{number}", employer=f"单位{number % 4}", pool=pool) for number, pool in enumerate(POOLS)]
SEED = "00ff" * 8


@given(st.integers(1, 12), st.text("0123456789abcdef", min_size=8, max_size=32))
def test_a_draw_is_repeated_from_its_record(size: int, seed: str) -> None:
    panel = draw(POOL, size=size, named=[], seed=seed)

    assert len(panel.members) == size == len(set(panel.members))
    assert replay(panel)


def test_the_order_needs_nothing_but_sm3() -> None:
    panel = draw(POOL, size=3, named=[], seed=SEED)

    by_hand = sorted((one.id for one in POOL), key=lambda one: hashlib.new("sm3", (SEED + one).encode()).hexdigest())
    assert list(panel.drawn) == by_hand[:3]


def test_a_changed_record_is_noticed() -> None:
    panel = draw(POOL, size=3, named=[], seed=SEED)
    other = next(one.id for one in POOL if one.id not in panel.drawn)

    assert not replay(panel.model_copy(update={"drawn": (*panel.drawn[:2], other)}))


@given(st.text("0123456789abcdef", min_size=8, max_size=16))
def test_the_applicants_own_people_are_never_drawn(seed: str) -> None:
    out = recusals(POOL, {"单位1"}, set())
    panel = draw(POOL, size=5, named=[], seed=seed, excluded=tuple(out.items()))

    assert not {one.id for one in POOL if one.employer == "单位1"} & set(panel.members)


def test_who_belongs_to_the_applicant_stays_away_whatever_the_pool_says() -> None:
    own = Expert(id="e90", name="专家", employer="退休", person="p90")

    assert recusals([own], {"单位1"}, set(), {"p90"}) == {"e90": "在项目单位任职，应当回避"}
    assert recusals([own], {"单位1"}, set(), {"p91"}) == {}


def test_each_expert_is_drawn_about_as_often_as_any_other() -> None:
    counts = dict.fromkeys((one.id for one in POOL), 0)
    for number in range(1200):
        for one in draw(POOL, size=3, named=[], seed=f"{number:08x}").drawn:
            counts[one] += 1

    assert all(220 <= count <= 380 for count in counts.values()), counts  # 300 expected, six standard deviations


@pytest.mark.parametrize(
    ("size", "named", "excluded", "words"),
    [
        (3, ["nobody"], (), "不在专家库"),
        (3, ["e01"], (("e01", "应当回避"),), "回避"),
        (3, ["e01", "e01"], (), "两次"),
        (1, ["e01", "e02"], (), "多于"),
        (13, [], (), "可抽选的只有 12 位"),
    ],
)
def test_a_panel_that_breaks_a_rule_is_refused(size: int, named: list[str], excluded: tuple[tuple[str, str], ...], words: str) -> None:
    with pytest.raises(BadPanel, match=words):
        draw(POOL, size=size, named=named, seed=SEED, excluded=excluded)


def test_the_random_part_may_be_limited_to_a_pool() -> None:
    panel = draw(POOL, size=4, named=["e09"], seed=SEED, pool="普通")

    assert panel.members[0] == "e09"
    assert {one.pool for one in POOL if one.id in panel.drawn} == {"普通"}
