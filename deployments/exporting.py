"""The command `ledger`: the project register as a workbook (项目台账导出)."""

from __future__ import annotations

import argparse
from pathlib import Path

from adapters import sheets
from adapters.database import Database
from domain.errors import Refusal
from tasks import project_ledger


def add_arguments(one: argparse.ArgumentParser) -> None:
    """`ledger export 地区 文件`."""
    one.add_argument("action", choices=["export"], help="export：导出")
    one.add_argument("code", help="地区编号")
    one.add_argument("file", type=Path, metavar="文件", help="写入的文件，如 台账.xlsx")


def run(given: argparse.Namespace, database: Database) -> int:
    """Write the workbook."""
    file: Path = given.file
    if file.suffix.lower() != ".xlsx":
        raise Refusal(f"“{file.name}”不是 Excel 文件名。", todo="请以 .xlsx 结尾，如 台账.xlsx。")
    with database.reading() as db:
        book = project_ledger.workbook(db, given.code)
    try:
        file.write_bytes(sheets.to_book(book))
    except OSError as error:
        raise Refusal(f"不能写入 {file}：{error.strerror}。", todo="请检查文件夹是否存在、是否有写入权限，文件是否正在打开。") from error
    for one in book:
        print(f"{one.name}：{len(one.rows)} 行")
    print(f"已导出到 {file}")
    return 0
