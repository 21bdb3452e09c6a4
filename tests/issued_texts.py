"""Fingerprints of the issued texts of the regulations, so that no sentence of theirs is copied into the project unnoticed.

The texts themselves stay with their issuers. `issued_texts.bin` holds 40-bit hashes of chosen runs of 24 Chinese characters; nothing
can be read back from them. Of any 7 neighbouring runs at least one is chosen (winnowing, Schleimer et al. 2003), so a copy of
30 Chinese characters or more is always found, punctuation aside. Renew: `python tests/issued_texts.py TEXT...`
"""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path

STORE = Path(__file__).with_name("issued_texts.bin")
RUN, WINDOW, BYTES = 24, 7, 5
CHINESE = re.compile(r"[\u4e00-\u9fff]")
LISTED = re.compile(r"、|,|\n\s*- ")


def runs(text: str) -> Iterator[tuple[int, int, bytes]]:
    """Every run of 24 Chinese characters: where it begins and ends in `text`, and its hash."""
    places = [match.start() for match in CHINESE.finditer(text)]
    letters = "".join(text[place] for place in places)
    for first in range(len(letters) - RUN + 1):
        digest = hashlib.sha256(letters[first : first + RUN].encode()).digest()[:BYTES]
        yield places[first], places[first + RUN - 1] + 1, digest


def chosen(text: str) -> set[bytes]:
    """The fingerprints that stand for `text`: the smallest hash of every 7 neighbours."""
    hashes = [digest for _, _, digest in runs(text)]
    return {min(hashes[first : first + WINDOW]) for first in range(max(len(hashes) - WINDOW + 1, 0))}


def load() -> frozenset[bytes]:
    """The stored fingerprints."""
    blob = STORE.read_bytes()
    return frozenset(blob[first : first + BYTES] for first in range(0, len(blob), BYTES))


def copied(text: str, known: frozenset[bytes]) -> list[str]:
    """Pieces of `text` that stand word for word in an issued text. A mere list of names (offices, documents) is not a sentence."""
    pieces = (text[begin:end] for begin, end, digest in runs(text) if digest in known)
    return [piece for piece in pieces if len(LISTED.findall(piece)) < 2]


def main(paths: list[str]) -> None:
    """Write the store anew from the given texts."""
    fingerprints = set().union(*(chosen(Path(path).read_text("utf-8")) for path in paths))
    STORE.write_bytes(b"".join(sorted(fingerprints)))
    print(f"{len(fingerprints)} fingerprints of {len(paths)} texts")


if __name__ == "__main__":
    main(sys.argv[1:])
