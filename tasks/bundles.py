"""One place's rules as one signed file (规则包): a zip with its manifest of hashes, signed by the installation that made it.

What comes in goes through the same checks into a draft, and is published by two people like any other.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from adapters import library, signing
from adapters.database import Db, audit, authoring, ids, rules
from adapters.database.tables import RuleDraft
from domain.errors import BadUpload
from tasks import drafts

FORMAT = 1
MANIFEST, SIGNATURE, FOLDER = "manifest.json", "signature", "files/"
LARGEST = 30_000_000  #: bytes of a bundle, and ten times as many of what is in it
MOST_FILES = 1_200
_WHOLE = (2020, 1, 1, 0, 0, 0)  #: the same rules make the same bytes
_CODE = re.compile(r"[a-z][a-z0-9_]{0,40}")


@dataclass(frozen=True, slots=True)
class Opened:
    """A bundle that was read and is whole."""

    manifest: Mapping[str, Any]
    files: Mapping[str, bytes]
    signer: str
    own: bool  #: signed by this very installation

    @property
    def code(self) -> str:
        """The place."""
        return str(self.manifest["jurisdiction"])


@dataclass(frozen=True, slots=True)
class Imported:
    """The draft a bundle became. `passed_over`: national files that differ here and were left as they are."""

    draft: RuleDraft
    opened: Opened
    passed_over: tuple[str, ...]


def pack(db: Db, version_id: str, folder: Path, *, by: str, now: datetime) -> tuple[str, bytes]:
    """(file name, bytes) of a version as a signed bundle. `folder` holds the installation's key."""
    version = rules.get(db, version_id)
    files = rules.files(db, version.id)
    manifest = {
        "format": FORMAT,
        "jurisdiction": version.jurisdiction,
        "version": version.id,
        "name": version.name,
        "legal_basis": version.legal_basis,
        "effective_on": version.effective_on.isoformat() if version.effective_on else None,
        "note": version.note,
        "exported_at": now.isoformat(timespec="seconds"),
        "files": {
            path: {"sm3": rules.sm3(content), "sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
            for path, content in sorted(files.items())
        },
    }
    text = json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True).encode()
    key, signature = signing.sign(folder, text)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        parts = {MANIFEST: text, SIGNATURE: json.dumps({"key": key, "signature": signature}).encode()}
        for name, content in {**parts, **{FOLDER + path: content for path, content in files.items()}}.items():
            archive.writestr(zipfile.ZipInfo(name, _WHOLE), content, zipfile.ZIP_DEFLATED)
    audit.append(db, at=now, actor=by, act="bundle-exported", target=version.id, body={"signer": signing.fingerprint(key)})
    return f"{version.jurisdiction}-{version.id[:12]}.zip", made.getvalue()


def unpack(data: bytes, folder: Path) -> Opened:
    """A bundle with everything in it checked. Raises BadUpload for one that is damaged, changed, disguised or too large."""
    if len(data) > LARGEST:
        raise BadUpload(f"规则包大于 {LARGEST // 1_000_000} MB，没有导入。", todo="请核对是否选错了文件。")
    parts = _parts(data)
    try:
        signature, manifest = json.loads(parts.pop(SIGNATURE)), json.loads(text := parts.pop(MANIFEST))
        key, listed, code = str(signature["key"]), dict(manifest["files"]), str(manifest["jurisdiction"])
        sound = manifest["format"] == FORMAT and _CODE.fullmatch(code) is not None and code != "national"
    except (KeyError, ValueError, TypeError, RecursionError) as error:
        raise BadUpload("文件不是规则包，或者已损坏。", todo="请使用“规则版本”页面导出的文件。") from error
    if not sound:
        raise BadUpload("规则包的格式不是本系统能读的。", todo="请用同一版本的系统重新导出。")
    if not signing.genuine(text, key, str(signature.get("signature"))):
        raise BadUpload("规则包的签名不对，内容可能被改动过，没有导入。", todo="请向提供单位重新索取。")
    files = {name.removeprefix(FOLDER): content for name, content in parts.items() if name.startswith(FOLDER)}
    if len(files) != len(parts) or set(files) != set(listed) or library.bundle(files, code) != files:
        raise BadUpload("规则包里的文件与清单不一致，没有导入。", todo="请向提供单位重新索取。")
    for path, content in files.items():
        said = listed[path] if isinstance(listed[path], dict) else {}
        if said.get("sm3") != rules.sm3(content) or said.get("sha256") != hashlib.sha256(content).hexdigest():
            raise BadUpload(f"规则包里的 {path[:80]} 与清单的校验码不符，没有导入。", todo="请向提供单位重新索取。")
    return Opened(manifest, files, signing.fingerprint(key), key == signing.public(folder))


def _parts(data: bytes) -> dict[str, bytes]:
    """Name → content, never more than is allowed, whatever the file says about itself."""
    found: dict[str, bytes] = {}
    left = 10 * LARGEST
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = archive.infolist()
            if len(infos) > MOST_FILES:
                raise BadUpload(f"规则包里多于 {MOST_FILES} 个文件，没有导入。", todo="请核对是否选错了文件。")
            for info in infos:
                if info.filename in found or info.flag_bits & 1:
                    raise BadUpload("规则包里有重名或加密的文件，没有导入。", todo="请向提供单位重新索取。")
                with archive.open(info) as part:
                    content = part.read(drafts.LARGEST + 1)
                left -= len(content)
                if len(content) > drafts.LARGEST or left < 0:
                    raise BadUpload("规则包里的文件过大，没有导入。", todo="请核对是否选错了文件。")
                found[info.filename] = content
    except (
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        zlib.error,
        NotImplementedError,
        EOFError,
        OSError,
        ValueError,
        RuntimeError,
    ) as error:
        raise BadUpload("文件不是规则包，或者已损坏。", todo="请使用“规则版本”页面导出的文件。") from error
    return found


def take_in(db: Db, data: bytes, folder: Path, *, by: str, now: datetime) -> Imported:
    """Make a draft of a bundle. Raises BadUpload."""
    opened = unpack(data, folder)
    newest = rules.published(db, opened.code)
    title = f"导入：{' '.join(str(opened.manifest.get('name') or opened.code).split())}"[:80]
    base = newest.id if newest is not None else None
    draft = RuleDraft(id=ids.new(), jurisdiction=opened.code, title=title, base=base, opened_by=by, opened_at=now, changed_at=now)
    authoring.add(db, draft)
    before = drafts.base_files(db, draft)
    drafts.replace(db, draft, opened.files, by=by, now=now)
    passed = [one for one in opened.files if base and one.startswith(drafts.NATIONAL) and before.get(one) != opened.files[one]]
    body = {"signer": opened.signer, "own": opened.own, "version": str(opened.manifest.get("version"))}
    audit.append(db, at=now, actor=by, act="bundle-imported", target=draft.id, body=body)
    return Imported(draft, opened, tuple(passed))
