"""Submissions, decisions, history: numbered within the case, the latest found at once."""

from __future__ import annotations

from adapters.database import Database, records
from adapters.database.tables import Anonymised
from tests.adapters.database import examples as given
from tests.adapters.database.examples import NOW


def test_numbers_run_within_each_case(database: Database) -> None:
    with database.transaction() as db:
        given.case(db, "c1")
        given.case(db, "c2")
        records.add_history(db, [given.line("一"), given.line("二"), given.line("甲", "c2")])
        records.add_history(db, [given.line("三", clauses=["X-1"], detail={"由": "李"})])
    with database.reading() as db:
        assert [(one.seq, one.words) for one in records.history(db, "c1")] == [(1, "一"), (2, "二"), (3, "三")]
        assert [(one.seq, one.words) for one in records.history(db, "c2")] == [(1, "甲")]
        assert [one.words for one in records.history(db, "c1", after=1, limit=1)] == ["二"]
        assert records.history(db, "c1")[2].clauses == ["X-1"]


def test_decisions_of_a_case_in_order(database: Database) -> None:
    with database.transaction() as db:
        given.case(db, "c1")
        given.case(db, "c2")
        records.add_decisions(db, [given.decision("退回"), given.decision("通过", "c2"), given.decision("不通过", scope="admission")])
        records.add_decisions(
            db, [given.decision("退回"), given.decision("通过", clauses=["X-1"], inputs={"金额": "30"}, kind="table", row="r1")]
        )
    with database.reading() as db:
        assert [one.outcome for one in records.decisions(db, "c1")] == ["退回", "不通过", "退回", "通过"]
        assert records.decisions(db, "c1")[-1].inputs == {"金额": "30"}


def test_submissions_of_a_step_in_order(database: Database) -> None:
    with database.transaction() as db:
        given.case(db)
        given.open_items(db, given.item("i1"))
        records.add_submissions(db, [given.submission("s1", item="i1"), given.submission("s2", idx=1, person="wang", unit="education")])
        records.add_submissions(db, [given.submission("s3", activation="a2", answers={"意见": "修改后同意", "金额": 30.5})])
    with database.reading() as db:
        assert [one.seq for one in records.rounds(db, "c1", "", "pre_review")] == [1, 2, 3]
        assert records.rounds(db, "c1", "", "pre_review")[-1].answers == {"意见": "修改后同意", "金额": 30.5}
        assert records.participants(db, ["c1"]) == [("li", "data_bureau", None), ("wang", "data_bureau", "education")]
        assert [one.id for one in records.submissions(db, "c1")] == ["s1", "s2", "s3"]
        found = records.submission(db, "s2")
        assert found is not None
        assert found.person == "wang"


def test_the_first_anonymised_text_stays(database: Database) -> None:
    with database.transaction() as db:
        given.case(db)
        records.add_submissions(db, [given.submission("s1")])
        for text in ("专家甲：同意", "专家乙：同意"):
            records.anonymise(db, [Anonymised(submission="s1", text=text, at=NOW, by="system")])
    with database.reading() as db:
        assert records.anonymised(db, "c1") == {"s1": "专家甲：同意"}
