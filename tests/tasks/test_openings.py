"""Who looked at which document is on record, in the chain that nobody rewrites; who may not open one has not opened it."""

from __future__ import annotations

import json

import pytest

from adapters import clock
from adapters.database import attachments, audit
from domain.errors import NotFound
from tasks import materials, trail
from tests.tasks.stages import Town


def test_opening_a_document_is_on_record(town: Town) -> None:
    # given
    case = town.begin("leader_consent")
    item = town.item(case, "leader_consent")
    town.attach(item)
    with town.database.reading() as db:
        kept = attachments.of_case(db, case)[-1]
        reader = town.stage.cast.named(db, "leading_group_office", None, clock.today())
        stranger = town.stage.cast.named(db, "owner@区民政局", None, clock.today())
    # when
    for person in (reader, reader):
        with town.database.transaction() as db:
            assert materials.opened(db, person, "jinjiang", kept.id, now=clock.now()).id == kept.id
    with pytest.raises(NotFound), town.database.transaction() as db:
        materials.opened(db, stranger, "jinjiang", kept.id, now=clock.now())
    # then
    with town.database.reading() as db:
        found = audit.listing(db, act="attachment-opened")
        assert [(one.actor, one.target, json.loads(one.body)["attachment"]) for one in found] == [(reader.id, case, kept.id)] * 2
        assert audit.verify(audit.every(db)) is None
        shown, _ = trail.page(db, act="attachment-opened")
    assert [(one.act, kept.id in one.detail, kept.name in one.detail) for one in shown] == [("打开材料", True, False)] * 2
