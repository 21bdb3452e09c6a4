"""What a file says, as facts that can be compared: element → aspect → words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(slots=True)
class Facts:
    """One element. `aspects` of `looks` change nothing that cases do; `place` is where it stands on the sheet."""

    title: str
    kind: str  #: 步骤, 网关, 决策行…
    aspects: Mapping[str, str]
    looks: frozenset[str] = frozenset()
    place: tuple[float, ...] = ()
    behaves: bool = True  #: False: adding or removing it changes nothing that cases do
    words: str = ""  #: what is told when it is added or removed
    rest: str = ""  #: everything that behaves, in one text: a difference in it is told even where no aspect differs


@dataclass(slots=True)
class Said:
    """Everything a file says, by element."""

    elements: dict[str, Facts] = field(default_factory=dict)


NAME, CLAUSES, NOTE = "名称", "依据条款", "说明"
LOOKS = frozenset({NAME, CLAUSES, NOTE})
