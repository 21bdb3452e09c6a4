"""Which files make a rule set, their content address, and rule sets read from memory or from a folder."""

from __future__ import annotations

import hashlib
import re
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from threading import Lock

from adapters.library.reading import NATIONAL, parse, refuse
from domain.errors import NotFound
from domain.findings import Finding
from domain.rulesets import Ruleset

_KINDS = frozenset({".bpmn", ".dmn", ".json", ".yaml"})
_CODE = re.compile(r"[a-z][a-z0-9_]{0,40}")
_KEPT = 32
_known: OrderedDict[tuple[str, str], Ruleset] = OrderedDict()
_lock = Lock()


def bundle(files: Mapping[str, bytes], code: str) -> dict[str, bytes]:
    """The files that belong to the rule set of `code`: its own folder with scenarios, and national diagrams and forms.

    Holiday notices are not part of it: a new notice moves deadlines whatever version a case keeps.
    """
    return {path: files[path] for path in sorted(files) if _belongs(path, code)}


def digest(files: Mapping[str, bytes]) -> str:
    """Content address of a rule set: SHA-256 over sorted paths and contents; scenarios do not count, they prove and do not rule."""
    total = hashlib.sha256()
    for path in sorted(files):
        parts = PurePosixPath(path).parts
        if "scenarios" not in parts[1:-1]:
            total.update(f"{len(path.encode())}:{path}:".encode() + hashlib.sha256(files[path]).digest())
    return total.hexdigest()


def read(files: Mapping[str, bytes], code: str) -> Ruleset:
    """The rule set of `code` in `files` (paths such as `<code>/intake.bpmn`). Read once per content.

    Raises Unpublishable with every finding of every file.
    """
    own = bundle(files, code)
    key = (code, digest(own))
    with _lock:
        if (ruleset := _known.get(key)) is not None:
            _known.move_to_end(key)
    if ruleset is None:
        ruleset, faults = parse(own, code)
        if ruleset is None:
            raise refuse(faults, code)
        _keep(key, ruleset)
    return ruleset if ruleset.files == own else ruleset.model_copy(update={"files": own})


def _keep(key: tuple[str, str], ruleset: Ruleset) -> None:
    with _lock:
        _known[key] = ruleset
        while len(_known) > _KEPT:
            _known.popitem(last=False)


def inspect(files: Mapping[str, bytes], code: str) -> list[Finding]:
    """What `read` would find, as a list instead of a refusal."""
    own = bundle(files, code)
    ruleset, faults = parse(own, code)
    if ruleset is not None:
        _keep((code, digest(own)), ruleset)  # whoever asks what is wrong reads it next
    return faults.found


def load(root: Path, code: str) -> Ruleset:
    """The rule set in the folder `root`/`code`, with `root`/national. Raises NotFound, Unpublishable."""
    if code == NATIONAL or not _CODE.fullmatch(code) or not (root / code / "region.yaml").is_file():
        raise NotFound(f"没有代号为“{code}”的规则集。", todo="请检查代号，或先建立该地区的规则文件夹。")
    return read(files_of(root, code), code)


def files_of(root: Path, code: str) -> dict[str, bytes]:
    """Every file of `root`/`code` and `root`/national that belongs to the rule set, by its path within `root`."""
    found: dict[str, bytes] = {}
    for folder in (code, NATIONAL):
        for path in sorted((root / folder).rglob("*")):
            name = path.relative_to(root).as_posix()
            if path.suffix in _KINDS and _belongs(name, code) and path.is_file():
                found[name] = path.read_bytes()
    return found


def codes(root: Path) -> list[str]:
    """Jurisdictions in a library folder: subfolders with a region.yaml, in order, without national."""
    found = (path.parent.name for path in root.glob("*/region.yaml"))
    return sorted(code for code in found if code != NATIONAL and _CODE.fullmatch(code))


def _belongs(path: str, code: str) -> bool:
    parts = PurePosixPath(path)
    if parts.suffix not in _KINDS or ".." in parts.parts or len(parts.parts) not in (2, 3):
        return False
    folder = parts.parts[1] if len(parts.parts) == 3 else ""
    if parts.parts[0] == code:
        return folder in ("", "forms", "scenarios")
    return parts.parts[0] == NATIONAL and folder in ("", "forms") and not parts.name.startswith("holidays-")
