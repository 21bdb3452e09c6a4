"""Codes are compared once, outside of every act; what differs is told to the owner, and nothing is stopped."""

from __future__ import annotations

import pytest

from adapters import clock
from adapters.database import notices, projects
from adapters.project_codes import Registration, Unreachable
from domain.rulesets import Ruleset
from tasks import checking, project_codes, versions
from tasks.cases import load
from tests.tasks.stages import Town

CODE = "2020-330800-65-03-123456"
MARKED = {"type": "string", "title": "项目代码", "x-project": "platform_code", "x-register": "project_code", "x-clause": "JJ-02-scope"}


class Known(dict[str, Registration]):
    """A register kept in memory."""

    asked = 0

    def find(self, code: str) -> Registration | None:
        self.asked += 1
        return self.get(code)


class Away:
    def find(self, code: str) -> Registration | None:
        raise Unreachable("平台没有回答。")


@pytest.fixture
def coded(hamlet: Town, monkeypatch: pytest.MonkeyPatch) -> str:
    """A project with a code, in a place whose form asks for one. Answers the project."""
    case = hamlet.begin("needs_proposal")
    plain = versions.current
    schema = {"title": "代码", "properties": {"code": MARKED}}

    def marked(db: object, code: str) -> tuple[object, Ruleset]:
        version, ruleset = plain(db, code)  # type: ignore[arg-type]  # handed on as it came
        return version, ruleset.model_copy(update={"forms": {**ruleset.forms, "apply_code": schema}})

    monkeypatch.setattr(versions, "current", marked)
    with hamlet.database.transaction() as db:
        from adapters.database import cases

        project = cases.get(db, case).project
        assert project is not None
        projects.change(db, project, facts={**projects.get(db, project).facts, "platform_code": CODE})
    return project


def told(town: Town, project: str) -> list[str]:
    with town.database.reading() as db:
        return [one.words for one in notices.of_project(db, project) if one.kind == "project-code"]


def test_a_code_that_agrees_is_kept_and_asked_for_once(hamlet: Town, coded: str) -> None:
    with hamlet.database.reading() as db:
        name = projects.get(db, coded).name
    known = Known({CODE: Registration(CODE, name, "区教育局")})

    assert project_codes.sweep(hamlet.database, known, now=clock.now()) == [f"项目代码 {CODE}：与平台一致"]
    assert project_codes.sweep(hamlet.database, known, now=clock.now()) == []
    assert known.asked == 1
    assert told(hamlet, coded) == []


@pytest.mark.parametrize(
    ("found", "words"),
    [({}, "平台没有这个代码"), ({CODE: Registration(CODE, "别的项目", "区民政局")}, "项目名称、项目单位与平台不一致")],
)
def test_what_differs_is_told_to_the_owner_once(hamlet: Town, coded: str, found: dict[str, Registration], words: str) -> None:
    for _ in range(2):
        project_codes.sweep(hamlet.database, Known(found), now=clock.now())

    assert len(told(hamlet, coded)) == 1
    assert words in told(hamlet, coded)[0]


def test_a_platform_that_is_away_leaves_everything_for_the_next_time(hamlet: Town, coded: str) -> None:
    assert project_codes.sweep(hamlet.database, Away(), now=clock.now()) == ["项目代码未能核对：平台没有回答。"]
    assert len(project_codes.sweep(hamlet.database, Known(), now=clock.now())) == 1


def test_an_unusual_code_is_noted_and_not_refused(hamlet: Town) -> None:
    case = hamlet.begin("declare")
    item = hamlet.item(case, "declare")
    usual = {"pattern": r"\d{4}-\d{6}-\d{2}-\d{2}-\d{6}", "words": "项目代码一般为24位。"}
    schema = {"properties": {"code": {"type": "string", "title": "代码", "x-usual": usual, "x-clause": "JJ-02-scope"}}}
    with hamlet.database.transaction() as db:
        from adapters.database import cases
        from tasks.inbox import where_of

        act = load(db, cases.get(db, case), now=clock.now())
        act.ruleset = act.ruleset.model_copy(update={"forms": {"code": schema}})
        for value in (CODE, "ABC"):
            checking.advise(act, where_of(act, item), "code", {"code": value})
        assert [(one.words, one.clauses) for one in act.lines if one.act == "advice"] == [("提醒：项目代码一般为24位。", ("JJ-02-scope",))]
