"""What most would write first: SpiffWorkflow's own serializer of the whole workflow in one JSON column, kept by an SQLModel session.

The same reference process, the same answers (as task data), one durable commit for each completion. It keeps nothing else: no inbox, no
deadlines, no history, no audit, no checks of who may act or of what was typed.
"""

from __future__ import annotations

# mypy: disallow-subclassing-any=False, disallow-any-generics=False
import io
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.util.task import TaskState
from sqlalchemy import MetaData, Text, event
from sqlmodel import Field, Session, SQLModel, create_engine

BPMN = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="urn:naive">
  <process id="project" isExecutable="true">
    <startEvent id="start"/>
    <userTask id="apply" name="填写申报表"/>
    <exclusiveGateway id="amount_gate" default="to_cost_directly"/>
    <userTask id="pre_review" name="预审"/>
    <userTask id="countersign" name="部门会签">
      <multiInstanceLoopCharacteristics isSequential="false"><loopCardinality>3</loopCardinality></multiInstanceLoopCharacteristics>
    </userTask>
    <exclusiveGateway id="to_cost"/>
    <userTask id="cost_review" name="造价审核"/>
    <boundaryEvent id="late" attachedToRef="cost_review" cancelActivity="false">
      <timerEventDefinition><timeDuration>"P15D"</timeDuration></timerEventDefinition>
    </boundaryEvent>
    <task id="remind" name="提醒统筹办"/>
    <endEvent id="reminded"/>
    <endEvent id="finished"/>
    <sequenceFlow id="f1" sourceRef="start" targetRef="apply"/>
    <sequenceFlow id="f2" sourceRef="apply" targetRef="amount_gate"/>
    <sequenceFlow id="f3" sourceRef="amount_gate" targetRef="pre_review">
      <conditionExpression>float(estimate) &gt;= 30</conditionExpression>
    </sequenceFlow>
    <sequenceFlow id="to_cost_directly" sourceRef="amount_gate" targetRef="to_cost"/>
    <sequenceFlow id="f4" sourceRef="pre_review" targetRef="countersign"/>
    <sequenceFlow id="f5" sourceRef="countersign" targetRef="to_cost"/>
    <sequenceFlow id="f6" sourceRef="to_cost" targetRef="cost_review"/>
    <sequenceFlow id="f7" sourceRef="cost_review" targetRef="finished"/>
    <sequenceFlow id="f8" sourceRef="late" targetRef="remind"/>
    <sequenceFlow id="f9" sourceRef="remind" targetRef="reminded"/>
  </process>
</definitions>"""


class Instance(SQLModel, table=True):
    """One workflow, all of it."""

    __tablename__ = "naive_instances"
    metadata = MetaData()
    id: str = Field(primary_key=True)
    state: str = Field(sa_type=Text)


class Naive:
    """The naive loop over one database."""

    def __init__(self, url: str) -> None:
        self.engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
        if self.engine.dialect.name == "sqlite":
            event.listen(self.engine, "connect", _durable)
        Instance.metadata.create_all(self.engine)
        parser = BpmnParser()
        parser.add_bpmn_io(io.BytesIO(BPMN.encode()))
        self.spec, self.subs = parser.get_spec("project"), parser.get_subprocess_specs("project")
        self.serializer = BpmnWorkflowSerializer(BpmnWorkflowSerializer.configure())

    def open(self) -> str:
        """A workflow that waits for its application."""
        workflow = BpmnWorkflow(self.spec, self.subs)
        workflow.do_engine_steps()
        key = uuid4().hex
        with Session(self.engine) as session:
            session.add(Instance(id=key, state=self.serializer.serialize_json(workflow)))
            session.commit()
        return key

    def complete(self, key: str, given: Mapping[str, Any]) -> str | None:
        """Load, complete the first waiting step, save. Answers the step that waits next."""
        with Session(self.engine) as session:
            row = session.get_one(Instance, key)
            workflow = self.serializer.deserialize_json(row.state)
            task = _first(workflow)
            task.data.update(given)
            task.run()
            workflow.refresh_timers()
            workflow.do_engine_steps()
            waiting = _first(workflow)
            row.state = self.serializer.serialize_json(workflow)
            session.add(row)
            session.commit()
        return waiting.task_spec.bpmn_id.partition(" ")[0] if waiting is not None else None

    def weight(self, key: str) -> int:
        """Bytes of the stored workflow."""
        with Session(self.engine) as session:
            return len(session.get_one(Instance, key).state.encode())

    def close(self) -> None:
        """Give every connection back."""
        self.engine.dispose()


def _first(workflow: Any) -> Any:
    return next(iter(workflow.get_tasks(state=TaskState.READY, manual=True)), None)


def _durable(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
