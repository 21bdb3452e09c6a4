"""What a story says by ids, in the words people know: steps, offices and procedures by their names (页面上的场景差异)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from domain.rulesets import Ruleset
from tasks.casefile import STATUSES

_ID = re.compile(r"(?<![\w./=-])([a-z][a-z0-9_]*)(?![\w./(=])")
_AGAIN = re.compile(r"(?<=”)（([a-z][a-z0-9_]*)）")


def names(ruleset: Ruleset) -> Mapping[str, str]:
    """Id → name; where an id stands for several things, the place's own step counts before its office and before shared parts."""
    own = f"{ruleset.code}/"
    found: dict[str, str] = dict(STATUSES)
    found |= {one.id: one.name for one in ruleset.offices.values()}
    for one in sorted(ruleset.procedures.values(), key=lambda each: each.file.startswith(own)):
        found[one.code] = one.title or one.name
        found |= {element.id: element.name for element in one.elements.values() if element.name}
    return found


def named(ruleset: Ruleset, words: str) -> str:
    """A line with the ids in it as names in quotes; an id that only repeats the name before it goes away."""
    known = names(ruleset)

    def name(found: re.Match[str]) -> str:
        said = known.get(found[1])
        quoted = words[: found.start()].endswith("“")
        return found[1] if said is None else said if quoted or found[1] in STATUSES else f"“{said}”"

    words = _AGAIN.sub(lambda found: "" if found[1] in known else found[0], words)
    return _ID.sub(name, words)
