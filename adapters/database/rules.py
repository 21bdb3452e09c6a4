"""Rule sets (规则集) as stored: files by their hash, versions with their manifest, settings with their history."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, func, insert, or_, select, update

from adapters.database.connect import Db
from adapters.database.prepared import Prepared
from adapters.database.tables import Blob, Case, SettingValue, Version
from domain.errors import NotFound

_b = Blob.table
_c = Case.table
_v = Version.table
_s = SettingValue.table
_CHANGES = {"name", "status", "published_by", "published_at", "note", "legal_basis", "effective_on", "released_on", "manifest"}
_next = select(func.coalesce(func.max(_s.c.seq), 0) + 1).where(_s.c.jurisdiction == bindparam("where"), _s.c.id == bindparam("which"))
_alias = _s.alias("later")
_newest = select(func.max(_alias.c.seq)).where(_alias.c.jurisdiction == _s.c.jurisdiction, _alias.c.id == _s.c.id).scalar_subquery()


_standing = select(_v).where(_v.c.jurisdiction == bindparam("where"), _v.c.status == "published").limit(1)
_newly = (_v.c.published_at.desc(), _v.c.id)
_begun = or_(_v.c.effective_on.is_(None), _v.c.effective_on <= bindparam("day"))
_last = Prepared(_standing.order_by(*_newly))
_last_begun = Prepared(_standing.where(_begun).order_by(*_newly))
_first_to_begin = Prepared(_standing.order_by(_v.c.effective_on, *_newly))
_by_id = Prepared(select(_v).where(_v.c.id == bindparam("id")))
_all_of = Prepared(select(_v).where(_v.c.jurisdiction == bindparam("where")).order_by(_v.c.created_at.desc(), _v.c.id))


def sm3(content: bytes) -> str:
    """SM3 of a file, as 64 hexadecimal digits."""
    return hashlib.new("sm3", content).hexdigest()


def keep_files(db: Db, files: Mapping[str, bytes]) -> dict[str, str]:
    """Keep files, each content once; answers the manifest: path → hash."""
    manifest = {path: sm3(content) for path, content in sorted(files.items())}
    by_hash = {manifest[path]: content for path, content in files.items()}
    known = set(db.run(select(_b.c.hash).where(_b.c.hash.in_(tuple(by_hash)))).scalars())
    for key, content in by_hash.items():
        if key not in known:
            db.add_new(Blob(hash=key, content=content, size=len(content)), "hash")
    return manifest


def files(db: Db, version: str) -> dict[str, bytes]:
    """Path → content of a version. Raises NotFound."""
    manifest = get(db, version).manifest
    found = {row.hash: row.content for row in db.run(select(_b.c.hash, _b.c.content).where(_b.c.hash.in_(tuple(set(manifest.values())))))}
    return {path: found[key] for path, key in manifest.items()}


def blob(db: Db, key: str) -> bytes:
    """A file by its hash. Raises NotFound."""
    found = db.run(select(_b.c.content).where(_b.c.hash == key)).scalar_one_or_none()
    if found is None:
        raise NotFound("没有这个文件。")
    return bytes(found)


def add(db: Db, version: Version) -> bool:
    """Keep a version. False when one with the same content is there already."""
    return db.add_new(version, "id")


def change(db: Db, version: str, **changes: Any) -> None:
    """Set columns of a version (all but its id, place and origin). The manifest may change in scenarios only: the id leaves them out."""
    if unknown := set(changes) - _CHANGES:
        raise TypeError(f"not a column that changes: {sorted(unknown)}")
    db.run(update(_v).where(_v.c.id == version).values(**changes))


def find(db: Db, version: str) -> Version | None:
    """A version, or None."""
    return db.one(Version, _by_id, {"id": version})


def get(db: Db, version: str) -> Version:
    """A version. Raises NotFound."""
    found = find(db, version)
    if found is None:
        raise NotFound("没有找到该规则集版本。", todo="请返回版本列表重新选择。")
    return found


def published(db: Db, jurisdiction: str, day: date | None = None) -> Version | None:
    """The version under which new cases of a jurisdiction begin: the last one published and not withdrawn.

    With `day` the last one in effect on it; where none is yet, the one that takes effect first.
    """
    if day is None:
        return db.one(Version, _last, {"where": jurisdiction})
    found = db.one(Version, _last_begun, {"where": jurisdiction, "day": day})
    return found or db.one(Version, _first_to_begin, {"where": jurisdiction})


def versions(db: Db, jurisdiction: str) -> list[Version]:
    """All versions of a jurisdiction, newest first."""
    return db.many(Version, _all_of, {"where": jurisdiction})


def running(db: Db, jurisdiction: str) -> dict[str, int]:
    """Version → how many cases of a jurisdiction run on it."""
    open_cases = select(_c.c.version, func.count()).where(
        _c.c.jurisdiction == jurisdiction, _c.c.status.not_in(("completed", "terminated"))
    )
    return {version: int(count) for version, count in db.run(open_cases.group_by(_c.c.version))}


def jurisdictions(db: Db) -> list[str]:
    """Codes of the jurisdictions that have a published version."""
    return list(db.run(select(_v.c.jurisdiction).where(_v.c.status == "published").distinct().order_by(_v.c.jurisdiction)).scalars())


def set_setting(db: Db, jurisdiction: str, setting: str, value: Any, *, by: str, at: datetime) -> None:
    """Give a setting a value; earlier ones stay as history."""
    row = {"jurisdiction": jurisdiction, "id": setting, "value": value, "set_by": by, "at": at, "where": jurisdiction, "which": setting}
    db.run(insert(_s).values(seq=_next.scalar_subquery()), row)


def settings(db: Db, jurisdiction: str) -> dict[str, Any]:
    """Setting → the value given last; settings never given are absent."""
    statement = select(_s.c.id, _s.c.value).where(_s.c.jurisdiction == jurisdiction, _s.c.seq == _newest)
    return {row.id: row.value for row in db.run(statement)}


def setting_history(db: Db, jurisdiction: str, setting: str | None = None) -> Sequence[SettingValue]:
    """Every value given, newest first."""
    statement = select(_s).where(_s.c.jurisdiction == jurisdiction)
    if setting is not None:
        statement = statement.where(_s.c.id == setting)
    return db.many(SettingValue, statement.order_by(_s.c.at.desc(), _s.c.id, _s.c.seq.desc()))
