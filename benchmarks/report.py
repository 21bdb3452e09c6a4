"""The figures as a page, section by section, written by the command that took them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from benchmarks import http
from benchmarks.checks import Checked
from benchmarks.completions import FLOOR, NAIVE, OURS, ROWS, Side
from benchmarks.editor import Edited
from benchmarks.http import Served
from benchmarks.pages import Seen
from benchmarks.sizes import Sizes
from benchmarks.sweep import Swept

AIM = 2.5
SERVED_AIM = 0.3
WORDS = {
    "事务": "打开、关闭事务（连接池、排队）和审计链",
    "办理与落账": "办理、回答流程图的提问、把引擎结果写成行（`tasks/`）",
    "读写行": "约二十条语句：待办、期限、意见、历史、通知、幂等、审计",
    "检查": "身份与回避、表单、材料、规则",
    "引擎": "SpiffWorkflow 移动令牌、条件求值",
    "状态编解码": "读出、写回引擎状态",
    "持久提交": "等磁盘或数据库服务器确认（PostgreSQL 连同最后一批写入）",
}


def completed(sides: list[Side]) -> str:
    """Completions a second, and where the time goes."""
    parts = [
        "## 每秒办理次数",
        "每一轮依次办理联审、直写、直写加行、空提交，比值取自同一轮，再取各轮中位数；机器同时有别的负载，"
        "CPU 毫秒（只计本进程，取最安静的一轮）比每秒次数可靠。",
        "参照流程：申报 → 金额判断 → 预审 → 三方会签 → 造价审核（15 个工作日提醒）→ 办结，六次办理，表单约 4 KB。"
        "**联审**：真实的 `tasks.inbox.complete`，含身份、回避、表单检查和全部行（幂等、意见、金额、待办、期限、历史、通知、审计链）。"
        "**直写**：SpiffWorkflow 自带的序列化把整个流程存进一个 JSON 列（SQLModel），不做任何检查，也不写别的行。"
        "**直写加行**：直写之外，用 SQLModel 在同一事务里写待办、表单、历史、通知和审计各行，仍不做检查。"
        "**空提交**：改写一行 4 KB 并持久提交，是磁盘的下限。"
        "每次办理都持久提交一次（SQLite `synchronous=FULL`；PostgreSQL `fsync` 打开）。",
        _completions(sides),
        *(_verdict(side) for side in sides),
        "### 时间用在哪里",
        "同一次运行中另外办理的若干件，按区段计时（计时本身使各段略为偏大）。",
        _sections(sides),
    ]
    return "\n\n".join(parts)


def weighed(sizes: list[Sizes]) -> str:
    """Bytes a case."""
    return "\n\n".join(["## 每件占用", _sizes(sizes), "状态是引擎自己的部分；整库含表单原文、意见、历史、通知、审计链和全部索引。"])


def swept(sweeps: list[Swept]) -> str:
    """Due timers among many."""
    words = "其余在办件只有行，期限在多年以后；到期的都是真实的办件，由 `tasks.timers.fire_due` 逐件触发，每件一个持久事务。"
    return "\n\n".join(["## 到期事项", words, _sweeps(sweeps)])


def served(found: list[Served]) -> str:
    """Completions over HTTP."""
    rows = [
        [
            one.database,
            name,
            f"{one.middle(name, lambda window: window.a_second):,.0f}",
            *(f"{one.middle(name, lambda window, share=share: window.rank_ms(share)):.1f}" for share in (0.5, 0.95, 0.99)),
        ]
        for one in found
        for name in (http.OURS, http.FLOOR)
    ]
    met = {one.database: "达到" if one.ratio >= SERVED_AIM else "未达到" for one in found}
    verdicts = [
        f"{one.database}：联审是空路由的 **{one.ratio:.2f} 倍**（目标 ≥ {SERVED_AIM} 倍：{met[one.database]}），"
        f"95% 的办理在 {one.middle(http.OURS, lambda window: window.rank_ms(0.95)):.0f} 毫秒内答复。"
        for one in found
    ]
    parts = [
        "## 经网页办理",
        f"{http.CLIENTS} 个客户端同时提交。**联审**：真实的网页进程（uvicorn，一个进程，与 `lianshen serve` 相同），"
        "浏览器表单提交，含登录会话、同源检查、整个办理和持久提交；步骤、表单与上面的参照流程相同，同一件的三方会签也同时提交。"
        "**空路由**：同样的服务器，一个 POST 路由，改写一行 4 KB 并持久提交。客户端与服务器在同一台机器上争用处理器。"
        "每轮先联审后空路由，比值取自同一轮，再取中位数。",
        _table(["数据库", "", "次/秒", "p50 毫秒", "p95 毫秒", "p99 毫秒"], rows),
        *verdicts,
    ]
    return "\n\n".join(parts)


def looked(seen: Seen | None) -> str:
    """Weight of pages, time to the first inbox."""
    heading = "## 页面分量和首个待办页"
    if seen is None:
        return f"{heading}\n\n这台机器上没有 chromium，没有测。"
    rows = [
        [one.name, f"{one.first / 1024:,.0f}", str(one.requests), f"{one.again / 1024:,.1f}", f"{one.drawn_ms:.0f}"] for one in seen.weights
    ]
    parts = [
        heading,
        "真实的浏览器（chromium）和网页，锦江的规则集，KB 为实际传输（压缩后，含样式、脚本和流程图）。",
        _table(["页面", "首次 KB", "请求数", "再次 KB", "再次打开（毫秒）"], rows),
        f"空缓存打开登录页 {seen.login_ms:.0f} 毫秒；从点击“登录”到待办页显示 {seen.inbox_ms:.0f} 毫秒（含口令的 Argon2 核对）。",
    ]
    return "\n\n".join(parts)


EDITOR_AIM, CHECK_AIM = 1_500, 1_000  #: milliseconds


def edited(found: Edited | None) -> str:
    """The rule editor: ready after the click, and the check."""
    heading = "## 流程编辑器"
    if found is None:
        return f"{heading}\n\n这台机器上没有 chromium，没有测。"
    rows = [[one.title, one.path, f"{one.first_ms:,.0f}", f"{one.again_ms:,.0f}"] for one in found.openings]
    slowest = max(one.first_ms for one in found.openings)
    parts = [
        heading,
        "在草稿里单击文件，到可以编辑为止；真实的浏览器和网页，锦江的规则集。",
        _table(["文件", "", "空缓存（毫秒）", "再次（毫秒）"], rows),
        f"最慢 {slowest:,.0f} 毫秒（目标 < {EDITOR_AIM:,}：{'达到' if slowest < EDITOR_AIM else '未达到'}）。"
        f"服务器检查改动后的最大流程图 {found.largest} 和整个规则集：{found.check_ms:,.0f} 毫秒"
        f"（目标 < {CHECK_AIM:,}：{'达到' if found.check_ms < CHECK_AIM else '未达到'}）。",
    ]
    return "\n\n".join(parts)


def checked(found: Sequence[Checked]) -> str:
    """What the server's checks take."""
    rows = [
        [one.name, str(one.files), f"{one.largest}（{one.nodes}）", f"{one.drawing_ms:.0f}", f"{one.publishing_ms:.0f}"] for one in found
    ]
    parts = [
        "## 规则检查",
        "改动最大的一张流程图以后，检查整个地区的规则（不是只查这一张）。绘图时的检查在每次改动后进行；送审和发布时另加试运行（随机走查）。",
        _table(["地区", "文件", "最大的流程图（元素）", "绘图时（毫秒）", "送审时（毫秒）"], rows),
    ]
    return "\n\n".join(parts)


HEAD = """# 性能对照

由 `make bench` 写出。每一节单独测、单独写：`python -m benchmarks --only 名称…` 只重测所列各节，其余保留原来的结果。"""
_MARK = re.compile(r"^<!-- (\w+) -->\n", re.MULTILINE)


def merged(before: str, fresh: Mapping[str, str], order: Sequence[str]) -> str:
    """The page: sections just measured, and those of `before` that were not, in `order`."""
    parts = _MARK.split(before)[1:]
    kept = {name: text.strip() for name, text in zip(parts[::2], parts[1::2], strict=True)} | dict(fresh)
    return "\n\n".join([HEAD, *(f"<!-- {name} -->\n{kept[name]}" for name in order if name in kept)]) + "\n"


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
