"""The catalogue in Prefect: deployments made, changed and removed; what a dead process left behind is put in order. Safe to repeat."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.actions import DeploymentScheduleCreate, WorkPoolCreate
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterName,
    FlowRunFilter,
    FlowRunFilterEndTime,
    FlowRunFilterExpectedStartTime,
    FlowRunFilterState,
    FlowRunFilterStateType,
    FlowRunFilterTags,
    WorkPoolFilter,
    WorkPoolFilterName,
)
from prefect.client.schemas.objects import ConcurrencyLimitStrategy, ConcurrencyOptions, StateType
from prefect.client.schemas.schedules import CronSchedule
from prefect.events.actions import ChangeFlowRunState
from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound
from prefect.states import Crashed

from deployments.schedules import FLOWS, TIMEZONE, Job
from deployments.worker import POOL, InLoopWorker
from flows.showing import IDLE

ZOMBIES = "没有心跳的运行记为中断"
PENDING_FOR = timedelta(minutes=10)
IDLE_KEPT = timedelta(hours=24)
_OURS = WorkPoolFilter(name=WorkPoolFilterName(any_=[POOL]))


async def register(client: PrefectClient, jobs: Sequence[Job]) -> tuple[int, int]:
    """Make Prefect's deployments those of the catalogue. Answers how many were made or changed, and how many removed.

    One that did not change is left alone, so that a pause by an operator stays.
    """
    await _pool(client)
    known = {one.name: one for one in await _deployments(client)}
    changed = [job for job in jobs if job.name not in known or known[job.name].version != job.digest]
    flows = {name: await client.create_flow_from_name(FLOWS[name]) for name in sorted({job.flow for job in changed})}
    for job in changed:
        await _apply(client, job, flows[job.flow])
    gone = [one for name, one in known.items() if name not in {job.name for job in jobs}]
    for one in gone:
        await client.delete_deployment(one.id)
    await _zombies(client)
    return len(changed), len(gone)


async def _pool(client: PrefectClient) -> None:
    try:
        await client.read_work_pool(POOL)
    except ObjectNotFound:
        template = InLoopWorker.get_default_base_job_template()
        wanted = WorkPoolCreate(name=POOL, type=InLoopWorker.type, description="联审的定时任务", base_job_template=template)
        try:
            await client.create_work_pool(wanted)
        except ObjectAlreadyExists:
            return


async def _deployments(client: PrefectClient) -> list[Any]:
    found: list[Any] = []
    while True:
        page = await client.read_deployments(work_pool_filter=_OURS, limit=200, offset=len(found))
        found += page
        if len(page) < 200:
            return found


async def _apply(client: PrefectClient, job: Job, flow: UUID) -> UUID:
    schedules = [
        DeploymentScheduleCreate(schedule=CronSchedule(cron=cron, timezone=TIMEZONE), slug=f"cron-{number}")
        for number, cron in enumerate(job.crons, 1)
    ]
    made: UUID = await client.create_deployment(
        flow_id=flow,
        name=job.name,
        version=job.digest,
        schedules=schedules,
        concurrency_limit=1,
        concurrency_options=ConcurrencyOptions(collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW),
        parameters=dict(job.parameters),
        description=job.description,
        work_pool_name=POOL,
        tags=list(job.tags),
        entrypoint=job.flow,
        parameter_openapi_schema={"type": "object", "properties": {name: {"type": "string"} for name in job.parameters}},
    )
    return made


async def _zombies(client: PrefectClient) -> None:
    """A run whose process died without a word is marked as crashed, so that it does not hold its place."""
    if await client.read_automations_by_name(ZOMBIES):
        return
    trigger = EventTrigger(
        after={"prefect.flow-run.heartbeat"},
        expect={"prefect.flow-run.heartbeat", *(f"prefect.flow-run.{one}" for one in ("Completed", "Failed", "Cancelled", "Crashed"))},
        match={"prefect.resource.id": ["prefect.flow-run.*"]},
        for_each={"prefect.resource.id"},
        posture=Posture.Proactive,
        threshold=1,
        within=timedelta(seconds=90),
    )
    action = ChangeFlowRunState(state=StateType.CRASHED, message="没有心跳：运行的进程已经不在。下一次运行会补做。")
    await client.create_automation(AutomationCore(name=ZOMBIES, trigger=trigger, actions=[action]))


async def settle_leftovers(client: PrefectClient, jobs: Sequence[Job], *, now: datetime) -> int:
    """After a start: runs of the process before are over, and missed ticks need not be made up one by one. Answers how many were settled.

    Only for a server with this one worker. Everything missed is done by the next run.
    """
    unfinished = _in_state(StateType.RUNNING, StateType.PENDING, StateType.CANCELLING)
    left = await client.read_flow_runs(work_pool_filter=_OURS, flow_run_filter=unfinished, limit=200)
    for run in left:
        await client.set_flow_run_state(run.id, Crashed(message="系统上次停止时没有运行完，由下一次运行补做。"), force=True)
    frequent = {job.name for job in jobs if any(cron.startswith("*") for cron in job.crons)}
    ids = {one.id for one in await _deployments(client) if one.name in frequent}
    waiting = _in_state(StateType.SCHEDULED)
    waiting.expected_start_time = FlowRunFilterExpectedStartTime(before_=now)
    missed = await client.read_flow_runs(work_pool_filter=_OURS, flow_run_filter=waiting, limit=200)
    for run in missed:
        if run.deployment_id in ids:
            await client.delete_flow_run(run.id)
    return len(left)


async def tidy(client: PrefectClient, *, now: datetime) -> int:
    """Runs that were taken and never began are crashed; runs that found nothing to do are dropped after a day. Answers how many."""
    stuck = _in_state(StateType.PENDING)
    stuck.expected_start_time = FlowRunFilterExpectedStartTime(before_=now - PENDING_FOR)
    hung = await client.read_flow_runs(work_pool_filter=_OURS, flow_run_filter=stuck, limit=200)
    for run in hung:
        await client.set_flow_run_state(run.id, Crashed(message="等待过久没有开始，由下一次运行补做。"), force=True)
    idle = FlowRunFilter(tags=FlowRunFilterTags(all_=[IDLE]), end_time=FlowRunFilterEndTime(before_=now - IDLE_KEPT))
    old = await client.read_flow_runs(work_pool_filter=_OURS, flow_run_filter=idle, limit=200)
    for run in old:
        await client.delete_flow_run(run.id)
    return len(hung) + len(old)


def _in_state(*kinds: StateType) -> FlowRunFilter:
    return FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=list(kinds))))


async def start_now(client: PrefectClient, name: str) -> UUID:
    """Run a job at once. Answers the id of the run."""
    found = await client.read_deployments(
        deployment_filter=DeploymentFilter(name=DeploymentFilterName(any_=[name])), work_pool_filter=_OURS
    )
    run = await client.create_flow_run_from_deployment(found[0].id)
    identifier: UUID = run.id
    return identifier
