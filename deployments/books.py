"""Commands about the rules themselves (规则): comparing two jurisdictions, beginning a new one, whether a unit may apply."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from adapters import clock, library
from adapters.database import Database
from adapters.settings import settings
from domain.errors import NotFound, Refusal
from domain.rulesets import Ruleset
from tasks import comparison, eligibility, versions
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


def add_new_arguments(one: argparse.ArgumentParser) -> None:
    """Code, name and prefix of the new place."""
    one.add_argument("code", help="新地区的编号，小写英文，如 pingshan")
    one.add_argument("name", help="新地区的名称，如 平山县")
    one.add_argument("--prefix", default="", help="条款编号的缩写，如 PS；不写则用编号的前两个字母")


def new(given: argparse.Namespace) -> int:
    """Make the folder of a new jurisdiction and check it."""
    root = settings().bpmn
    made = library.create(root, given.code, given.name, given.prefix)
    wrong = [one for one in versions.check(root, given.code) if one.level == "错误"]
    for path in made:
        print(path.relative_to(root))
    for finding in wrong:
        print(finding.line())
    print(f"已建立 {given.name}（{given.code}），共 {len(made)} 个文件，检查发现错误 {len(wrong)} 处。")
    print("下一步：把办法写进 clauses.yaml，再改流程图。")
    return 1 if wrong else 0


def add_eligible_arguments(one: argparse.ArgumentParser) -> None:
    """The place, the unit and the idea."""
    one.add_argument("place", help="地区编号或名称")
    one.add_argument("--unit", required=True, metavar="单位", help="申报单位的名称")
    one.add_argument("--procedure", default="", metavar="流程", help="申报哪一种；不写则为该地区的主流程")
    one.add_argument("--file", type=Path, default=None, metavar="文件", help="YAML 文件，写着第一张表单的内容")
    one.add_argument("answers", nargs="*", metavar="栏目=内容", help="第一张表单的栏目，如 nature=建设类")


def eligible(given: argparse.Namespace, database: Database) -> int:
    """Print whether the unit may apply. Answers 1 when it may not, or when the idea is not complete."""
    code = named(given.place).code
    answers = _answers(given.file) if given.file else {}
    for pair in given.answers:
        name, sign, value = pair.partition("=")
        if not sign:
            raise Refusal(f"“{pair}”写法不对。", todo="请写成 栏目=内容，如 nature=建设类。")
        try:
            answers[name] = library.from_yaml(value.encode("utf-8", "replace"))
        except library.Unreadable as error:
            raise Refusal(f"“{pair}”写法不对：{error}。", todo="内容里有冒号、方括号的，请加引号，或写进 --file 的文件。") from error
    now = clock.now()
    asked = eligibility.question(database, code, unit=given.unit, procedure=given.procedure, now=now)
    answer = eligibility.ask(database, code, unit=given.unit, procedure=asked.procedure.code, answers=answers, now=now)
    print(f"{given.unit} · {asked.procedure.title or asked.procedure.name}：{answer.outcome}")
    print(f"依据 {asked.regulation}")
    for one in answer.obstacles:
        until = f"，至 {one.until:%Y年%-m月%-d日}（含）止" if one.until else ""
        print(f"✘ {one.what}{until}" + (f"（{one.article}）" if one.article else "") + (f" 怎么办：{one.cure}" if one.cure else ""))
    properties = asked.schema.get("properties", {})
    for name, words in (answer.fields or {}).items():
        print(f"？ {properties.get(name, {}).get('title', name)}（{name}）：{words}")
    for words, article in answer.notes:
        print(f"· {words}" + (f"（{article}）" if article else ""))
    for title, who in answer.following:
        print(f"→ 下一步：{title}（{who}）")
    return 0 if answer.outcome == "可以申报" else 1


def _answers(file: Path) -> dict[str, Any]:
    """What a file says of the first form. Raises Refusal."""
    try:
        found = library.from_yaml(file.read_bytes()) or {}
    except OSError as error:
        raise Refusal(f"读不出文件 {file}：{error.strerror}。", todo="请检查文件名和读取权限。") from error
    except library.Unreadable as error:
        raise Refusal(f"文件 {file} 写法不对：{error}。", todo="请写成“栏目: 内容”，一行一个。") from error
    if not isinstance(found, dict):
        raise Refusal(f"文件 {file} 里不是栏目和内容。", todo="请写成“栏目: 内容”，一行一个。")
    return found


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
