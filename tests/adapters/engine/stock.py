"""SpiffWorkflow as it comes, for showing that a fault is still there. Nothing of ours is in the way, except that expressions are Python."""

from __future__ import annotations

import warnings
from typing import Any

from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine
from SpiffWorkflow.bpmn.script_engine.python_environment import TaskDataEnvironment
from SpiffWorkflow.spiff.parser.process import SpiffBpmnParser
from SpiffWorkflow.util.task import TaskState


class Stock:
    """One case in stock SpiffWorkflow. `answers`: names that expressions may use."""

    def __init__(self, *files: bytes, process: str = "t_main", **answers: Any) -> None:
        parser = SpiffBpmnParser()
        for data in files:
            (parser.add_dmn_str if b"/DMN/" in data else parser.add_bpmn_str)(data)
        self.engine = PythonScriptEngine(TaskDataEnvironment(answers))
        self.spec, self.subs = parser.get_spec(process), parser.get_subprocess_specs(process)
        self.case = BpmnWorkflow(self.spec, self.subs, script_engine=self.engine)
        self.case.do_engine_steps()

    @property
    def open(self) -> list[str]:
        return sorted(task.task_spec.bpmn_id for task in self.case.get_tasks(state=TaskState.READY, manual=True))

    def do(self, element: str) -> Stock:
        task = next(t for t in self.case.get_tasks(state=TaskState.READY, manual=True) if t.task_spec.bpmn_id == element)
        task.run()
        self.case.do_engine_steps()
        return self

    def tick(self) -> Stock:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            self.case.refresh_timers()
        self.case.do_engine_steps()
        return self
