"""What the command line says by itself (用法、写法不对), in Chinese: argparse speaks English."""

from __future__ import annotations

import argparse
import re
import sys
from typing import Any

#: what stands for a value in the usage line, where the argument does not say so itself
NAMES = {
    "code": "地区", "name": "编号", "value": "值", "by": "账号", "note": "说明", "basis": "依据", "story": "演示", "action": "动作",
    "case": "办件", "project": "项目", "clause": "条款", "reason": "理由", "port": "端口", "host": "地址", "files": "文件",
    "login": "账号", "mail": "邮箱", "left": "地区", "right": "另一地区", "year": "年度",
}  # fmt: skip
_SAID = (
    (r"unrecognized arguments: (.*)", r"没有这样的参数：\1"),
    (r"the following arguments are required: (.*)", r"缺少参数：\1"),
    (r"argument (.*): invalid choice: (.*) \(choose from (.*)\)", r"“\1”不能是 \2，可选：\3"),
    (r"argument (.*): invalid int value: (.*)", r"“\1”应为整数，不能是 \2"),
    (r"argument (.*): invalid \w+ value: (.*)", r"“\1”不能是 \2"),
    (r"argument (.*): expected one argument", r"“\1”后面要写一个值"),
    (r"argument (.*): expected at least one argument", r"“\1”后面至少要写一个值"),
    (r"argument (.*): expected (\d+) arguments?", r"“\1”后面要写 \2 个值"),
    (r"argument (.*): not allowed with argument (.*)", r"“\1”不能与“\2”同时使用"),
    (r"argument (.*): ignored explicit argument (.*)", r"“\1”后面不能写 \2"),
    (r"ambiguous option: (.*) could match (.*)", r"\1 不明确，可能是 \2"),
    (r"argument (.*?): (.*)", r"“\1”：\2"),
)


def chinese(message: str) -> str:
    """What argparse complains about, in Chinese.

    >>> chinese("the following arguments are required: 地区, 编号")
    '缺少参数：地区、编号'
    """
    for pattern, words in _SAID:
        if re.fullmatch(pattern, message, re.DOTALL):
            return re.sub(pattern, words, message, flags=re.DOTALL).replace(", ", "、")
    return message


class Help(argparse.HelpFormatter):
    """Help in Chinese."""

    def add_usage(self, usage: str | None, actions: Any, groups: Any, prefix: str | None = None) -> None:
        super().add_usage(usage, actions, groups, "用法：" if prefix is None else prefix)


class Parser(argparse.ArgumentParser):
    """Names and errors in Chinese; exit status 2."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **{**named, "formatter_class": Help, "add_help": False})
        self._positionals.title, self._optionals.title = "参数", "选项"
        self.add_argument("-h", "--help", action="help", help="显示说明")

    def add_argument(self, *given: Any, **named: Any) -> argparse.Action:
        """As argparse does, with our word for the value."""
        dest = str(given[0] if given else "").lstrip("-").replace("-", "_")
        if "action" not in named and "metavar" not in named and dest in NAMES:
            named["metavar"] = NAMES[dest]
        return super().add_argument(*given, **named)

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """As argparse does; words after an option still belong to a list of any length, which argparse closes before the first option."""
        found, left = super().parse_known_args(args, namespace)
        for one in self._actions:
            if not one.option_strings and one.nargs == "*":
                late = [word for word in left if not word.startswith("-")]
                setattr(found, one.dest, [*(getattr(found, one.dest, None) or ()), *late])
                left = [word for word in left if word.startswith("-")]
        return found, left

    def error(self, message: str) -> None:  # type: ignore[override]  # argparse promises NoReturn; exit() is one
        self.print_usage(sys.stderr)
        self.exit(2, f"命令写法不对：{chinese(message)}。\n用 {self.prog} --help 查看说明。\n")
