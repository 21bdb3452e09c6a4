"""What most would write first: SpiffWorkflow's own serializer of the whole workflow in one JSON column, kept by an SQLModel session.

The same reference process, the same answers (as task data), one durable commit for each completion. `Naive` keeps nothing else: no inbox,
no deadlines, no history, no audit, no checks of who may act or of what was typed. `Rows` keeps rows like ours beside it, in the same way;
still no checks.
"""

from __future__ import annotations

# mypy: disallow-subclassing-any=False, disallow-any-generics=False
import io
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.util.task import TaskState
from sqlalchemy import MetaData, Text, event
from sqlmodel import Field, Session, SQLModel, create_engine, select

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


class Item(SQLModel, table=True):
    """A work item."""

    __tablename__ = "naive_items"
    metadata = Instance.metadata
    id: str = Field(primary_key=True)
    instance: str = Field(index=True)
    step: str
    office: str = Field(index=True)
    status: str = Field(index=True)
    due: datetime | None = Field(default=None, index=True)
    opened_at: datetime
    closed_at: datetime | None = None


class Opinion(SQLModel, table=True):
    """What was typed."""

    __tablename__ = "naive_opinions"
    metadata = Instance.metadata
    id: str = Field(primary_key=True)
    instance: str = Field(index=True)
    item: str
    person: str
    answers: str = Field(sa_type=Text)
    at: datetime


class Line(SQLModel, table=True):
    """One line of history, of audit, a notice or an answered request: `kind` says which."""

    __tablename__ = "naive_lines"
    metadata = Instance.metadata
    id: str = Field(primary_key=True)
    instance: str = Field(index=True)
    kind: str
    words: str
    at: datetime


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
            self.note(session, key, workflow, given)
            session.commit()
        return waiting.task_spec.bpmn_id.partition(" ")[0] if waiting is not None else None

    def note(self, session: Session, key: str, workflow: Any, given: Mapping[str, Any]) -> None:
        """What else is written in the same transaction: nothing."""

    def weight(self, key: str) -> int:
        """Bytes of the stored workflow."""
        with Session(self.engine) as session:
            return len(session.get_one(Instance, key).state.encode())

    def close(self) -> None:
        """Give every connection back."""
        self.engine.dispose()


class Rows(Naive):
    """The naive loop with rows."""

    def note(self, session: Session, key: str, workflow: Any, given: Mapping[str, Any]) -> None:
        """Work items closed and opened, the form, and a line each for request, history, notice and audit."""
        now = datetime.now(UTC)
        standing = {one.id: one for one in session.exec(select(Item).where(Item.instance == key, Item.status == "open"))}
        waiting = {str(task.id): task for task in workflow.get_tasks(state=TaskState.READY, manual=True)}
        for item in standing.values():
            if item.id not in waiting:
                item.status, item.closed_at = "done", now
                session.add(item)
        for name, task in waiting.items():
            if name not in standing:
                session.add(Item(id=name, instance=key, step=task.task_spec.bpmn_id, office="reform", status="open", opened_at=now))
        typed = json.dumps(given, ensure_ascii=False)
        session.add(Opinion(id=uuid4().hex, instance=key, item=next(iter(standing), ""), person="reform", answers=typed, at=now))
        for kind in ("request", "history", "history", "notice", "audit"):
            session.add(Line(id=uuid4().hex, instance=key, kind=kind, words="项目有新的待办：部门会签。", at=now))


def _first(workflow: Any) -> Any:
    return next(iter(workflow.get_tasks(state=TaskState.READY, manual=True)), None)


def _durable(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
