"""A place of a few lines (小区), for what a kernel does with a diagram that no jurisdiction draws."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from tempfile import gettempdir
from typing import Any

from adapters.database import Database
from tasks.scenarios.player import Theatre
from tasks.scenarios.stage import Outcome
from tests.tasks.stages import Town

HEAD = """<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:lianshen="urn:lianshen:1" id="small_definitions"
  xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core" targetNamespace="urn:lianshen:small">"""
FILES = {
    "region.yaml": "code: small\nname: 小区\ntitle: 小区管理办法\nstatus: 暂行\n",
    "clauses.yaml": "- {id: SM-01, article: 第一条, kind: step, rule: 逐步办理。}\n",
    "offices.yaml": "- {id: owner, name: 项目建设单位, side: applicant, of_project: true}\n- {id: office, name: 办公室, reads_all: true}\n",
    "materials.yaml": "- {id: proof, name: 证明}\n",
    "rounds.yaml": "[]\n",
    "scenarios/_organisation.yaml": "units:\n  - {id: bureau, name: 小区局, kind: 区级部门}\n",
}


def step(ident: str, *, marks: str = "", stage: str = "", office: str = "owner") -> str:
    """A user task; `marks`: more of our notes."""
    entered = f' stage="{stage}"' if stage else ""
    notes = f'<lianshen:clause id="SM-01"/><lianshen:step office="{office}"{entered}/>{marks}'
    return f'<userTask id="{ident}" name="{ident}"><extensionElements>{notes}</extensionElements></userTask>'


def call(ident: str, called: str, *, stage: str) -> str:
    """A call activity that enters a stage."""
    notes = f'<extensionElements><lianshen:clause id="SM-01"/><lianshen:step stage="{stage}"/></extensionElements>'
    return f'<callActivity id="{ident}" name="{ident}" calledElement="small_{called}">{notes}</callActivity>'


def process(name: str, *nodes: str, more: str = "", kind: str = "main") -> str:
    """A process that passes its nodes one after the other; `more`: what hangs on them."""
    idents = ["start", *(node.split('id="', 1)[1].split('"')[0] for node in nodes), "end"]
    flows = "".join(f'<sequenceFlow id="f{n}" sourceRef="{a}" targetRef="{b}"/>' for n, (a, b) in enumerate(pairwise(idents)))
    note = f'<extensionElements><lianshen:procedure kind="{kind}" title="{name}" starters="owner"/></extensionElements>'
    inside = f'{note}<startEvent id="start"/>{"".join(nodes)}{more}<endEvent id="end"/>{flows}'
    return f'{HEAD}<process id="small_{name}" name="{name}" isExecutable="true">{inside}</process></definitions>'


def town(database: Database, processes: Mapping[str, str], forms: Mapping[str, Mapping[str, Any]]) -> Town:
    """The place with these processes and forms (form name → properties and marks), published into a database."""
    files = {f"small/{path}": text.encode() for path, text in FILES.items()}
    files |= {f"small/{name}.bpmn": text.encode() for name, text in processes.items()}
    for name, marks in forms.items():
        schema = {"title": name, "type": "object", "additionalProperties": False, **marks}
        files[f"small/forms/{name}.json"] = json.dumps(schema, ensure_ascii=False).encode()
    theatre = Theatre.made(files, "small", Path(gettempdir()) / "lianshen-test-files")
    return Town(database, theatre.stage(database, Outcome("test"), reload=False, say=None))
