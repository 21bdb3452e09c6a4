"""Two rule sets side by side: what differs is named with its article, what is alike is not."""

from __future__ import annotations

import pytest

from adapters import library
from adapters.settings import SHIPPED
from domain.rulesets import Ruleset
from tasks import comparison

PLACE = "jinjiang"
#: (path, text, text of the other place)
OTHER = [
    ("jinjiang/plan_gate.dmn", "&lt; 30", "&lt; 50"),
    ("jinjiang/plan_gate.dmn", "&gt;= 30", "&gt;= 50"),
    ("jinjiang/delivery.bpmn", 'workdays(7, after=answer("sign_contract"', 'workdays(10, after=answer("sign_contract"'),
]


def two() -> tuple[Ruleset, Ruleset]:
    files = library.bundle(library.files_of(SHIPPED, PLACE), PLACE)
    changed = dict(files)
    for path, old, new in OTHER:
        assert old.encode() in files[path], path
        changed[path] = changed[path].replace(old.encode(), new.encode())
    return library.read(files, PLACE), library.read(changed, PLACE)


def test_a_rule_set_does_not_differ_from_itself() -> None:
    one, _ = two()
    assert not [topic.name for topic in comparison.compare(one, one) if topic.differs]


def test_another_amount_and_another_period_are_named_with_their_articles() -> None:
    topics = comparison.compare(*two())
    left = {pair for topic in topics for pair in (*topic.left.thresholds, *topic.left.limits)}
    right = {pair for topic in topics for pair in (*topic.right.thresholds, *topic.right.limits)}

    assert ("资金估算，造价审核后为审定金额30万元（不含）以下 → 直接入库", "第六条") in left - right
    assert ("资金估算，造价审核后为审定金额50万元（不含）以下 → 直接入库", "第六条") in right - left
    assert any("10 个工作日，自“签订合同”填报的“签订日期”起" in value for value, _ in right - left)


def test_rules_stand_under_their_topic() -> None:
    found = next(one for one in comparison.compare(*two()) if one.id == "threshold")
    assert "JJ-06-30wan" in {one.id for one in found.right.clauses}


@pytest.mark.parametrize("code", library.codes(SHIPPED))
def test_a_figure_names_its_article_once_and_is_a_figure_of_the_regulation(code: str) -> None:
    ruleset = library.load(SHIPPED, code)
    pairs = [pair for topic in comparison.compare(ruleset, ruleset) for pair in topic.left.thresholds]

    assert pairs
    assert [value for value, article in pairs if article and value.endswith(f"（{article}）")] == []
    assert [value for value, _ in pairs if value.endswith(("不超过 2100", "不少于 2000", "月不超过 12"))] == []
