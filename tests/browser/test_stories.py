"""Two stories of the demonstration, played by clicking: the same files that `lianshen demo` plays, through the pages."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import Page

from adapters.settings import SHIPPED
from tasks.scenarios import checks
from tasks.scenarios.language import parse
from tasks.scenarios.player import step
from tests.browser.clicks import DESK, PHONE, Clicked, shot
from tests.browser.worlds import PLACE, World

PICTURES = frozenset({
    "declare", "needs_proposal", "leader_consent", "draft_plan", "leading_group_meeting", "form_panel", "expert_opinion", "cost_review",
    "sign_contract", "accept", "file_acceptance",
})  # fmt: skip


@pytest.mark.parametrize("story", ["demo-project", "demo-maintenance"])
def test_a_story_by_clicking(story: str, world: World, quiet: Page) -> None:
    path = next((SHIPPED / PLACE / "scenarios").glob(f"{story}.yaml"))
    scenario = parse(path.read_text("utf-8"), path.name)
    one = world.theatre
    stage = Clicked(
        world.database, one.ruleset, one.cast, one.defaults, one.store, world.stage().outcome, world=world, page=quiet,
        pictures=PICTURES if story == "demo-project" else frozenset({"maintenance_proposal"}),
    )  # fmt: skip
    begun = time.monotonic()
    stage.log_in(one.cast.person("owner", one.cast.unit(scenario.given.unit or "").id))
    stage.begin(scenario.given, "main")
    for act in scenario.when:
        step(stage, act)
        assert stage.outcome.passed, stage.outcome.differences
    checks.compare(stage, scenario.then)
    assert stage.outcome.passed, stage.outcome.differences
    with world.database.reading() as db:
        project = checks.cases.get(db, stage.names["main"]).project
    quiet.goto(f"/projects/{project}")
    shot(quiet, f"{story}-project-at-the-end", DESK, PHONE)
    print(f"{story}: {stage.acts} steps, {time.monotonic() - begun:.0f} s")
