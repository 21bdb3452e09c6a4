"""The first start: rules through the gate, administrators kept apart, a cast to try it with; the second start changes nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from adapters import library
from adapters.database import Database, people, rules
from adapters.passwords import matches
from adapters.settings import SHIPPED
from adapters.verdicts import Verdicts
from benchmarks import reference
from domain import duties
from domain.errors import Unpublishable
from tasks import installing, versions
from tasks.scenarios import organisation
from tests.tasks import stages
from tests.tasks.stages import MORNING


def test_the_first_start_publishes_what_is_shipped_and_the_second_nothing(memory: Database) -> None:
    names = installing.publish_shipped(memory, SHIPPED, now=MORNING)
    assert len(names) == len({path.parent.name for path in SHIPPED.glob("*/region.yaml")})
    assert installing.publish_shipped(memory, SHIPPED, now=MORNING) == []
    with memory.reading() as db:
        assert len(rules.jurisdictions(db)) == len(names)


def _reads_an_unknown_function(root: Path) -> None:
    diagram = root / reference.CODE / "project.bpmn"
    diagram.write_text(diagram.read_text("utf-8").replace('amount("estimate")', 'amuont("estimate")'), "utf-8")


def test_what_was_checked_before_is_published_at_once_and_what_was_not_is_checked(memory: Database, tmp_path: Path) -> None:
    root, verdicts = tmp_path / "rules", Verdicts(tmp_path / "checked")
    shutil.copytree(reference.RULES, root)
    good = library.files_of(root, reference.CODE)
    verdicts.keep([(reference.CODE, good)])
    _reads_an_unknown_function(root)
    with pytest.raises(Unpublishable) as refusal:
        installing.publish_shipped(memory, root, now=MORNING, verdicts=verdicts)
    assert refusal.value.findings
    wrong = library.files_of(root, reference.CODE)
    assert not Verdicts(tmp_path / "checked").passed(reference.CODE, wrong), "an error is never on record"
    with memory.reading() as db:
        assert not rules.jurisdictions(db)
    verdicts.keep([(reference.CODE, wrong)])  # only a record can bring it past the gate: so the gate was not asked
    assert len(installing.publish_shipped(memory, root, now=MORNING, verdicts=verdicts)) == 1


def test_the_first_start_remembers_what_it_checked(memory: Database, tmp_path: Path) -> None:
    installing.publish_shipped(memory, reference.RULES, now=MORNING, verdicts=Verdicts(tmp_path / "checked"))
    assert Verdicts(tmp_path / "checked").passed(reference.CODE, library.files_of(reference.RULES, reference.CODE))


def test_one_place_with_errors_keeps_every_place_unpublished(memory: Database, tmp_path: Path) -> None:
    root = tmp_path / "rules"
    shutil.copytree(reference.RULES / reference.CODE, root / "alpha")
    shutil.copytree(reference.RULES / reference.CODE, root / reference.CODE)
    _reads_an_unknown_function(root)
    with pytest.raises(Unpublishable):
        installing.publish_shipped(memory, root, now=MORNING)
    with memory.reading() as db:
        assert not rules.jurisdictions(db)


def test_the_first_accounts_are_the_administrators_and_the_cast(memory: Database) -> None:
    stages.theatre()
    with memory.transaction() as db:
        versions.publish(db, SHIPPED, "jinjiang", by="test", now=MORNING, checked=False)
    opened = installing.first_accounts(memory, SHIPPED, trial=True, now=MORNING)
    assert [one.first.login for one in opened[:6]] == ["sysadmin", "secadmin", "auditadmin", "operator", "procadmin", "procadmin2"]
    assert len({one.first.password for one in opened}) == len(opened)
    offices = set()
    with memory.reading() as db:
        for one in opened:
            person = people.get(db, one.first.person)
            assert matches(one.first.password, person.password_hash)[0]
            posts = {post.office for post in people.posts_of(db, person.id)}
            duties.check_posts(posts)
            offices |= posts
    assert offices == set(duties.INSTALLATION_POSTS) | set(stages.theatre().ruleset.offices)
    assert installing.first_accounts(memory, SHIPPED, trial=True, now=MORNING) == []


def test_without_a_trial_there_are_only_administrators(memory: Database) -> None:
    assert len(installing.first_accounts(memory, SHIPPED, trial=False, now=MORNING)) == 6


def test_places_whose_units_and_experts_are_called_alike_stand_side_by_side(memory: Database) -> None:
    codes = sorted(path.parent.name for path in SHIPPED.glob("*/region.yaml"))
    with memory.transaction() as db:
        for code in codes:
            versions.publish(db, SHIPPED, code, by="test", now=MORNING, checked=False)
    opened = installing.first_accounts(memory, SHIPPED, trial=True, now=MORNING)
    assert len({one.first.login for one in opened}) == len(opened)
    with memory.reading() as db:
        for code in codes:
            cast, experts = organisation.read(versions.current(db, code)[1], library.files_of(SHIPPED, code))
            assert {one.name for one in people.units(db, code)} == set(cast.units), code
            assert len(people.experts(db, code)) == len(experts), code
            owned = {post.unit for post in people.posts_in(db, code) if post.unit}
            assert owned == {one.id for one in people.units(db, code)}, code
