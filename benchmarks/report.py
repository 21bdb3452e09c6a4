"""The figures of one run as a page, written by the command that took them."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.completions import FLOOR, NAIVE, OURS, ROWS, Side
from benchmarks.sizes import Sizes
from benchmarks.sweep import Swept

AIM = 2.5
WORDS = {
    "事务": "打开、关闭事务（SQLAlchemy 连接池）和审计链",
    "办理与落账": "办理、回答流程图的提问、把引擎结果写成行（`tasks/`）",
    "读写行": "约二十条语句：待办、期限、意见、历史、通知、幂等、审计",
    "检查": "身份与回避、表单、材料、规则",
    "引擎": "SpiffWorkflow 移动令牌、条件求值",
    "状态编解码": "读出、写回引擎状态",
    "持久提交": "等磁盘或数据库服务器确认",
}


@dataclass(frozen=True)
class Run:
    """Everything one run measured."""

    machine: str
    command: str
    seconds: float
    sides: list[Side]
    sizes: list[Sizes]
    sweeps: list[Swept]


def page(run: Run) -> str:
    """The report, in Markdown."""
    parts = [
        "# 性能对照",
        f"由 `{run.command}` 写出，用时 {run.seconds:.0f} 秒。{run.machine}。每一轮依次办理联审、直写、直写加行、空提交，"
        "比值取自同一轮，再取各轮中位数；机器同时有别的负载，CPU 毫秒（只计本进程，取最安静的一轮）比每秒次数可靠。",
        "参照流程：申报 → 金额判断 → 预审 → 三方会签 → 造价审核（15 个工作日提醒）→ 办结，六次办理，表单约 4 KB。"
        "**联审**：真实的 `tasks.inbox.complete`，含身份、回避、表单检查和全部行（幂等、意见、金额、待办、期限、历史、通知、审计链）。"
        "**直写**：SpiffWorkflow 自带的序列化把整个流程存进一个 JSON 列（SQLModel），不做任何检查，也不写别的行。"
        "**直写加行**：直写之外，用 SQLModel 在同一事务里写待办、表单、历史、通知和审计各行，仍不做检查。"
        "**空提交**：改写一行 4 KB 并持久提交，是磁盘的下限。"
        "每次办理都持久提交一次（SQLite `synchronous=FULL`；PostgreSQL `fsync` 打开）。",
        "## 每秒办理次数",
        _completions(run.sides),
        *(_verdict(side) for side in run.sides),
        "## 时间用在哪里",
        "同一次运行中另外办理的若干件，按区段计时（计时本身使各段略为偏大）。",
        _sections(run.sides),
        "## 每件占用",
        _sizes(run.sizes),
        "状态是引擎自己的部分；整库含表单原文、意见、历史、通知、审计链和全部索引。",
        "## 到期事项",
        "其余在办件只有行，期限在多年以后；到期的都是真实的办件，由 `tasks.timers.fire_due` 逐件触发，每件一个持久事务。",
        _sweeps(run.sweeps),
    ]
    return "\n\n".join(parts) + "\n"


def _table(heads: list[str], rows: list[list[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _completions(sides: list[Side]) -> str:
    rows = [
        [
            side.name,
            name,
            f"{side.middle(name, lambda one: one.a_second):,.0f}",
            f"{side.middle(name, lambda one: one.p50_ms):.2f}",
            f"{side.quiet(name):.2f}",
            f"{side.ratio(name, FLOOR, lambda one: one.p50_ms):.1f}",
        ]
        for side in sides
        for name in (OURS, NAIVE, ROWS, FLOOR)
    ]
    return _table(["数据库", "", "次/秒", "p50 毫秒", "CPU 毫秒/次", "× 空提交"], rows)


def _verdict(side: Side) -> str:
    speed = side.ratio(OURS, NAIVE, lambda one: one.a_second)
    cpu = side.ratio(NAIVE, OURS, lambda one: one.cpu_ms)
    met = "达到" if speed >= AIM else "未达到"
    rows = side.ratio(OURS, ROWS, lambda one: one.a_second)
    words = f"{side.name}：联审的速度是直写的 **{speed:.2f} 倍**（目标 ≥ {AIM} 倍：{met}），是直写加行的 {rows:.2f} 倍"
    return f"{words}；CPU 用量是直写的 1/{cpu:.2f}。"


def _sections(sides: list[Side]) -> str:
    rows = []
    for section, words in WORDS.items():
        row = [f"{section}：{words}"]
        for side in sides:
            wall, cpu = side.sections.wall[section], side.sections.cpu[section]
            row += [
                f"{wall / side.watched * 1e3:.2f}",
                f"{cpu / side.watched * 1e3:.2f}",
                f"{cpu / sum(side.sections.cpu.values()):.0%}",
            ]
        rows.append(row)
    heads = ["", *(f"{side.name} {words}" for side in sides for words in ("毫秒", "CPU 毫秒", "CPU 占比"))]
    return _table(heads, rows)


def _sizes(sizes: list[Sizes]) -> str:
    rows = [
        [
            one.database,
            f"{one.answers:,.0f}",
            f"{one.state_open:,.0f}",
            f"{one.state_finished:,.0f}",
            f"{one.all_open:,.0f}",
            f"{one.all_finished:,.0f}",
            f"{one.naive:,.0f}",
        ]
        for one in sizes
    ]
    heads = ["字节/件", "填写内容", "状态（最后一步）", "状态（办结）", "整库（最后一步）", "整库（办结）", "直写的 JSON 列（最后一步）"]
    return _table(heads, rows)


def _sweeps(sweeps: list[Swept]) -> str:
    rows = [
        [
            one.database,
            f"{one.open:,}",
            f"{one.due:,}",
            f"{one.find_ms:.2f}",
            f"{one.wall:.2f}",
            f"{one.cpu:.2f}",
            f"{one.cpu / one.due * 1e3:.2f}",
        ]
        for one in sweeps
    ]
    return _table(["数据库", "在办件", "到期", "找到第一批（毫秒，下四分位）", "全部触发（秒）", "CPU 秒", "CPU 毫秒/件"], rows)
