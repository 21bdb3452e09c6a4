"""The register, rule sets, people, drafts, batches, attachments, incidents, requests."""

from __future__ import annotations

from datetime import timedelta

import pytest

from adapters.database import Database, attachments, bans, batches, drafts, incidents, people, projects, requests, rules, systems
from adapters.database.tables import (
    Amount,
    Attachment,
    Ban,
    BatchEntry,
    Entry,
    Expert,
    Incident,
    Panel,
    PostRow,
    System,
    UnitRow,
    Version,
)  # fmt: skip
from domain.errors import Conflict, KeyReused, NotFound
from tests.adapters.database import examples as given
from tests.adapters.database.examples import NOW, TODAY, later

DAY = timedelta(days=1)


def test_projects(database: Database) -> None:
    with database.transaction() as db:
        for number in range(3):
            given.project(db, f"p{number}", created_at=later(hours=number), unit=["education", "health"][number % 2], code=f"XM-{number}")
        projects.change(db, "p1", stage="立项", facts={"nature": "建设类"})
        with pytest.raises(TypeError):
            projects.change(db, "p1", id="other")
        assert projects.lock(db, "p1").facts == {"nature": "建设类"}
        with pytest.raises(NotFound):
            projects.lock(db, "p9")
        assert [one.id for one in projects.listing(db, ["here"], units=["education"])] == ["p2", "p0"]
        assert [one.id for one in projects.listing(db, ["here"], search="xm-1", stage="立项", statuses=["active"])] == ["p1"]
        assert projects.count(db, ["here"], ids=["p0", "p1", "p9"]) == 2
        assert projects.count(db, ["there"]) == 0
        assert projects.stages(db, "here") == {("", "active"): 2, ("立项", "active"): 1}
    with pytest.raises(Conflict), database.transaction() as db:
        given.project(db, "p5", code="XM-1")


def test_amounts_entries_flags_and_numbers(database: Database) -> None:
    with database.transaction() as db:
        given.project(db)
        for fen in (100, 250):
            projects.add_amounts(
                db, [Amount(project="p1", kind="estimate", fen=fen, at=NOW), Amount(project="p1", kind="ceiling", fen=fen + 1, at=NOW)]
            )
        assert {kind: (one.fen, one.seq) for kind, one in projects.amounts(db, "p1").items()} == {"estimate": (250, 2), "ceiling": (251, 2)}
        assert [one.fen for one in projects.amount_history(db, "p1")] == [101, 251, 100, 250]
        projects.add_entry(db, Entry(number="RK-1", project="p1", kind="library", day=TODAY, expires=TODAY + DAY))
        assert [one.number for one in projects.entries(db, "p1")] == ["RK-1"]
        projects.set_flag(db, "p1", "urgent", True)
        projects.set_flag(db, "p1", "urgent", None)
        projects.set_flag(db, "p1", "note", {"甲": [1]})
        assert projects.flags(db, "p1") == {"urgent": None, "note": {"甲": [1]}}
        assert [projects.next_number(db, "RK"), projects.next_number(db, "RK"), projects.next_number(db, "XM")] == [1, 2, 1]
    with pytest.raises(KeyError), database.transaction() as db:  # noqa: PT012  # the transaction is what is tested
        assert projects.next_number(db, "RK") == 3
        raise KeyError
    with database.transaction() as db:
        assert projects.next_number(db, "RK") == 3


def test_bans_and_overrides(database: Database) -> None:
    with database.transaction() as db:
        given.project(db)
        barred = (("no_review", "project", "p1", TODAY), ("limit", "unit", "education", None), ("limit", "unit", "health", None))
        for number, (kind, subject_kind, subject, until) in enumerate(barred, start=1):
            who = {"subject_kind": subject_kind, "subject": subject}
            bans.add(db, Ban(id=f"b{number}", jurisdiction="here", kind=kind, clause="X", since=TODAY, until=until, **who))
        both = [("project", "p1"), ("unit", "education")]
        assert [one.id for one in bans.standing(db, "here", both, TODAY)] == ["b1", "b2"]
        assert [one.id for one in bans.standing(db, "here", both, TODAY + DAY)] == ["b2"]
        assert bans.standing(db, "here", both, TODAY - DAY) == []
        assert [one.id for one in bans.standing(db, "here", both, TODAY, kinds=["no_review"])] == ["b1"]
        assert bans.lift(db, "here", "unit", "education", "limit", at=NOW) == 1
        assert bans.lift(db, "here", "unit", "education", "limit", at=NOW) == 0
        assert [one.id for one in bans.standing(db, "here", both, TODAY)] == ["b1"]
        assert len(bans.of_jurisdiction(db, "here")) == 3
        bans.add_override(db, given.override("o1"))
        assert [one.clause for one in bans.overrides(db, project="p1")] == ["X-1"]
        assert bans.overrides(db) == []
        assert [one.id for one in bans.overrides_listed(db, "here")] == ["o1"]


