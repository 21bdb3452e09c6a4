"""Commands about the rules themselves (规则): comparing two jurisdictions."""

from __future__ import annotations

import argparse

from adapters import library
from adapters.settings import settings
from domain.errors import NotFound
from domain.rulesets import Ruleset
from tasks import comparison
from tasks.comparison import ASPECTS, Side


def add_compare_arguments(one: argparse.ArgumentParser) -> None:
    """Two places, by code or name."""
    one.add_argument("left", help="地区编号或名称")
    one.add_argument("right", help="另一个地区的编号或名称")
    one.add_argument("--all", action="store_true", help="相同的也列出")


def compare(given: argparse.Namespace) -> int:
    """Print the topics in which the two differ."""
    left, right = named(given.left), named(given.right)
    topics = comparison.compare(left, right)
    shown = [one for one in topics if given.all or one.differs]
    for topic in shown:
        print(f"\n【{topic.name}】")
        for ruleset, side, other in ((left, topic.left, topic.right), (right, topic.right, topic.left)):
            print(f"  {ruleset.name}" + ("" if side.clauses else "：该地区的办法没有这一项"))
            for line in _lines(side, other, everything=given.all):
                print(f"    {line}")
            if side.clauses:
                print(f"    条款：{'、'.join(one.id for one in side.clauses)}")
    print(f"\n对照 {len(topics)} 项，不同 {sum(bool(one.differs) for one in topics)} 项。")
    return 0


def named(words: str) -> Ruleset:
    """The rule set of a place, by code or by a part of its name. Raises NotFound for none or several."""
    root = settings().bpmn
    codes = library.codes(root)
    if words in codes:
        return library.load(root, words)
    found = [one for one in (library.load(root, code) for code in codes) if words in one.name]
    if len(found) != 1:
        names = "、".join(f"{one.code}（{one.name}）" for one in (found or [library.load(root, code) for code in codes]))
        raise NotFound(f"“{words}”{'对应多个地区' if found else '不是已有的地区'}。", todo=f"请写下列之一：{names}。")
    return found[0]


def _lines(side: Side, other: Side, *, everything: bool) -> list[str]:
    found = []
    for aspect, label in ASPECTS.items():
        others = other.values(aspect)
        for value, article in getattr(side, aspect):
            if everything or value not in others:
                found.append(f"{label}：{value}" + (f"（{article}）" if article else ""))
    return found
