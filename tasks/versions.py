"""Rule-set versions (规则集版本): check, publish, read back. A version is the digest of its files; a case keeps the one it began under."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path

from adapters import clock, engine, forms, library
from adapters.database import Db, audit, rules
from adapters.database.tables import Version
from adapters.engine import gate
from domain.errors import NotFound, Unpublishable
from domain.findings import Finding
from domain.rulesets import Ruleset

_read: dict[str, Ruleset] = {}
_specs: dict[tuple[str, str], engine.Spec] = {}
KEPT = 64


def check(root: Path, code: str) -> list[Finding]:
    """Everything that stands against publishing the folder `code`, and what is worth a second look; in file order."""
    return check_files(library.files_of(root, code), code)


def check_files(files: Mapping[str, bytes], code: str, *, walks: bool = True) -> list[Finding]:
    """The same for files from anywhere. `walks`: with the dry run, which takes longer than a person wants to wait while drawing."""
    findings = library.inspect(files, code)
    if any(one.level == "错误" for one in findings):
        return findings
    bundle = library.bundle(files, code)
    ruleset = library.read(bundle, code)
    return findings + library.check(ruleset) + _forms(ruleset) + gate.check(bundle, gate.Context.of(ruleset), walks=walks)


def _forms(ruleset: Ruleset) -> list[Finding]:
    return [
        Finding(file=f"{ruleset.code}/forms/{name}.json", element=None, code="form", what=words, todo="请按《编写流程》的表单一节修改。")
        for name, schema in ruleset.forms.items()
        for words in forms.check_schema(schema)
    ]


def publish(
    db: Db,
    root: Path,
    code: str,
    *,
    by: str,
    now: datetime,
    note: str = "",
    legal_basis: str = "",
    effective_on: date | None = None,
    checked: bool = True,
) -> Version:
    """Publish the folder `code` as a version. Content that is in force already answers its version; an earlier one comes back into force.

    Raises Unpublishable with the findings. `checked=False` only where the same files just passed `check` (scenarios play
    hundreds of times).
    """
    found = library.files_of(root, code)
    return publish_files(db, found, code, by=by, now=now, note=note, legal_basis=legal_basis, effective_on=effective_on, checked=checked)


def publish_files(
    db: Db,
    given: Mapping[str, bytes],
    code: str,
    *,
    by: str,
    now: datetime,
    name: str = "",
    note: str = "",
    legal_basis: str = "",
    effective_on: date | None = None,
    created_by: str = "",
    checked: bool = True,
) -> Version:
    """The same for files from anywhere: a draft, a bundle. `created_by`: who wrote it, where somebody else publishes."""
    files = library.bundle(given, code)
    ruleset = library.read(files, code)
    if checked:
        wrong = [one for one in check_files(files, code) if one.level == "错误"]
        if wrong:
            raise Unpublishable(f"{ruleset.name}的规则集有 {len(wrong)} 处错误，不能发布。", wrong)
    digest = library.digest(files)
    version = Version(
        id=digest,
        jurisdiction=code,
        name=name or f"{ruleset.name} {now:%Y-%m-%d %H:%M}",
        status="published",
        created_by=created_by or by,
        created_at=now,
        published_by=by,
        published_at=now,
        note=note,
        legal_basis=legal_basis or ruleset.catalogue.title,
        effective_on=effective_on or now.date(),
        manifest=rules.keep_files(db, files),
    )
    if not rules.add(db, version):
        latest = rules.published(db, code)
        if latest is not None and latest.id == digest and latest.manifest == version.manifest:
            return latest
        rules.change(db, digest, manifest=version.manifest)  # its scenarios may be new ones
        _read.pop(digest, None)
        again = {"name": version.name, "note": note, "legal_basis": version.legal_basis, "effective_on": version.effective_on}
        rules.change(db, digest, status="published", published_by=by, published_at=now, **again)
        version = rules.get(db, digest)
    audit.append(
        db,
        at=now,
        actor=by,
        act="publish",
        target=digest,
        version=digest,
        body={"jurisdiction": code, "note": note, "legal_basis": version.legal_basis, "manifest": dict(version.manifest)},
    )
    return version


def ruleset(db: Db, version: str) -> Ruleset:
    """The rule set of a version, read once per process. Raises NotFound."""
    known = _read.get(version)
    if known is None:
        row = rules.get(db, version)
        known = library.read(rules.files(db, version), row.jurisdiction)
        if len(_read) >= KEPT:
            _read.pop(next(iter(_read), version), None)  # another thread may have been here
        _read[version] = known
    return known


def current(db: Db, code: str) -> tuple[Version, Ruleset]:
    """The version under which new cases of a jurisdiction begin today. Raises NotFound."""
    version = rules.published(db, code, clock.today())
    if version is None:
        raise NotFound(f"地区 {code} 还没有发布规则集。", todo="请先由流程管理员检查并发布。")
    return version, ruleset(db, version.id)


def forget() -> None:
    """Drop everything read so far, as a restart would."""
    _read.clear()
    _specs.clear()


def spec(version: str, ruleset: Ruleset, process: str) -> engine.Spec:
    """The executable form of one process of a version."""
    known = _specs.get((version, process))
    if known is None:
        if len(_specs) >= KEPT:
            _specs.pop(next(iter(_specs)), None)
        known = _specs[version, process] = engine.compile(ruleset.files, process)
    return known
