"""Expert panels (专家组): a draw that anyone can replay from its record, with recusal (回避).

The order of the draw is the order of SM3(seed ‖ expert id): no generator state, no library behaviour; `openssl dgst -sm3` is enough to
check it. Source: JJ-08.1-panel (随机抽选与定向选取相结合), JX-18-pool, YJ-07-review.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence

from pydantic import BaseModel, ConfigDict

from domain.errors import BadPanel


class Expert(BaseModel):
    """One expert of the pool (专家库)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    name: str
    employer: str  #: unit the expert works for; recusal compares it with the project's units
    pool: str = "普通"
    field: str = ""
    person: str | None = None  #: account, when the expert has one


class Panel(BaseModel):
    """A panel and everything needed to draw it again."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seed: str  #: hexadecimal
    pool: tuple[str, ...]  #: ids that could be drawn, sorted
    excluded: tuple[tuple[str, str], ...]  #: (id, reason in Chinese)
    named: tuple[str, ...]
    drawn: tuple[str, ...]

    @property
    def members(self) -> tuple[str, ...]:
        """Named first, then drawn, in the order of the draw."""
        return self.named + self.drawn

    @property
    def pool_hash(self) -> str:
        """SM3 over the sorted pool, for the record."""
        return sm3("\n".join(self.pool))


def sm3(text: str) -> str:
    """SM3 of UTF-8 text, hexadecimal."""
    return hashlib.new("sm3", text.encode()).hexdigest()


def order(pool: Iterable[str], seed: str) -> list[str]:
    """The pool in the order of the draw.

    >>> order(["a", "b", "c"], "00") == order(["c", "a", "b"], "00")
    True
    """
    return sorted(pool, key=lambda one: (sm3(seed + one), one))


def recusals(experts: Sequence[Expert], units: Collection[str], people: Collection[str], staff: Collection[str] = ()) -> dict[str, str]:
    """Experts who must stay away: expert id → reason.

    `units`: names of the applicant and co-builders; `staff`: accounts that belong there, whatever employer the pool has on record;
    `people`: accounts that already acted.
    """
    out: dict[str, str] = {}
    for one in experts:
        if one.employer in units:
            out[one.id] = f"任职于项目单位“{one.employer}”，应当回避"
        elif one.person is not None and one.person in staff:
            out[one.id] = "在项目单位任职，应当回避"
        elif one.person is not None and one.person in people:
            out[one.id] = "已在本项目中办理过其他环节，应当回避"
    return out


def draw(
    experts: Sequence[Expert],
    *,
    size: int,
    named: Sequence[str],
    seed: str,
    excluded: Collection[tuple[str, str]] = (),
    pool: str | None = None,
    clause: str | None = None,
) -> Panel:
    """Draw `size − len(named)` experts at random beside the named ones.

    `excluded` are recusals (id, reason); `pool` limits the random part to experts of that pool. Raises BadPanel when a named expert
    must stay away, is unknown or named twice, or when the pool is too small. `clause` is cited in the refusal.
    """
    known = {one.id: one for one in experts}
    barred = dict(excluded)
    for one in named:
        if one not in known:
            raise BadPanel(f"定向专家“{one}”不在专家库中。", todo="请从专家库中重新选取。", clause=clause)
        if one in barred:
            raise BadPanel(f"定向专家{known[one].name}{barred[one]}。", todo="请改选其他专家。", clause=clause)
    if len(set(named)) != len(named):
        raise BadPanel("同一位专家被定向选取了两次。", todo="请删去重复的一次。", clause=clause)
    if len(named) > size:
        raise BadPanel(f"定向专家 {len(named)} 人，多于专家组总人数 {size} 人。", todo="请减少定向专家或增加总人数。", clause=clause)
    free = sorted(one.id for one in experts if one.id not in barred and one.id not in named and (pool is None or one.pool == pool))
    wanted = size - len(named)
    if len(free) < wanted:
        raise BadPanel(
            f"需随机抽选 {wanted} 位专家，专家库中可抽选的只有 {len(free)} 位（已回避 {len(barred)} 位）。",
            todo="请减少专家组人数，或先补充专家库。",
            clause=clause,
        )
    return Panel(
        seed=seed, pool=tuple(free), excluded=tuple(sorted(barred.items())), named=tuple(named), drawn=tuple(order(free, seed)[:wanted])
    )


def replay(panel: Panel) -> bool:
    """Whether the recorded draw is what the record's own seed and pool give."""
    return tuple(order(panel.pool, panel.seed)[: len(panel.drawn)]) == panel.drawn
