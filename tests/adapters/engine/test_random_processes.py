"""Random processes on the real engine, stored after every act and kept in memory, against an interpreter that knows no engine.

The long campaign is `python -m chaos.random_processes`.
"""

from __future__ import annotations

import secrets

import pytest

from tests.adapters.engine import campaigns
from tests.adapters.engine.campaigns import blocks_of, play
from tests.adapters.engine.processes import Block, by_lot

SEEDS = 300


@pytest.mark.parametrize("first", range(0, SEEDS, 50))
def test_random_processes_go_as_their_blocks_say(first: int) -> None:
    for seed in range(first, first + 50):
        assert play(seed, stored=True) == play(seed, stored=False) < campaigns.MOST_ACTS


def test_a_process_nobody_has_seen_before() -> None:
    seed = secrets.randbelow(10**9)
    print(f"fresh seed {seed}")
    play(seed, stored=True)
    play(seed, stored=False)


def test_the_seeds_cover_every_kind_of_block() -> None:
    blocks = [block for seed in range(SEEDS) for block in blocks_of(by_lot(seed)).values()]
    assert {block.kind for block in blocks} == {"task", "many", "seq", "xor", "and", "or", "loop", "sub", "call", "guard"}
    assert {block.interrupting for block in blocks if block.kind == "guard"} == {True, False}
    assert {block.enough is None for block in blocks if block.kind == "many"} == {True, False}
    assert {part.kind for block in blocks if block.kind == "guard" for part in block.parts} == {"task", "many", "sub", "call"}


def test_a_deviation_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """An interpreter that forgets completion conditions must disagree with the engine somewhere."""
    init = campaigns.Scope.__init__

    def forgetful(self: campaigns.Scope, run: campaigns.Run, block: Block) -> None:
        init(self, run, _without_conditions(block))

    monkeypatch.setattr(campaigns.Scope, "__init__", forgetful)
    with pytest.raises(AssertionError, match="engine"):
        sum(play(seed, stored=True) for seed in range(60))


def _without_conditions(block: Block) -> Block:
    parts = tuple(_without_conditions(part) for part in block.parts)
    return Block(block.kind, block.name, parts, block.count, None, block.interrupting, block.sequential)
