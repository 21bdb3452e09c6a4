"""The command line speaks Chinese, also where argparse answers by itself."""

from __future__ import annotations

import argparse
import re

import pytest

from deployments import cli

ENGLISH = re.compile(r"(?<![\w/.<-])(?!lianshen|make run)[a-z]{2,} [a-z]{2,}|positional|options:|usage:")
COMMANDS = next(one for one in cli.parser()._actions if isinstance(one, argparse._SubParsersAction)).choices


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_help_is_chinese(name: str) -> None:
    words = COMMANDS[name].format_help()
    assert words.startswith(f"用法：lianshen {name}")
    assert words.count("用法") == 1
    assert not ENGLISH.search(words), words


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (["bogus"], "“命令”不能是 'bogus'，可选：'serve'、"),
        (["round"], "缺少参数：地区、编号"),
        (["check", "--bogus"], "没有这样的参数：--bogus"),
        (["serve", "--port", "x"], "“--port”应为整数，不能是 'x'"),
        (["serve", "--port"], "“--port”后面要写一个值"),
        (["audit", "burn"], "“动作”不能是 'burn'，可选：'verify'、'export'、'checkpoint'"),
        (["publish", "x", "--effective", "明天"], "“明天”不是日期，应写成 2026-01-01"),
    ],
)
def test_what_is_wrong_is_said_in_chinese(line: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.parser().parse_args(line)
    said = capsys.readouterr().err
    assert (ended.value.code, says in said) == (2, True), said
    assert "argument" not in said


@pytest.mark.parametrize(
    "line",
    [
        ["eligible", "锦江", "--unit", "区教育局", "nature=建设类", "name=平台"],
        ["eligible", "锦江", "nature=建设类", "name=平台", "--unit", "区教育局"],
        ["eligible", "锦江", "nature=建设类", "--unit", "区教育局", "name=平台"],
    ],
)
def test_what_the_guide_writes_after_an_option_is_understood(line: list[str]) -> None:
    given = cli.parser().parse_args(line)
    assert (given.unit, given.answers) == ("区教育局", ["nature=建设类", "name=平台"])
    with pytest.raises(SystemExit):
        cli.parser().parse_args([*line, "--bogus"])
