"""Two states of a rule set compared (修改对比): which business words changed, what only looks different.

facts.py     what every file says, as (element → aspect → words)
diagrams.py  the facts of a diagram, and where its shapes stand
tables.py    the facts of a decision table
lists.py     the facts of forms and of YAML lists
changes.py   two sets of facts → changes
"""

from __future__ import annotations

from adapters.library.compare.changes import compare

__all__ = ["compare"]
