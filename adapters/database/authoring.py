"""Rules in the making (规则草稿): drafts, their files with every revision, presence, reviews, plays and runs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update

from adapters.database.connect import Db
from adapters.database.tables import RuleDraft, RuleDraftFile, RuleDraftPresence, RulePlay, RuleReview, RuleRun
from domain.errors import NotFound

_d = RuleDraft.table
_f = RuleDraftFile.table
_p = RuleDraftPresence.table
_r = RuleReview.table
_y = RulePlay.table
_n = RuleRun.table
_later = _f.alias("later")
_newest = (
    select(_later.c.revision)
    .where(_later.c.draft == _f.c.draft, _later.c.path == _f.c.path)
    .order_by(_later.c.revision.desc())
    .limit(1)
    .scalar_subquery()
)


# --- drafts ---------------------------------------------------------------------------------------------------------------------------


def add(db: Db, draft: RuleDraft) -> None:
    """Keep a new draft."""
    db.add(draft)


def get(db: Db, draft: str) -> RuleDraft:
    """A draft. Raises NotFound."""
    found = db.one(RuleDraft, select(_d).where(_d.c.id == draft))
    if found is None:
        raise NotFound("没有这份草稿。", todo="请返回草稿列表重新选择。")
    return found


def lock(db: Db, draft: str) -> RuleDraft:
    """A draft, held until the transaction ends. Raises NotFound."""
    found = db.one(RuleDraft, select(_d).where(_d.c.id == draft).with_for_update())
    return found if found is not None else get(db, draft)


def change(db: Db, draft: str, **changes: Any) -> None:
    """Set columns of a draft (title, base, status, changed_at, published)."""
    if unknown := set(changes) - {"title", "base", "status", "changed_at", "published"}:
        raise TypeError(f"not a column that changes: {sorted(unknown)}")
    db.run(update(_d).where(_d.c.id == draft).values(**changes))


def listing(db: Db, *, limit: int = 200) -> list[RuleDraft]:
    """Drafts, newest change first."""
    return db.many(RuleDraft, select(_d).order_by(_d.c.changed_at.desc(), _d.c.id).limit(limit))


# --- files ----------------------------------------------------------------------------------------------------------------------------


def save(db: Db, file: RuleDraftFile) -> bool:
    """Keep a text under its revision. False when somebody has taken that number."""
    return db.add_new(file, "draft", "path", "revision")


def current(db: Db, draft: str, path: str) -> RuleDraftFile | None:
    """The newest text of a file that was changed, or None."""
    return db.one(RuleDraftFile, select(_f).where(_f.c.draft == draft, _f.c.path == path).order_by(_f.c.revision.desc()).limit(1))


def changed(db: Db, draft: str) -> dict[str, RuleDraftFile]:
    """Path → newest text of every file that was changed."""
    statement = select(_f).where(_f.c.draft == draft, _f.c.revision == _newest).order_by(_f.c.path)
    return {one.path: one for one in db.many(RuleDraftFile, statement)}


def revisions(db: Db, draft: str, path: str) -> list[RuleDraftFile]:
    """Every saved text of a file, newest first."""
    return db.many(RuleDraftFile, select(_f).where(_f.c.draft == draft, _f.c.path == path).order_by(_f.c.revision.desc()))


def editors(db: Db, draft: str) -> set[str]:
    """Everybody who ever saved a text of a draft."""
    return set(db.run(select(_f.c.by).where(_f.c.draft == draft).distinct()).scalars())


# --- presence -------------------------------------------------------------------------------------------------------------------------


def here(db: Db, presence: RuleDraftPresence) -> None:
    """Note that somebody has a file open."""
    db.put(presence, "path", "at")


def others(db: Db, draft: str, person: str, *, since: datetime) -> list[RuleDraftPresence]:
    """Who else has been here since a moment."""
    statement = select(_p).where(_p.c.draft == draft, _p.c.person != person, _p.c.at >= since).order_by(_p.c.person)
    return db.many(RuleDraftPresence, statement)


def leave(db: Db, draft: str) -> None:
    """Forget who was here."""
    db.run(delete(_p).where(_p.c.draft == draft))


# --- reviews --------------------------------------------------------------------------------------------------------------------------


def add_review(db: Db, review: RuleReview) -> None:
    """Keep a new review."""
    db.add(review)


def reviews(db: Db, draft: str) -> list[RuleReview]:
    """Reviews of a draft, newest first."""
    return db.many(RuleReview, select(_r).where(_r.c.draft == draft).order_by(_r.c.submitted_at.desc(), _r.c.id))


def open_reviews(db: Db) -> list[tuple[RuleDraft, RuleReview]]:
    """What was handed in and nobody has decided on, oldest first, each with its draft."""
    found = db.many(RuleReview, select(_r).where(_r.c.status == "open").order_by(_r.c.submitted_at, _r.c.id))
    return [(get(db, one.draft), one) for one in found]


def change_review(db: Db, review: str, **changes: Any) -> None:
    """Set columns of a review (state, status, decided_by, decided_at, opinion)."""
    if unknown := set(changes) - {"state", "status", "decided_by", "decided_at", "opinion"}:
        raise TypeError(f"not a column that changes: {sorted(unknown)}")
    db.run(update(_r).where(_r.c.id == review).values(**changes))


# --- plays and runs -------------------------------------------------------------------------------------------------------------------


def add_play(db: Db, play: RulePlay) -> None:
    """Keep a new play."""
    db.add(play)


def play(db: Db, draft: str, play: str) -> RulePlay:
    """A play of a draft. Raises NotFound."""
    found = db.one(RulePlay, select(_y).where(_y.c.draft == draft, _y.c.id == play))
    if found is None:
        raise NotFound("没有这次试办。", todo="请返回草稿重新开始。")
    return found


def plays(db: Db, draft: str, *, limit: int = 20) -> list[RulePlay]:
    """Plays of a draft, newest first."""
    return db.many(RulePlay, select(_y).where(_y.c.draft == draft).order_by(_y.c.begun_at.desc(), _y.c.id).limit(limit))


def keep_story(db: Db, play: str, before: Mapping[str, Any], story: Mapping[str, Any]) -> bool:
    """Keep the story as it is now. False when somebody has gone on with it in between."""
    statement = update(_y).where(_y.c.id == play, _y.c.story == dict(before)).values(story=dict(story))
    return int(db.run(statement).rowcount) == 1


def add_run(db: Db, run: RuleRun) -> None:
    """Keep a new run."""
    db.add(run)


def newest_run(db: Db, draft: str) -> RuleRun | None:
    """The newest run of a draft, or None."""
    return db.one(RuleRun, select(_n).where(_n.c.draft == draft).order_by(_n.c.begun_at.desc(), _n.c.id).limit(1))


def running(db: Db, *, since: datetime) -> RuleRun | None:
    """A run that is under way and has been heard of since a moment, or None."""
    return db.one(RuleRun, select(_n).where(_n.c.ended_at.is_(None), _n.c.seen_at >= since).limit(1))


def run(db: Db, run: str) -> RuleRun:
    """A run. Raises NotFound."""
    found = db.one(RuleRun, select(_n).where(_n.c.id == run))
    if found is None:
        raise NotFound("没有这次运行。")
    return found


def change_run(db: Db, run: str, **changes: Any) -> None:
    """Set columns of a run (seen_at, done, total, ended_at, fault, result)."""
    if unknown := set(changes) - {"seen_at", "done", "total", "ended_at", "fault", "result"}:
        raise TypeError(f"not a column that changes: {sorted(unknown)}")
    db.run(update(_n).where(_n.c.id == run).values(**changes))
