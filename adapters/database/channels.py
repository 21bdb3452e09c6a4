"""Channels in trouble (熔断): how often in a row a partner failed, and until when it is left alone."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import delete, select

from adapters.database.connect import Db
from adapters.database.tables import ChannelRest

_t = ChannelRest.table


def troubled(db: Db) -> Mapping[str, ChannelRest]:
    """Channel → its trouble; those that work are absent."""
    return {one.channel: one for one in db.many(ChannelRest, select(_t))}


def rest(db: Db, trouble: ChannelRest) -> None:
    """Leave a partner alone until then."""
    db.put(trouble, "failures", "until", "words")


def recovered(db: Db, channel: str) -> None:
    """The partner took a message again."""
    db.run(delete(_t).where(_t.c.channel == channel))
