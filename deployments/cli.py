"""The operators' door: the command `lianshen`. Every subcommand calls the same tasks as the other doors; nothing is decided here.

Exit status: 0 done, 1 findings, gaps, differences or a refusal, 2 wrong usage.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from adapters import clock, library
from adapters.database import Database, audit, batches, cases, open_database, people, reach, rules
from adapters.files import FileStore
from adapters.settings import settings
from adapters.verdicts import Verdicts, shared
from deployments import books, exporting, governing, outbox, serve
from deployments.wording import Parser
from domain.errors import NotFound, Refusal, Unpublishable
from domain.panels import Panel, replay
from tasks import coverage, demo, installing, integrity, ticks, versions, yearbook
from tasks.scenarios.language import parse
from tasks.scenarios.player import Theatre, play

Say = Callable[[str], None]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. Answers the exit status."""
    given = parser().parse_args(arguments)
    try:
        if given.run is not serve.run:  # it says this in its own words, and chooses the address first
            _settings_make_sense()
        status: int = given.run(given)
        return status
    except Unpublishable as refusal:
        for finding in refusal.findings:
            print(getattr(finding, "line", lambda one=finding: str(one))())
        print(refusal, file=sys.stderr)
        return 1
    except Refusal as refusal:
        print(refusal, file=sys.stderr)
        return 1
    except BrokenPipeError:
        return 1


def parser() -> argparse.ArgumentParser:
    """All commands with their words."""
    top = Parser(prog="lianshen", description="联审：按法规条款执行政务信息化项目审批全流程")
    commands = top.add_subparsers(title="命令", metavar="命令", required=True, parser_class=Parser, prog="lianshen")

    def command(name: str, run: Callable[[argparse.Namespace], int], words: str) -> argparse.ArgumentParser:
        one: argparse.ArgumentParser = commands.add_parser(name, help=words, description=words)
        one.set_defaults(run=run)
        return one

    serve.add_arguments(command("serve", serve.run, "启动整个系统：网页、定时任务控制台和执行程序（make run）"))
    command("init", _init, "建立或升级数据库")
    one = command("check", _check, "检查一个地区的规则集，逐条列出问题")
    one.add_argument("code", nargs="?", help="地区编号；不写则检查全部")
    one = command("publish", _publish, "检查并发布一个地区的规则集")
    one.add_argument("code", help="地区编号")
    one.add_argument("--by", default="admin", help="发布人")
    one.add_argument("--note", default="", help="版本说明")
    one.add_argument("--basis", default="", help="法律依据；不写则用办法名称")
    one.add_argument("--effective", type=_day, default=None, metavar="日期", help="生效日期，如 2026-01-01；不写则为今天")
    one = command("versions", _versions, "列出一个地区的规则集版本")
    one.add_argument("code", help="地区编号")
    outbox.add_address_arguments(command("address", _address, "登记一个账号收取通知的邮箱"))
    outbox.add_notices_arguments(command("notices", _notices, "不能送达的通知：列出，或重新投递"))
    command("tick", _tick, "执行到期事项、批次和提醒（与定时任务做同样的事）")
    governing.add_setting_arguments(command("setting", _with(governing.setting), "文本未规定、由管理员填写的数值：列出，或设置"))
    governing.add_metrics_arguments(command("metrics", _with(governing.show_metrics), "办法规定的金额指标：逐个项目，以及按年度和单位合计"))
    exporting.add_arguments(command("ledger", _with(exporting.run), "项目台账、计划表和办法附件表导出为 Excel；导入存量台账"))
    governing.add_round_arguments(command("round", _with(governing.open_round), "手工开办一个批次（错过较久的批次不会自动补开）"), _day)
    governing.add_override_arguments(command("override", _with(governing.override), "登记“原则上”条款的例外"), _day)
    governing.add_reset_arguments(command("reset", _with(governing.reset), "重置一个账号的口令（管理员都登录不了时使用）"))
    one = command("calendar", _calendar, "打印一个地区全年的定时事项：开办、提醒、期限、通知，逐日写明条款")
    one.add_argument("year", type=int, help="年份，如 2026")
    one.add_argument("code", help="地区编号或名称")
    one = command("demo", _demo, "在临时数据库中演示一个完整办理过程")
    one.add_argument("code", help="地区编号")
    one.add_argument("--story", default="project", help="演示名称，默认 project")
    one = command("scenario", _scenario, "运行场景文件，打印每一步和差异")
    one.add_argument("action", choices=["run"], help="run：运行")
    one.add_argument("files", nargs="+", type=Path, metavar="文件", help="场景文件")
    one.add_argument("--reload", action="store_true", help="每一步前后都保存并重新载入")
    one.add_argument("--quiet", action="store_true", help="只打印结果和差异")
    one = command("clauses", _clauses, "条款覆盖：条款 → 所在位置 → 场景；有缺口时退出码为 1")
    one.add_argument("code", nargs="?", help="地区编号；不写则列出全部")
    one.add_argument("--gaps", action="store_true", help="只列缺口")
    books.add_compare_arguments(command("compare", books.compare, "两个地区的办法逐项对照，列出不同之处和条款"))
    books.add_eligible_arguments(command("eligible", _with(books.eligible), "某单位能不能申报：依据哪一条不能、到什么时候、怎么办"))
    books.add_new_arguments(command("new", books.new, "新增一个地区：建立可以直接通过检查的规则文件夹"))
    one = command("audit", _audit, "审计日志")
    one.add_argument("action", choices=["verify", "export", "checkpoint"], help="verify：验证；export：导出 JSONL；checkpoint：生成检查点")
    one = command("panels", _panels, "按记录重演一个办件的专家抽取，核对结果")
    one.add_argument("case", help="办件编号")
    command("check-data", _check_data, "重新核对全部办件的流程状态与台账，列出差异")
    return top


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"“{text}”不是日期，应写成 2026-01-01") from error


