"""Commands for administrators: figures the text leaves open, metrics, rounds by hand, exceptions from 原则上 rules, a way back in."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import date

from adapters import clock
from adapters.database import Database, people, projects
from domain.errors import NotFound
from tasks import accounts, governing, metrics, overrides, versions
from tasks.people import official


def add_setting_arguments(one: argparse.ArgumentParser) -> None:
    """`setting 地区 [编号 值]`."""
    one.add_argument("code", help="地区编号")
    one.add_argument("name", nargs="?", help="设置项编号；不写则列出全部")
    one.add_argument("value", nargs="?", help="新的值")
    one.add_argument("--by", default="admin", help="经手人")


def add_round_arguments(one: argparse.ArgumentParser, day: Callable[[str], date]) -> None:
    """`round 地区 批次 [--day 日期]`."""
    one.add_argument("code", help="地区编号")
    one.add_argument("name", help="批次编号，见 rounds.yaml")
    one.add_argument("--day", type=day, default=None, metavar="日期", help="批次所属的日期；不写则为今天")


def add_override_arguments(one: argparse.ArgumentParser, day: Callable[[str], date]) -> None:
    """`override 项目 条款 --by 账号 --reason 理由 [--until 日期]`."""
    one.add_argument("project", help="项目编号")
    one.add_argument("clause", help="条款编号，须是“原则上”条款")
    one.add_argument("--by", required=True, metavar="账号", help="批准人的账号，须有批准岗位")
    one.add_argument("--reason", required=True, help="理由")
    one.add_argument("--until", type=day, default=None, metavar="日期", help="有效期的最后一日；不写则长期有效")


def add_metrics_arguments(one: argparse.ArgumentParser) -> None:
    """`metrics 地区 [--year 年度] [--unit 单位]`."""
    one.add_argument("code", help="地区编号")
    one.add_argument("--year", type=int, default=None, metavar="年度", help="只看一个年度")
    one.add_argument("--unit", default=None, metavar="单位", help="只看一个单位")


def add_reset_arguments(one: argparse.ArgumentParser) -> None:
    """`reset 账号`."""
    one.add_argument("login", metavar="账号", help="登录账号")


def reset(given: argparse.Namespace, database: Database) -> int:
    """A new first password for an account. Who may write the database may do this; for when no administrator can log in any more."""
    with database.transaction() as db:
        person = people.by_login(db, given.login.strip().lower())
        if person is None:
            raise NotFound(f"没有账号“{given.login}”。", todo="请核对账号的写法。")
        first = accounts.reset(db, person.id, by=accounts.INSTALLER, now=clock.now())
    print(f"账号 {first.login} 的新口令：{first.password}（只显示这一次，登录后须改口令；原有登录已全部退出）")
    if not person.active:
        print("该账号已停用，启用后才能登录。")
    return 0


def show_metrics(given: argparse.Namespace, database: Database) -> int:
    """The metrics of every item, then their sums by year and unit."""
    with database.reading() as db:
        _, ruleset = versions.current(db, given.code)
        listed = metrics.items(db, given.code, year=given.year, unit=given.unit)
    for one in listed:
        shown = [f"{metric.title}：{metrics.words(one.values[metric.id]) or '缺少金额'}" for metric in ruleset.metrics]
        print(f"{one.year} {one.unit} {one.name}  {'；'.join(shown)}")
    for total in metrics.totals(listed):
        shown = [f"{metric.title}：{metrics.words(total.values[metric.id]) or '缺少金额'}" for metric in ruleset.metrics]
        print(f"合计 {total.year} {total.unit}（{total.count} 项）  {'；'.join(shown)}")
    if not listed:
        print("没有可以计算的项目。" if ruleset.metrics else "本地区的办法没有规定指标。")
    return 0


def setting(given: argparse.Namespace, database: Database) -> int:
    """List the figures, or set one."""
    if given.name is None:
        with database.reading() as db:
            for known, value in governing.listed(db, given.code):
                shown = "（未填写）" if value is None else value
                print(f"{known.id}  {known.title}：{shown}  {known.note}")
        return 0
    if given.value is None:
        raise NotFound("没有写新的值。", todo="写成 lianshen setting 地区 编号 值。")
    with database.transaction() as db:
        known = governing.set_figure(db, given.code, given.name, given.value, by=given.by, now=clock.now())
    print(f"已设置：{known.title} = {given.value}")
    return 0


def open_round(given: argparse.Namespace, database: Database) -> int:
    """Open a round by hand."""
    day: date = given.day or clock.today()
    count = governing.open_round(database, given.code, given.name, day, now=clock.now())
    print(f"{day:%Y-%m-%d} 的批次开办 {count} 件。" if count else f"{day:%Y-%m-%d} 的批次此前已经开办，没有新开。")
    return 0


def override(given: argparse.Namespace, database: Database) -> int:
    """Record an exception."""
    with database.transaction() as db:
        person = people.by_login(db, given.by)
        if person is None:
            raise NotFound(f"没有账号“{given.by}”。", todo="请核对批准人的账号。")
        owner = projects.get(db, given.project)
        by = official(db, person.id, owner.jurisdiction, clock.today())
        overrides.record(
            db, clause=given.clause, project=given.project, reason=given.reason, official=by, now=clock.now(), until=given.until
        )
    print(f"已登记例外：{owner.name}，{given.clause}。")
    return 0
