"""`lianshen address` and `lianshen notices`: where people are reached, and what could not be delivered."""

from __future__ import annotations

import argparse

from adapters import clock
from adapters.database import Database, addresses, notices, people
from domain.errors import NotFound
from tasks import notices as outbox

OPERATOR = "operator"


def add_address_arguments(one: argparse.ArgumentParser) -> None:
    """What `lianshen address` understands."""
    one.add_argument("login", metavar="账号", help="登录账号")
    one.add_argument("address", nargs="?", metavar="地址", help="收取通知的邮箱、手机号或 open_id；不写则显示现在登记的")
    one.add_argument(
        "--channel", default=outbox.MAIL, choices=outbox.CHANNELS, metavar="渠道", help=f"{'、'.join(outbox.CHANNELS)}，默认{outbox.MAIL}"
    )
    one.add_argument("--clear", action="store_true", help="取消登记")


def address(database: Database, given: argparse.Namespace) -> list[str]:
    """Register, clear or show. Answers what to say."""
    with database.transaction() as db:
        person = people.by_login(db, given.login)
        if person is None:
            raise NotFound(f"没有账号“{given.login}”。", todo="请核对账号的写法。")
        if given.address or given.clear:
            wanted = "" if given.clear else given.address
            outbox.set_address(db, person.id, given.channel, wanted, by=OPERATOR, now=clock.now())
        known = addresses.of_person(db, person.id)
    return [f"{person.name}  {one.channel}  {one.address}" for one in known] or [f"{person.name}没有登记外部联系方式，通知只在系统内显示。"]


def add_notices_arguments(one: argparse.ArgumentParser) -> None:
    """What `lianshen notices` understands."""
    one.add_argument("action", choices=["dead", "retry"], help="dead：列出不能送达的；retry：全部重新投递")


def undelivered(database: Database, given: argparse.Namespace) -> list[str]:
    """List dead letters, or try them again. Answers what to say."""
    if given.action == "retry":
        with database.transaction() as db:
            count = outbox.retry_dead(db, by=OPERATOR, now=clock.now())
        return [f"{count} 条将由下一次投递重新送出。"]
    with database.reading() as db:
        dead = notices.dead(db)
        names = {key: one.name for key, one in people.by_ids(db, [one.recipient for one in dead]).items()}
        words = {one.notice: found.words for one in dead if (found := notices.get(db, one.notice)) is not None}
    return [f"{one.channel}  {names.get(one.recipient, one.recipient)}  {one.last_error}  {words.get(one.notice, '')}" for one in dead] or [
        "没有不能送达的通知。"
    ]