def _with(run: Callable[[argparse.Namespace, Database], int]) -> Callable[[argparse.Namespace], int]:
    """A command that is given the open database."""

    def opened(given: argparse.Namespace) -> int:
        database = _open()
        try:
            return run(given, database)
        finally:
            database.close()

    return opened


def _settings_make_sense() -> None:
    try:
        settings()
    except ValueError as fault:
        raise Refusal(f"设置有误：{fault}。", todo="请改正环境变量后再运行，写法见《命令与设置》。") from fault


def _open() -> Database:
    """The database of the settings, at the newest revision. Raises Refusal where it cannot be used."""
    data, url = settings().data, settings().database_url
    try:
        data.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise Refusal(f"数据目录 {data} 建不起来：{fault.strerror}。", todo="请检查 LIANSHEN_DATA 和目录权限。") from fault
    if unusable := reach.fault(url):
        raise Refusal(unusable)
    database = open_database(url)
    database.migrate()
    return database


def _codes(given: argparse.Namespace) -> list[str]:
    """The place that was named, or all there are. Raises NotFound where there are none: nothing checked is not "no errors"."""
    found = [given.code] if given.code else library.codes(settings().bpmn)
    if not found:
        raise NotFound(f"规则库目录 {settings().bpmn} 中没有规则集。", todo="请检查 LIANSHEN_BPMN。")
    return found


def _init(given: argparse.Namespace) -> int:
    _open().close()
    print("数据库已就绪。")
    return 0


def _check(given: argparse.Namespace) -> int:
    wrong, verdicts = 0, Verdicts(shared())
    rulesets = {code: library.files_of(settings().bpmn, code) for code in _codes(given)}
    for code, findings in installing.judged(rulesets):
        for finding in findings:
            print(finding.line())
        errors = sum(one.level == "错误" for one in findings)
        wrong += errors
        if not errors:
            verdicts.keep([(code, rulesets[code])])
        print(f"{code}：错误 {errors} 处，提醒 {len(findings) - errors} 处")
    return 1 if wrong else 0


def _publish(given: argparse.Namespace) -> int:
    database = _open()
    try:
        with database.transaction() as db:
            version = versions.publish(
                db,
                settings().bpmn,
                given.code,
                by=given.by,
                now=clock.now(),
                note=given.note,
                legal_basis=given.basis,
                effective_on=given.effective,
            )
    finally:
        database.close()
    print(f"已发布：{version.name}，版本 {version.id[:12]}，生效日期 {version.effective_on}")
    return 0


def _versions(given: argparse.Namespace) -> int:
    database = _open()
    with database.reading() as db:
        versions.current(db, given.code)  # a place without rules is refused
        for one in rules.versions(db, given.code):
            day = f"{one.published_at:%Y-%m-%d %H:%M}" if one.published_at else "未发布"
            print(f"{one.id[:12]}  {day}  {one.published_by or ''}  生效 {one.effective_on}  {one.legal_basis}  {one.note}")
    database.close()
    return 0


def _address(given: argparse.Namespace) -> int:
    with closing(_open()) as database:
        print("\n".join(outbox.address(database, given)))
    return 0


def _notices(given: argparse.Namespace) -> int:
    with closing(_open()) as database:
        print("\n".join(outbox.undelivered(database, given)))
    return 0


def _tick(given: argparse.Namespace) -> int:
    database = _open()
    report = ticks.run(database, now=clock.now())
    database.close()
    print("\n".join(report.lines) or "没有到期事项。")
    return 0


