"""Drafts: what a person has typed so far in a work item."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, select

from adapters.database.connect import Db
from adapters.database.prepared import Prepared
from adapters.database.tables import Draft

_t = Draft.table
_drop = Prepared(delete(_t).where(_t.c.item == bindparam("item")))


def keep(db: Db, item: str, person: str, answers: Mapping[str, Any], *, at: datetime) -> None:
    """Keep a draft in place of the one before."""
    db.put(Draft(item=item, person=person, answers=dict(answers), at=at), "answers", "at")


def find(db: Db, item: str, person: str) -> Draft | None:
    """A person's draft of an item, or None."""
    return db.one(Draft, select(_t).where(_t.c.item == item, _t.c.person == person))


def drop(db: Db, item: str) -> None:
    """Drop every draft of an item that is done."""
    db.change_all(_drop, [{"item": item}])