def test_systems(database: Database) -> None:
    with database.transaction() as db:
        given.project(db)
        systems.add(db, System(id="s1", jurisdiction="here", project="p1", unit="education", name="一网通办"))
        systems.change(db, "s1", status="在用", in_use_since=TODAY)
        found = systems.find(db, "s1")
        assert found is not None
        assert found.in_use_since == TODAY
        assert systems.of_project(db, "p1") == systems.listing(db, "here", unit="education", statuses=["在用"]) == [found]
        with pytest.raises(TypeError):
            systems.change(db, "s1", colour="red")


def test_versions_keep_each_content_once(database: Database) -> None:
    with database.transaction() as db:
        given.version(db)
        more = rules.keep_files(db, {"here/clauses.yaml": "第一条".encode(), "here/a.bpmn": b"<x/>", "national/a.bpmn": b"<x/>"})
        second = Version(id="v2", jurisdiction="here", name="第二版", created_by="e", created_at=later(days=1), manifest=more)
        assert rules.add(db, second)
        assert not rules.add(db, second)
        assert db.run(rules._b.select()).rowcount is not None
        assert len(db.run(rules._b.select()).all()) == 2
        assert rules.published(db, "here") is None
        for number, id in enumerate(("v1", "v2")):
            rules.change(db, id, status="published", published_by="p", published_at=later(days=number))
        newest = rules.published(db, "here")
        assert newest is not None
        assert newest.id == "v2"
        rules.change(db, "v2", status="withdrawn")
        assert [one.id for one in rules.versions(db, "here")] == ["v2", "v1"]
        assert rules.jurisdictions(db) == ["here"]
        assert rules.files(db, "v2") == {"here/clauses.yaml": "第一条".encode(), "here/a.bpmn": b"<x/>", "national/a.bpmn": b"<x/>"}
        with pytest.raises(NotFound):
            rules.files(db, "v3")


def test_settings_keep_their_history(database: Database) -> None:
    with database.transaction() as db:
        for value in (3, "五", None):
            rules.set_setting(db, "here", "soon_days", value, by="admin", at=NOW)
        rules.set_setting(db, "here", "other", 1, by="admin", at=NOW)
        assert rules.settings(db, "here") == {"soon_days": None, "other": 1}
        assert rules.settings(db, "there") == {}
        assert [one.value for one in rules.setting_history(db, "here", "soon_days")] == [None, "五", 3]


def test_people_and_posts(database: Database) -> None:
    with database.transaction() as db:
        given.person(db, "li")
        assert not people.add(db, people.get(db, "li").model_copy(update={"id": "li2"}))
        people.add_post(db, PostRow(id="p1", person="li", jurisdiction="here", office="owner", unit="education", since=TODAY, until=TODAY))
        people.add_post(db, PostRow(id="p2", person="li", jurisdiction="here", office="data_bureau"))
        assert [one.id for one in people.posts_of(db, "li", TODAY)] == ["p2", "p1"]
        assert [one.id for one in people.posts_of(db, "li", TODAY + DAY)] == ["p2"]
        assert [one.id for one in people.posts_in(db, "here", TODAY - DAY)] == ["p2"]
        assert [one.id for one in people.holders(db, "here", "owner", TODAY, unit="education")] == ["li"]
        assert people.holders(db, "here", "owner", TODAY, unit="health") == []
        people.end_post(db, "p2", TODAY)
        assert people.posts_of(db, "li", TODAY + DAY) == []
        assert [people.sign_in_failed(db, "li", allowed=2, locked_until=NOW) for _ in range(2)] == [1, 2]
        assert people.get(db, "li").locked_until == NOW
        people.signed_in(db, "li")
        assert (people.get(db, "li").failed, people.get(db, "li").locked_until) == (0, None)
        assert people.by_login(db, "nobody") is None
        assert list(people.by_ids(db, ["li", "nobody"])) == ["li"]
        people.change(db, "li", active=False)
        assert people.holders(db, "here", "owner", TODAY) == []


def test_units_and_experts(database: Database) -> None:
    with database.transaction() as db:
        for name in ("教育局", "教体局"):
            people.add_unit(db, UnitRow(id="education", jurisdiction="here", name=name, kind="区级部门"))
        people.add_unit(db, UnitRow(id="gone", jurisdiction="here", name="旧局", kind="区级部门", active=False))
        assert [one.name for one in people.units(db, "here")] == ["教体局"]
        assert len(people.units(db, "here", all=True)) == 2
        for id, field, until in (("e1", "网络安全", None), ("e2", "数据", TODAY - DAY)):
            people.add_expert(db, Expert(id=id, jurisdiction="here", name=id, employer="education", field=field, until=until))
        assert [one.id for one in people.experts(db, "here", TODAY)] == ["e1"]
        assert [one.id for one in people.experts(db, "here", pools=["普通"], fields=["数据"])] == ["e2"]
        assert list(people.experts_by_ids(db, ["e2"])) == ["e2"]


