"""What the server's checks take: while somebody draws (after each change), and with the dry run before publishing."""

from __future__ import annotations

import time
from dataclasses import dataclass
from statistics import median

from adapters import library
from adapters.settings import SHIPPED
from tasks import versions


@dataclass(frozen=True)
class Checked:
    """One place: how much there is to look at, and milliseconds."""

    name: str
    files: int
    largest: str  #: file name of the largest diagram
    nodes: int
    drawing_ms: float
    publishing_ms: float


def run(*, rounds: int) -> list[Checked]:
    """Every shipped place. Each round changes the largest diagram, so that nothing read before can be used again."""
    return [_place(code, rounds) for code in library.codes(SHIPPED)]


def _place(code: str, rounds: int) -> Checked:
    files = library.bundle(library.files_of(SHIPPED, code), code)
    ruleset = library.read(files, code)
    process = max((one for one in ruleset.procedures.values() if one.file.startswith(f"{code}/")), key=lambda one: len(one.elements))

    def took(number: int, walks: bool) -> float:
        changed = files | {process.file: files[process.file] + f"<!-- {number} -->".encode()}
        begun = time.perf_counter()
        versions.check_files(changed, code, walks=walks)
        return (time.perf_counter() - begun) * 1000

    drawing = [took(number, walks=False) for number in range(rounds)]
    publishing = [took(number + rounds, walks=True) for number in range(max(1, rounds // 2))]
    name = process.file.rpartition("/")[2]
    return Checked(ruleset.name, len(files), name, len(process.elements), median(drawing), median(publishing))
