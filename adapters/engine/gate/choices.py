"""Which answer a dry run gives: in turn what was given least, and what has led furthest. Learns from walk to walk."""

from __future__ import annotations

import random
from collections import Counter

Key = tuple[str, ...]


class Choices:
    """Shared by all walks through one procedure. `reached` is how many places the walk under way has met."""

    def __init__(self) -> None:
        self.reached = 0
        self.bold = False
        self._used: Counter[Key] = Counter()
        self._furthest: dict[Key, int] = {}
        self._now: list[tuple[Key, int]] = []

    def begin(self, bold: bool) -> None:
        """A new walk: `bold` prefers what led furthest."""
        self.bold, self.reached, self._now = bold, 0, []

    def learn(self) -> None:
        """The walk is over: every answer in it led to what was met after it."""
        for key, before in self._now:
            self._furthest[key] = max(self._furthest.get(key, 0), self.reached - before)

    def pick(self, rng: random.Random, place: Key, words: list[str]) -> str:
        """One of `words`, by lot among equals."""
        mine = Counter(key for key, _ in self._now)

        def rank(word: str) -> tuple[int, ...]:
            key = (*place, word)
            if self.bold:  # what led furthest, but not the same way round and round
                return max(0, mine[key] - 1), -self._furthest.get(key, 10_000)
            return mine[key] // 2, self._used[key]

        best = min(rank(word) for word in words)
        by_lot = rng.random() < 0.25  # else two steps that must agree could take turns for ever
        word = rng.choice([word for word in words if by_lot or rank(word) == best])
        key = (*place, word)
        self._used[key] += 1
        self._now.append((key, self.reached))
        return word
