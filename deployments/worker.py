"""The worker inside `lianshen serve`: it runs our flows in its own event loop, which costs a tenth of a process for each run.

It runs the flows of the catalogue and nothing else, whatever an entry in Prefect says. Built on a part of Prefect that is not promised to
stay (`run_flow_async`), so the pin is exact to the minor version and tests run it against a real server.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import logging
import os
import time
from collections.abc import Callable
from typing import Any

from prefect import Flow, flow_engine
from prefect.client.schemas.objects import FlowRun
from prefect.flow_engine import run_flow_async
from prefect.states import Crashed
from prefect.workers.base import BaseJobConfiguration, BaseVariables, BaseWorker, BaseWorkerResult

from deployments.schedules import FLOWS

#: Around each run Prefect takes SIGTERM for itself, and dies of it with a traceback; here the signal belongs to `lianshen serve`.
flow_engine.capture_sigterm = contextlib.nullcontext

POOL = "lianshen"
TOGETHER = 4


class Done(BaseWorkerResult):
    """A run that this worker took."""


class InLoopWorker(BaseWorker[BaseJobConfiguration, BaseVariables, Done]):
    """Runs flows in this event loop."""

    type = "lianshen"
    job_configuration = BaseJobConfiguration

    def __init__(self, *args: Any, finished: Callable[[str], None] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.running = 0
        self.stopping = False
        self.last_finished = time.monotonic()
        self._finished = finished

    async def get_and_submit_flow_runs(self) -> list[FlowRun]:
        """Nothing new while stopping."""
        return [] if self.stopping else await super().get_and_submit_flow_runs()

    async def run(
        self,
        flow_run: FlowRun,
        configuration: BaseJobConfiguration,
        task_status: Any = None,
    ) -> Done:
        """Run one flow to its end. Whatever goes wrong here ends the run as crashed; it never stays pending."""
        if task_status is not None:
            task_status.started(os.getpid())
        self.running += 1
        try:
            flow = await self._flow_of(flow_run)
            state = await run_flow_async(
                flow, flow_run=flow_run, parameters=flow.validate_parameters(flow_run.parameters), return_type="state"
            )
            if state is not None and state.is_completed():
                self.last_finished = time.monotonic()
                if self._finished is not None:
                    self._finished(str(await state.result(raise_on_failure=False)))
        except Exception as error:
            await self.client.set_flow_run_state(
                flow_run.id, Crashed(message=f"运行没有完成：{type(error).__name__}: {error}"[:500]), force=True
            )
        finally:
            self.running -= 1
        return Done(identifier=str(flow_run.id), status_code=0)

    async def _flow_of(self, flow_run: FlowRun) -> Flow[..., Any]:
        deployment = await self.client.read_deployment(flow_run.deployment_id)
        if deployment.entrypoint not in FLOWS:
            raise LookupError(f"“{deployment.entrypoint}”不在定时任务一览中")
        module, _, name = deployment.entrypoint.rpartition(".")
        found: Flow[..., Any] = getattr(importlib.import_module(module), name)
        return found

    async def drain(self, seconds: float) -> None:
        """Take nothing more, and wait for what runs."""
        self.stopping = True
        end = time.monotonic() + seconds
        while self.running and time.monotonic() < end:
            await asyncio.sleep(0.1)


def _in_our_words(record: logging.LogRecord) -> bool:
    """Drops what Prefect says of its own about every run; the run's own words stay, and so does every other end."""
    said = record.getMessage()
    return not said.startswith("Beginning flow run") and said != "Finished in state Completed()"


def worker(finished: Callable[[str], None] | None = None) -> InLoopWorker:
    """The one worker of this process."""
    logging.getLogger("prefect.flow_runs").addFilter(_in_our_words)
    logging.getLogger("prefect.flow_runs.worker").setLevel(logging.WARNING)
    return InLoopWorker(work_pool_name=POOL, name="lianshen-serve", limit=TOGETHER, prefetch_seconds=0, finished=finished)
