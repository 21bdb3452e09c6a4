"""Small diagrams and tables for tests, written as calls: `diagram("t_main", start(), task("a"), end(), path("start", "a", "end"))`."""

from __future__ import annotations

from html import escape
from itertools import pairwise

NAMESPACES = (
    'xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:lianshen="urn:lianshen:1" '
    'xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"'
)


def diagram(process: str, *parts: str, root: str = "") -> bytes:
    """A file with one process. `root`: messages, errors, escalations."""
    body = "".join(parts)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><definitions {NAMESPACES} targetNamespace="urn:lianshen:t">{root}'
        f'<process id="{process}" isExecutable="true">{body}</process></definitions>'
    ).encode()


def path(*elements: str) -> str:
    """A chain of flows: `path("start", "a", "end")`."""
    return "".join(flow(source, target) for source, target in pairwise(elements))


def flow(source: str, target: str, when: str | None = None, name: str | None = None) -> str:
    condition = f"<conditionExpression>{escape(when)}</conditionExpression>" if when else ""
    return f'<sequenceFlow id="{name or f"{source}__{target}"}" sourceRef="{source}" targetRef="{target}">{condition}</sequenceFlow>'


def start(name: str = "start") -> str:
    return f'<startEvent id="{name}"/>'


def end(name: str = "end", inner: str = "") -> str:
    return f'<endEvent id="{name}">{inner}</endEvent>'


def error_end(name: str, code: str) -> str:
    return end(name, f'<errorEventDefinition errorRef="error_{code}"/>')


def error(code: str) -> str:
    return f'<error id="error_{code}" name="{code}" errorCode="{code}"/>'


def escalation(code: str) -> str:
    return f'<escalation id="escalation_{code}" name="{code}" escalationCode="{code}"/>'


def escalate(name: str, code: str) -> str:
    return f'<intermediateThrowEvent id="{name}"><escalationEventDefinition escalationRef="escalation_{code}"/></intermediateThrowEvent>'


def task(name: str, inner: str = "", label: str = "") -> str:
    return f'<userTask id="{name}" name="{label or name}">{inner}</userTask>'


def xor(name: str, default: str | None = None) -> str:
    return f'<exclusiveGateway id="{name}"{_default(default)}/>'


def both(name: str) -> str:
    return f'<parallelGateway id="{name}"/>'


def some(name: str, default: str | None = None) -> str:
    return f'<inclusiveGateway id="{name}"{_default(default)}/>'


def first(name: str) -> str:
    return f'<eventBasedGateway id="{name}"/>'


def _default(name: str | None) -> str:
    return f' default="{name}"' if name else ""


def timer(name: str, inner: str) -> str:
    return f'<intermediateCatchEvent id="{name}"><timerEventDefinition>{inner}</timerEventDefinition></intermediateCatchEvent>'


def on_day(expression: str) -> str:
    return f"<timeDate>{escape(expression)}</timeDate>"


def lasting(period: str) -> str:
    return f"<timeDuration>{escape(period)}</timeDuration>"


def boundary(name: str, host: str, definition: str, interrupting: bool = True) -> str:
    return f'<boundaryEvent id="{name}" attachedToRef="{host}" cancelActivity="{str(interrupting).lower()}">{definition}</boundaryEvent>'


def deadline(name: str, host: str, expression: str, interrupting: bool = False) -> str:
    return boundary(name, host, f"<timerEventDefinition>{on_day(expression)}</timerEventDefinition>", interrupting)


def message(name: str) -> str:
    return f'<message id="message_{name}" name="{name}"/>'


def catch(name: str, of: str) -> str:
    return f'<intermediateCatchEvent id="{name}"><messageEventDefinition messageRef="message_{of}"/></intermediateCatchEvent>'


def call(name: str, process: str, inner: str = "", **params: str) -> str:
    written = "".join(f'<lianshen:param name="{key}" value="{value}"/>' for key, value in params.items())
    extension = f"<extensionElements>{written}</extensionElements>" if written else ""
    return f'<callActivity id="{name}" calledElement="{process}">{extension}{inner}</callActivity>'


def sub(name: str, *parts: str) -> str:
    return f'<subProcess id="{name}">{"".join(parts)}</subProcess>'


def rule(name: str, table: str) -> str:
    decision = f"<extensionElements><spiffworkflow:calledDecisionId>{table}</spiffworkflow:calledDecisionId></extensionElements>"
    return f'<businessRuleTask id="{name}">{decision}</businessRuleTask>'


def service(name: str, operation: str, **params: str) -> str:
    written = "".join(f'<spiffworkflow:parameter id="{key}" type="str" value="{escape(value)}"/>' for key, value in params.items())
    return (
        f'<serviceTask id="{name}"><extensionElements><spiffworkflow:serviceTaskOperator id="{operation}">'
        f"<spiffworkflow:parameters>{written}</spiffworkflow:parameters></spiffworkflow:serviceTaskOperator></extensionElements></serviceTask>"
    )


def many(cardinality: str, until: str | None = None, sequential: bool = False) -> str:
    """The marker of a multi-instance (会签)."""
    condition = f"<completionCondition>{escape(until)}</completionCondition>" if until else ""
    return (
        f'<multiInstanceLoopCharacteristics isSequential="{str(sequential).lower()}">'
        f"<loopCardinality>{escape(cardinality)}</loopCardinality>{condition}</multiInstanceLoopCharacteristics>"
    )


def table(name: str, inputs: list[str], rows: list[tuple[list[str], str, str]], policy: str = "UNIQUE") -> bytes:
    """A decision table. Rows: (cells, output, annotation)."""
    columns = "".join(
        f'<input id="i{index}" label="第{index}列"><inputExpression id="x{index}">'
        f"<text>{escape(expression)}</text></inputExpression></input>"
        for index, expression in enumerate(inputs, 1)
    )
    written = "".join(
        f'<rule id="row_{number}"><description>{escape(note)}</description>'
        + "".join(f'<inputEntry id="c{number}_{index}"><text>{escape(cell)}</text></inputEntry>' for index, cell in enumerate(cells))
        + f'<outputEntry id="o{number}"><text>{escape(output)}</text></outputEntry></rule>'
        for number, (cells, output, note) in enumerate(rows, 1)
    )
    return (
        f'<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="urn:t">'
        f'<decision id="{name}" name="表"><decisionTable id="{name}_table" hitPolicy="{policy}">{columns}'
        f'<output id="out" name="result" typeRef="string"/>{written}'
        "</decisionTable></decision></definitions>"
    ).encode()
