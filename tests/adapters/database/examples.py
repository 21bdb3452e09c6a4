"""Rows to begin with: one jurisdiction with a version, a person, a project and a case."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from adapters.database import Db, cases, items, people, projects, rules
from adapters.database.columns import SHANGHAI
from adapters.database.tables import (
    Case,
    Decision,
    HistoryLine,
    Notice,
    OverrideRow,
    Person,
    Project,
    Submission,
    Timer,
    Version,
    Wait,
    WorkItem,
)

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=SHANGHAI)
TODAY = date(2026, 3, 2)


def later(**parts: float) -> datetime:
    return (NOW + timedelta(**parts)).astimezone(UTC)


def version(db: Db) -> str:
    manifest = rules.keep_files(db, {"here/clauses.yaml": "第一条".encode()})
    rules.add(db, Version(id="v1", jurisdiction="here", name="第一版", created_by="editor", created_at=NOW, manifest=manifest))
    return "v1"


def project(db: Db, id: str = "p1", **changes: Any) -> Project:
    row = Project(**{"id": id, "jurisdiction": "here", "name": "数据平台项目", "unit": "education", "created_at": NOW, **changes})
    projects.add(db, row)
    return row


def case(db: Db, id: str = "c1", **changes: Any) -> Case:
    rules.find(db, "v1") or version(db)
    row = Case(
        **{
            "id": id, "jurisdiction": "here", "version": "v1", "procedure": "here_intake", "kind": "main", "title": "数据平台项目申报",
            "opened_at": NOW, "opened_by": "zhang", "state": b"\x00state", **changes,
        }
    )  # fmt: skip
    cases.add(db, row)
    return row


def item(id: str, case: str = "c1", **changes: Any) -> WorkItem:
    return WorkItem(
        **{
            "id": id, "case": case, "jurisdiction": "here", "task": f"t-{id}", "step": "pre_review", "activation": f"t-{id}",
            "office": "data_bureau", "title": "项目预审", "opened_at": NOW, **changes,
        }
    )  # fmt: skip


def open_items(db: Db, *rows: WorkItem) -> None:
    items.open_all(db, rows)


def timer(task: str, fires_at: datetime, case: str = "c1", **changes: Any) -> Timer:
    return Timer(**{"case": case, "task": task, "step": "pre_review_due", "fires_at": fires_at, "expression": "workdays(7)", **changes})


def wait(task: str, case: str = "c1", **changes: Any) -> Wait:
    return Wait(
        **{"case": case, "task": task, "jurisdiction": "here", "step": "wait_plan", "message": "plan_result", "since": NOW, **changes}
    )


def submission(id: str, case: str = "c1", **changes: Any) -> Submission:
    return Submission(
        **{
            "id": id, "case": case, "step": "pre_review", "activation": "a1", "person": "li", "office": "data_bureau",
            "answers": {"opinion": "材料齐全"}, "outcome": "通过", "at": NOW, **changes,
        }
    )  # fmt: skip


def decision(outcome: str, case: str = "c1", **changes: Any) -> Decision:
    return Decision(**{"case": case, "step": "pre_review", "activation": "a1", "outcome": outcome, "at": NOW, **changes})


def line(words: str, case: str = "c1", **changes: Any) -> HistoryLine:
    return HistoryLine(**{"case": case, "at": NOW, "actor": "li", "act": "complete", "words": words, **changes})


def notice(id: str, **changes: Any) -> Notice:
    return Notice(
        **{
            "id": id, "key": f"key-{id}", "jurisdiction": "here", "kind": "reminder", "office": "data_bureau", "words": "请办理", "at": NOW,
            **changes,
        }
    )  # fmt: skip


def person(db: Db, id: str = "li", **changes: Any) -> Person:
    row = Person(**{"id": id, "jurisdiction": "here", "login": id, "name": "李明", "unit": "data_bureau", **changes})
    people.add(db, row)
    return row


def override(id: str, **changes: Any) -> OverrideRow:
    return OverrideRow(
        **{
            "id": id, "jurisdiction": "here", "project": "p1", "clause": "X-1", "reason": "急用", "approver": "王局",
            "office": "data_bureau", "day": TODAY, "recorded_by": "li", "at": NOW, **changes,
        }
    )  # fmt: skip
