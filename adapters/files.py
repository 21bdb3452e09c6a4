"""Attachments (附件) on disk: named by their SM3, written once, never trusted.

A file is streamed to a temporary name while its size and hash are counted, synced, and moved to its place; a refused one leaves
nothing behind.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import tempfile
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from domain.errors import BadUpload, NotFound

LARGEST = 200 * 1024 * 1024
HEAD = 4096
INCOMING = ".incoming-"
FORGOTTEN = 24 * 3600.0  #: seconds after which no upload is still on its way
LARGEST_DIRECTORY = 4 * 1024 * 1024  #: table of contents of a zip: 10,000 members with long names
_TAIL = 22 + 65_535 + 76  #: where a zip says how large that table is
_UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*\u200b-\u200f\u202a-\u202e\u2066-\u2069]')

#: how a kind of file begins, what it is, and which endings it may have
KINDS: tuple[tuple[bytes, str, frozenset[str]], ...] = (
    (b"%PDF-", "application/pdf", frozenset({"pdf"})),
    (b"\x89PNG\r\n\x1a\n", "image/png", frozenset({"png"})),
    (b"\xff\xd8\xff", "image/jpeg", frozenset({"jpg", "jpeg"})),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage", frozenset({"doc", "xls", "ppt", "wps", "et", "dps"})),
    (b"PK\x03\x04", "application/zip", frozenset({"docx", "xlsx", "pptx", "ofd", "zip"})),
    (b"AC10", "image/vnd.dwg", frozenset({"dwg"})),
)
TEXTS = frozenset({"txt", "csv"})


@dataclass(frozen=True, slots=True)
class Stored:
    """A file that was taken. `stored` is its name in the store, `name` the cleaned name people see."""

    stored: str
    name: str
    media: str
    size: int
    sm3: str


class FileStore:
    """A folder of attachments."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def keep(self, name: str, chunks: Iterable[bytes]) -> Stored:
        """Take a file. Raises BadUpload for an empty, too large, disguised or active one; then nothing is kept."""
        self.root.mkdir(parents=True, exist_ok=True)
        shown = clean_name(name)
        digest, size, head = hashlib.new("sm3"), 0, b""
        handle, path = tempfile.mkstemp(dir=self.root, prefix=INCOMING)
        try:
            self._sweep(os.fstat(handle).st_mtime - FORGOTTEN)
            with os.fdopen(handle, "wb") as file:
                for chunk in chunks:
                    size += len(chunk)
                    if size > LARGEST:
                        raise BadUpload(f"文件“{shown}”超过 {LARGEST // 1024 // 1024} MB。", todo="请压缩或拆分后再上传。")
                    if len(head) < HEAD:
                        head += chunk[: HEAD - len(head)]
                    digest.update(chunk)
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            media = kind_of(shown, head, size, Path(path))
            sm3 = digest.hexdigest()
            place = self._place(sm3)
            place.parent.mkdir(parents=True, exist_ok=True)
            os.replace(path, place)
            _sync(place.parent)
        except BaseException:
            Path(path).unlink(missing_ok=True)
            raise
        return Stored(sm3, shown, media, size, sm3)

    def read(self, stored: str) -> Iterator[bytes]:
        """The content in pieces. Raises NotFound; a damaged file is told by `verify`, not here."""
        place = self._place(stored)
        if not place.is_file():
            raise NotFound("附件文件不在存储中。", todo="请联系运维人员从备份恢复。")
        with place.open("rb") as file:
            while chunk := file.read(1 << 20):
                yield chunk

    def verify(self, stored: str) -> bool:
        """Whether the file is there and unchanged."""
        place = self._place(stored)
        if not place.is_file():
            return False
        digest = hashlib.new("sm3")
        for chunk in self.read(stored):
            digest.update(chunk)
        return digest.hexdigest() == stored

    def _sweep(self, before: float) -> None:
        """Remove what a power cut in the middle of an upload left behind."""
        for one in self.root.glob(f"{INCOMING}*"):
            with contextlib.suppress(FileNotFoundError):
                if one.stat().st_mtime < before:
                    one.unlink()

    def _place(self, stored: str) -> Path:
        if not re.fullmatch(r"[0-9a-f]{64}", stored):
            raise NotFound("没有这个附件。")
        return self.root / stored[:2] / stored


