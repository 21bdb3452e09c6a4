"""Records of one case and how a diagram's questions find them: nearest call scope first, then outward, then anywhere in the case."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Record:
    """Something that was concluded: a form handed in, a message received, a table row that fired. `seq` orders all of one case."""

    seq: int
    step: str
    scope: str
    activation: str
    outcome: str | None
    at: datetime
    answers: Mapping[str, Any] = field(default_factory=dict)
    vote: bool = False  #: one opinion of a multi-instance step; not a conclusion by itself
    person: str | None = None
    party: str | None = None  #: office for which it was given
    kind: str = "form"  #: form | message | table


def split_path(path: str) -> tuple[str, str]:
    """`"admission/review/expert_opinion"` → `("admission/review", "expert_opinion")`."""
    scope, _, step = path.rpartition("/")
    return scope, step


def nearest(records: Iterable[Record], path: str, scope: str) -> tuple[Record, ...]:
    """All records that `path` means when asked within `scope`, oldest first.

    Lexical: the own call scope wins, then each enclosing one. A name found in no enclosing scope is looked for anywhere in
    the case, so that
    the acceptance part may ask what the delivery part signed; the scope with the latest record then answers.
    """
    inner, step = split_path(path)
    named = [record for record in records if record.step == step]
    for outer in enclosing(scope):
        wanted = "/".join(part for part in (outer, inner) if part)
        found = tuple(record for record in named if record.scope == wanted)
        if found:
            return found
    rest = [record for record in named if not inner or record.scope == inner or record.scope.endswith("/" + inner)]
    if not rest:
        return ()
    last = max(rest, key=lambda record: record.seq).scope
    return tuple(record for record in rest if record.scope == last)


def enclosing(scope: str) -> Iterator[str]:
    """The scope itself, then each enclosing one, ending with the top `""`.

    >>> list(enclosing("admission/review"))
    ['admission/review', 'admission', '']
    """
    while scope:
        yield scope
        scope = scope.rpartition("/")[0]
    yield ""


def latest_round(records: Sequence[Record]) -> tuple[Record, ...]:
    """The votes of the newest activation among `records`, in the order they were given."""
    votes = [record for record in records if record.vote]
    if not votes:
        return ()
    newest = max(votes, key=lambda record: record.seq).activation
    return tuple(record for record in votes if record.activation == newest)