def _calendar(given: argparse.Namespace) -> int:
    if not 2000 <= given.year <= 2100:
        raise NotFound(f"没有 {given.year} 年的日历。", todo="请写 2000 至 2100 之间的年份。")
    for line in yearbook.of_year(settings().bpmn, books.named(given.code).code, given.year).lines():
        print(line)
    return 0


def _demo(given: argparse.Namespace) -> int:
    outcome = demo.run(settings().bpmn, given.code, given.story, print)
    print("演示完成。" if outcome.passed else "演示与预期不符：" + "；".join(outcome.differences))
    return 0 if outcome.passed else 1


def _scenario(given: argparse.Namespace) -> int:
    failed = 0
    theatres: dict[Path, Theatre] = {}
    with TemporaryDirectory() as folder:
        for path in given.files:
            story = parse(_text(path), path.name)
            home = path.resolve().parent.parent
            theatre = theatres.setdefault(home, Theatre.of(home.parent, home.name, Path(folder)))
            say: Say | None = None if given.quiet else print
            outcome = play(story, theatre, reload=given.reload, say=say)
            print(f"{'✔' if outcome.passed else '✘'} {outcome.title}（{path.name}）")
            for words in outcome.differences:
                print(f"    ✘ {words}")
            failed += not outcome.passed
    print(f"场景 {len(given.files)} 个，通过 {len(given.files) - failed} 个，不符 {failed} 个")
    return 1 if failed else 0


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except OSError as error:
        raise Refusal(f"读不出场景文件 {path}：{error.strerror}。", todo="请检查文件名和读取权限。") from error
    except UnicodeDecodeError as error:
        raise Refusal(f"场景文件 {path} 不是 UTF-8 文本。", todo="请另存为 UTF-8 后再运行。") from error


def _clauses(given: argparse.Namespace) -> int:
    gaps = 0
    for code in _codes(given):
        found = coverage.of(settings().bpmn, code)
        for row in () if given.gaps else found.rows:
            if not row.clause.executable:
                print(f"{row.clause.id}  {row.clause.article}  不执行：{row.clause.reason}")
                continue
            print(f"{row.clause.id}  {row.clause.article}  {row.clause.rule}")
            print(f"    位置：{'、'.join(row.places) or '（无）'}")
            print(f"    场景：{'、'.join(row.stories) or '（无）'}")
        for gap in found.gaps:
            print(f"✘ {gap}")
        gaps += len(found.gaps)
        print(found.totals())
    return 1 if gaps else 0


def _audit(given: argparse.Namespace) -> int:
    database = _open()
    try:
        if given.action == "checkpoint":
            with database.transaction() as db:
                made = audit.checkpoint(db, at=clock.now())
            print(audit.line(made) if made else "没有新的记录。")
            return 0
        with database.reading() as db:
            if given.action == "export":
                for record in audit.every(db):
                    print(audit.line(record))
                return 0
            broken = audit.verify(audit.every(db), audit.checkpoints(db))
            count = sum(1 for _ in audit.every(db))
    finally:
        database.close()
    print(f"审计日志 {count} 条，哈希链完整。" if broken is None else f"审计日志第 {broken} 条起与哈希链不符，内容被改动。")
    return 0 if broken is None else 1


def _panels(given: argparse.Namespace) -> int:
    database = _open()
    with database.reading() as db:
        cases.get(db, given.case)
        found = batches.panels(db, given.case)
        names = {one.id: one.name for one in people.experts_by_ids(db, [one for row in found for one in (*row.named, *row.drawn)]).values()}
    database.close()
    wrong = 0
    for row in found:
        panel = Panel(
            seed=row.seed, pool=tuple(row.pool), excluded=tuple(row.excluded.items()), named=tuple(row.named), drawn=tuple(row.drawn)
        )
        same = replay(panel)
        wrong += not same
        print(
            f"{row.at:%Y-%m-%d %H:%M} {row.step} 第 {row.round} 次：种子 {row.seed}，可抽选 {len(row.pool)} 人（SM3 {row.pool_hash[:16]}…）"
        )
        print(f"    定向：{'、'.join(names.get(one, one) for one in row.named) or '无'}")
        print(f"    随机：{'、'.join(names.get(one, one) for one in row.drawn) or '无'}")
        print(f"    回避：{'；'.join(f'{one}（{why}）' for one, why in row.excluded.items()) or '无'}")
        print("    重演结果一致。" if same else "    ✘ 重演结果与记录不符。")
    print(f"抽取记录 {len(found)} 条，不符 {wrong} 条。")
    return 1 if wrong else 0


def _check_data(given: argparse.Namespace) -> int:
    database = _open()
    found = list(integrity.check(database, FileStore(settings().data / "files"), now=clock.now()))
    database.close()
    for one in found:
        print(one.line())
    print(f"核对完成，差异 {len(found)} 处。")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
