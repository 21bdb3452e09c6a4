"""The command `ledger`: the project register as a workbook (项目台账导出), and an earlier ledger taken over (存量台账导入)."""

from __future__ import annotations

import argparse
from pathlib import Path

from adapters import clock, sheets
from adapters.database import Database
from domain.errors import InvalidAnswers, Refusal
from tasks import project_ledger
from tasks.accounts import INSTALLER
from tasks.importing import running, template


def add_arguments(one: argparse.ArgumentParser) -> None:
    """`ledger export|template|import 地区 文件`."""
    one.add_argument("action", choices=["export", "template", "import"], help="export：导出；template：导入模板；import：导入存量台账")
    one.add_argument("code", help="地区编号")
    one.add_argument("file", type=Path, metavar="文件", help="写入或读取的文件，如 台账.xlsx")
    one.add_argument("--check", action="store_true", help="只核对要导入的文件，不导入")


def run(given: argparse.Namespace, database: Database) -> int:
    """Write the register or the template, or import a ledger."""
    file: Path = given.file
    if file.suffix.lower() != ".xlsx":
        raise Refusal(f"“{file.name}”不是 Excel 文件名。", todo="请以 .xlsx 结尾，如 台账.xlsx。")
    if given.action == "import":
        return _import(given, database, file)
    with database.reading() as db:
        if given.action == "template":
            book = template.workbook(db, given.code, by=INSTALLER, now=clock.now())
        else:
            book = project_ledger.workbook(db, given.code)
    try:
        file.write_bytes(sheets.to_book(book))
    except OSError as error:
        raise Refusal(f"不能写入 {file}：{error.strerror}。", todo="请检查文件夹是否存在、是否有写入权限，文件是否正在打开。") from error
    for one in book:
        print(f"{one.name}：{len(one.rows)} 行")
    print(f"已导出到 {file}")
    return 0


def _import(given: argparse.Namespace, database: Database, file: Path) -> int:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise Refusal(f"不能读取 {file}：{error.strerror}。", todo="请检查文件名和读取权限。") from error
    try:
        if given.check:
            report = running.rehearse(database, given.code, content, by=INSTALLER, now=clock.now())
        else:
            with database.transaction() as db:
                report = running.carry_out(db, given.code, content, by=INSTALLER, now=clock.now())
    except InvalidAnswers as refusal:
        for cell, words in refusal.fields.items():
            print(f"{cell}  {words}")
        raise
    for one in report.landed:
        due = f"，办理期限 {one.due}{'（已过期）' if one.late else ''}" if one.due else ""
        print(f"{one.number}  {one.name}（{one.unit}）→ {one.step}{due}")
        if one.lacks:
            print(f"    后续环节要用到、文件中没有写明：{'；'.join(one.lacks)}")
    print(
        f"{'可以导入' if given.check else '已导入'} {len(report.landed)} 个项目"
        + (f"，以前已导入 {len(report.known)} 个" if report.known else "")
        + "。"
    )
    return 0
