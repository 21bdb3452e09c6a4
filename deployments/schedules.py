"""Everything that runs by the clock (定时任务一览): the few technical ticks, and one deployment for each round of every published place.

One catalogue, three drivers: the worker inside `lianshen serve`, a work pool on other machines, direct calls in tests. A cron line only
says when to look; whether there is something to do is decided by our calendar and our tables, so a tick too many or late is harmless.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import groupby

from adapters.database import Database, rules
from domain import rounds
from domain.rulesets import Round, Ruleset
from tasks import rounds as task_rounds
from tasks import versions

TIMEZONE = "Asia/Shanghai"
#: what may be run, and under which name operators see it; the worker runs nothing else
FLOWS: Mapping[str, str] = {
    "flows.timers.fire_due_timers": "到期事项",
    "flows.notices.deliver_notices": "通知投递",
    "flows.reminders.remind_due": "催办",
    "flows.rounds.open_rounds": "批次核对",
    "flows.rounds.open_round": "批次开办",
}
OPENING = "10 0"  #: minute and hour at which rounds open: after midnight, when the last day of a period is over


@dataclass(frozen=True, slots=True)
class Job:
    """One deployment. `flow` is `module.function`; the name is what operators read."""

    name: str
    flow: str
    crons: tuple[str, ...]
    description: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    tags: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """Changes when anything of the job changes."""
        return hashlib.sha256(json.dumps(asdict(self), ensure_ascii=False, sort_keys=True).encode()).hexdigest()[:16]


TICKS = (
    Job(
        "到期事项",
        "flows.timers.fire_due_timers",
        ("*/5 * * * *",),
        "每 5 分钟：唤醒期限已到的办件。一次没有执行，下一次补做全部。",
        tags=("定时", "期限"),
    ),
    Job(
        "通知投递",
        "flows.notices.deliver_notices",
        ("* * * * *",),
        "每分钟：把通知送到收件人登记的渠道；送不到的退避重试，仍不能送达的记为异常。",
        tags=("定时", "通知"),
    ),
    Job("催办", "flows.reminders.remind_due", ("30 8 * * *",), "工作日 08:30：提醒临近到期、今日到期和超期的待办。", tags=("定时", "催办")),
    Job("批次核对", "flows.rounds.open_rounds", ("40 0 * * *",), "每日 00:40：补开停机期间错过的批次。", tags=("定时", "批次")),
)


def catalogue(database: Database) -> list[Job]:
    """The technical ticks, then the rounds of every published place."""
    with database.reading() as db:
        places = [versions.current(db, code)[1] for code in rules.jurisdictions(db)]
        planned = [(place, task_rounds.planned(db, place)) for place in places]
    return [*TICKS, *(job for place, its in planned for job in of_rounds(place, its))]


def of_rounds(ruleset: Ruleset, planned: Sequence[Round] = ()) -> Iterator[Job]:
    """One deployment for each round, tagged with its place and clauses; `planned` are the rounds with the days administrators have set."""
    articles = {clause.id: clause.article for clause in ruleset.catalogue.clauses}
    for one in planned or ruleset.rounds.values():
        cited = "、".join(f"{articles.get(clause, '')}（{clause}）" for clause in one.clauses)
        yield Job(
            name=f"{ruleset.name}·{one.title}".replace("/", "／").replace("%", "％"),
            flow="flows.rounds.open_round",
            crons=crons(one),
            description=f"{one.note}\n\n依据：{cited}。{'文本没有规定日期。' if one.silent else ''}{_by_hand(one)}".strip(),
            parameters={"jurisdiction": ruleset.code, "round_id": one.id},
            tags=("批次", ruleset.name, *one.clauses),
        )


def _by_hand(one: Round) -> str:
    return "没有固定日期，由管理员在系统中开办。" if one.opens == "manual" else ""


def crons(one: Round) -> tuple[str, ...]:
    """When to look whether a round has come; months with the same days share a line. Nothing for a round opened by hand."""
    by_days = sorted((days, month) for month, days in rounds.possible(one.opens).items())
    return tuple(
        f"{OPENING} {_listed(days)} {_listed([month for _, month in group])} *"
        for days, group in groupby(by_days, key=lambda pair: pair[0])
    )


def _listed(numbers: list[int]) -> str:
    """`[1, 2, 3, 4]` as `1-4`, others with commas."""
    whole = list(range(numbers[0], numbers[-1] + 1))
    return f"{numbers[0]}-{numbers[-1]}" if len(numbers) > 2 and numbers == whole else ",".join(map(str, numbers))


def signature(database: Database) -> str:
    """Changes when another version is published, or a round's day is set: the deployments are then made anew."""
    with database.reading() as db:
        codes = rules.jurisdictions(db)
        found = [rules.published(db, code) for code in codes]
        days = [f"{one.id}={one.opens}" for code in codes for one in task_rounds.planned(db, versions.current(db, code)[1])]
    return "|".join([*(one.id for one in found if one), *days])
