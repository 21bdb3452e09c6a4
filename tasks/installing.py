"""The first start of an installation (首次启动): rules published through the gate, the first administrators, and a cast to try it with."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from multiprocessing import get_context
from pathlib import Path

from adapters import library
from adapters.database import Database, Db, people, rules
from adapters.verdicts import Verdicts
from domain.duties import INSTALLATION_POSTS
from domain.errors import Unpublishable
from domain.findings import Finding
from tasks import accounts, versions
from tasks.accounts import INSTALLER, First
from tasks.scenarios import organisation

#: log-ins of the first administrators
LOGINS = {
    "system_admin": ("sysadmin",),
    "security_admin": ("secadmin",),
    "audit_admin": ("auditadmin",),
    "operator": ("operator",),
    "process_admin": ("procadmin", "procadmin2"),  # who changes the rules may not approve the change
}


@dataclass(frozen=True, slots=True)
class Opened:
    """An account that was opened, and for what."""

    where: str  #: the place, or 系统
    post: str
    first: First


def publish_shipped(database: Database, root: Path, *, now: datetime, verdicts: Verdicts | None = None) -> list[str]:
    """Publish the shipped rules of every place, or none, when nothing is published at all. Answers their names; raises Unpublishable.

    What is on record in `verdicts` is not checked again.
    """
    with database.reading() as db:
        if rules.jurisdictions(db):
            return []
    shipped = {code: library.files_of(root, code) for code in library.codes(root)}
    known = verdicts or Verdicts(None)
    unknown = {code: files for code, files in shipped.items() if not known.passed(code, files)}
    for code, findings in judged(unknown):
        wrong = [one for one in findings if one.level == "错误"]
        if wrong:
            raise Unpublishable(f"{code} 的规则集有 {len(wrong)} 处错误，不能发布。", wrong)
    known.keep(unknown.items())
    with database.transaction() as db:
        return [
            versions.publish_files(db, files, code, by=INSTALLER, now=now, note="随程序安装的规则集", checked=False).name
            for code, files in shipped.items()
        ]


def judged(several: Mapping[str, Mapping[str, bytes]]) -> Iterator[tuple[str, list[Finding]]]:
    """What the gate says of the files of each place, in order; several at a time, as each keeps a processor busy for seconds."""
    hands = min(len(several), os.cpu_count() or 1)
    if hands < 2:
        yield from ((code, versions.check_files(files, code)) for code, files in several.items())
        return
    # Ctrl-C is for the parent: it ends the pool
    quiet = (signal.SIGINT, signal.SIG_IGN)
    with ProcessPoolExecutor(hands, get_context("spawn"), initializer=signal.signal, initargs=quiet) as pool:
        yield from zip(several, pool.map(versions.check_files, several.values(), several), strict=True)


def first_accounts(database: Database, root: Path, *, trial: bool, now: datetime) -> list[Opened]:
    """Open the first accounts when there is nobody yet; with `trial` also one for every office of the cast of the stories."""
    with database.transaction() as db:
        if _somebody(db):
            return []
        opened = [_administrator(db, post, login, now) for post in INSTALLATION_POSTS for login in LOGINS[post]]
        if trial:
            for code in rules.jurisdictions(db):
                opened += _cast(db, root, code, now)
    return opened


def _somebody(db: Db) -> bool:
    return any(people.listing(db, code) for code in (None, *rules.jurisdictions(db)))


def _administrator(db: Db, post: str, login: str, now: datetime) -> Opened:
    name = INSTALLATION_POSTS[post] + ("" if login == LOGINS[post][0] else "（二）")
    first = accounts.create(db, login=login, name=name, jurisdiction=None, employer=None, by=INSTALLER, now=now)
    accounts.grant(db, first.person, post, by=INSTALLER, now=now)
    return Opened("系统", name, first)


def _cast(db: Db, root: Path, code: str, now: datetime) -> list[Opened]:
    _, ruleset = versions.current(db, code)
    cast, experts = organisation.read(ruleset, library.files_of(root, code))
    if not cast.units:
        return []
    organisation.settle(db, cast, experts, apart=True)
    names = {f"{code}.{one['id']}" for one in experts}
    return [
        Opened(
            ruleset.name, f"专家 {one.name}" if one.id in names else one.name.removesuffix("经办人"), accounts.open_for(db, one.id, now=now)
        )
        for one in people.listing(db, code)
    ]