def test_drafts(database: Database) -> None:
    with database.transaction() as db:
        given.case(db)
        given.open_items(db, given.item("i1"))
        for words in ("初", "二"):
            drafts.keep(db, "i1", "li", {"意见": words}, at=NOW)
        found = drafts.find(db, "i1", "li")
        assert found is not None
        assert found.answers == {"意见": "二"}
        assert drafts.find(db, "i1", "wang") is None
        drafts.drop(db, "i1")
        assert drafts.find(db, "i1", "li") is None


def test_batches_resume_where_they_stopped(database: Database) -> None:
    with database.transaction() as db:
        given.case(db, "batch", kind="batch")
        entries = []
        for number in range(3):
            given.project(db, f"p{number}")
            given.case(db, f"c{number}", project=f"p{number}")
            entries.append(BatchEntry(batch="batch", case=f"c{number}", project=f"p{number}", wait_task="t"))
        assert batches.collect(db, entries[:2]) == 2
        assert batches.collect(db, entries) == 1
        batches.save(db, [entries[2].model_copy(update={"rank": 1, "outcome": "纳入", "fen": 5, "per_step": {"meeting": "同意"}})])
        assert [one.case for one in batches.entries(db, "batch")] == ["c2", "c0", "c1"]
        assert batches.delivered(db, "batch", "c2", at=NOW)
        assert not batches.delivered(db, "batch", "c2", at=NOW)
        batches.save(db, [entries[2]])
        assert batches.entry_of(db, "c2")[0].outcome == "纳入"
        assert batches.counts(db, "batch") == {None: 2, "纳入": 1}


def test_a_panel_is_drawn_once_each_round(database: Database) -> None:
    with database.transaction() as db:
        given.case(db)
        panel = Panel(
            case="c1", step="draw", pool_hash="h", pool=["a", "b"], seed="7", drawn=["a"], excluded={"b": "回避"}, by="li", at=NOW
        )
        assert batches.add_panel(db, panel)
        assert not batches.add_panel(db, panel.model_copy(update={"drawn": ["b"]}))
        assert batches.add_panel(db, panel.model_copy(update={"round": 2}))
        assert [(one.round, one.drawn, one.excluded) for one in batches.panels(db, "c1", step="draw", scope="")] == [
            (1, ["a"], {"b": "回避"}),
            (2, ["a"], {"b": "回避"}),
        ]


def test_attachments(database: Database) -> None:
    with database.transaction() as db:
        given.project(db)
        given.case(db)
        given.open_items(db, given.item("i1"))
        file = {"name": "方案.pdf", "media": "application/pdf", "size": 3, "sm3": "x", "stored": "y"}
        row = Attachment(id="a1", case="c1", project="p1", item="i1", step="pre_review", at=NOW, by="li", **file)
        attachments.add(db, row)
        assert attachments.get(db, "a1") == row
        assert attachments.of_case(db, "c1") == attachments.of_item(db, "i1") == attachments.of_project(db, "p1") == [row]
        assert attachments.withdraw(db, "a1", at=NOW)
        assert not attachments.withdraw(db, "a1", at=NOW)
        assert attachments.of_case(db, "c1") == []
        assert len(attachments.of_case(db, "c1", withdrawn=True)) == 1


def test_incidents(database: Database) -> None:
    with database.transaction() as db:
        given.case(db)
        incidents.add(
            db, Incident(id="x1", jurisdiction="here", case="c1", kind="engine", cause="条件无法计算", at=NOW, request={"act": "complete"})
        )
        assert (incidents.count_open(db), incidents.count_open(db, "there")) == (1, 0)
        assert incidents.get(db, "x1").request == {"act": "complete"}
        assert incidents.resolve(db, "x1", at=NOW, by="admin", note="已重试")
        assert not incidents.resolve(db, "x1", at=NOW, by="admin", note="再次")
        assert incidents.open_in(db) == []
        assert [one.note for one in incidents.of_case(db, "c1")] == ["已重试"]


def test_a_key_is_answered_once(database: Database) -> None:
    with database.transaction() as db:
        assert requests.begin(db, "k", "h1", at=NOW) is None
        requests.answer(db, "k", {"办件": "c1"})
    with database.transaction() as db:
        seen = requests.begin(db, "k", "h1", at=NOW)
        assert seen is not None
        assert seen.response == {"办件": "c1"}
        with pytest.raises(KeyReused):
            requests.begin(db, "k", "h2", at=NOW)
        assert requests.forget(db, NOW) == 0
        assert requests.forget(db, later(days=1)) == 1