def clean_name(name: str) -> str:
    """A name that is safe to show and to save under: no paths, control or direction characters, at most 120 characters.

    >>> clean_name("../../合同\\u202e.fdp")
    '合同.fdp'
    """
    text = unicodedata.normalize("NFC", name.replace("\\", "/").rsplit("/", 1)[-1])
    text = _UNSAFE.sub("", text).strip(" .")
    stem, dot, ending = text.rpartition(".")
    text = f"{stem[:110]}{dot}{ending[:10]}" if dot else text[:120]
    return text or "附件"


def kind_of(name: str, head: bytes, size: int, path: Path) -> str:
    """The media type by content, checked against the ending. Raises BadUpload."""
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    if size == 0:
        raise BadUpload(f"文件“{name}”是空的（0 字节）。", todo="请确认文件内容后重新上传。")
    for begins, media, endings in KINDS:
        if head.startswith(begins):
            if ending not in endings:
                raise BadUpload(f"文件“{name}”的内容与扩展名不符。", todo="请用原来的扩展名保存后再上传。")
            if media == "application/zip":
                _check_zip(name, path)
            return media
    if ending in TEXTS and b"\0" not in head and not re.search(rb"<\s*(script|html|svg)", head, re.IGNORECASE):
        return "text/plain"
    if any(ending in endings for _, _, endings in KINDS):
        raise BadUpload(f"文件“{name}”的内容与扩展名不符，或者已经损坏。", todo="请先打开确认，再用原来的软件另存后上传。")
    raise BadUpload(f"不能上传“{name}”这种文件。", todo="可以上传 PDF、OFD、Word、Excel、PPT、WPS、图片、DWG、TXT、CSV 和 ZIP。")


def _check_zip(name: str, path: Path) -> None:
    if _directory_size(path) > LARGEST_DIRECTORY:  # reading it takes a hundred times as much memory
        raise BadUpload(f"文件“{name}”里的文件过多。", todo="请减少内容后再上传。")
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise BadUpload(f"文件“{name}”已损坏，打不开。", todo="请重新保存后上传。") from error
    if len(members) > 10_000 or sum(one.file_size for one in members) > 20 * LARGEST:
        raise BadUpload(f"文件“{name}”解压后过大。", todo="请减少内容后再上传。")
    if any(one.filename.lower().endswith(("vbaproject.bin", ".exe", ".js", ".vbs", ".bat", ".html", ".svg")) for one in members):
        raise BadUpload(f"文件“{name}”含有宏或可执行内容。", todo="请另存为不含宏的文件后再上传。")


def _directory_size(path: Path) -> int:
    """The bytes of a zip's table of contents as `zipfile` would believe it: by the record at the end, or the larger one before it."""
    with path.open("rb") as file:
        tail_at = max(0, file.seek(0, os.SEEK_END) - _TAIL)
        file.seek(tail_at)
        tail = file.read()
    end = len(tail) - 22 if tail[-22:-18] == b"PK\x05\x06" and tail[-2:] == b"\0\0" else tail.rfind(b"PK\x05\x06")
    if end < 0 or len(tail) < end + 22:
        return 0  # no zip: said when it is opened
    size = int.from_bytes(tail[end + 12 : end + 16], "little")
    wide = end - 76  # the record of a large archive, with its locator behind it
    if wide >= 0 and tail[wide : wide + 4] == b"PK\x06\x06":
        size = max(size if size != 0xFFFFFFFF else 0, int.from_bytes(tail[wide + 40 : wide + 48], "little"))
    return size


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
