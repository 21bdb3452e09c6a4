"""The publish gate (发布检查): what is wrong with the diagrams and tables of a rule set, before any case runs on them.

    source.py      XML read safely, compared with the BPMN schema
    diagram.py     a diagram as nodes and flows
    shape.py       ids, size, constructs that are not executed
    flow.py        reachability, gateways, circles, errors
    calls.py       calls between diagrams
    parallel.py    variables, facts and amounts written at the same time
    references.py  expressions and what they name
    law.py         clauses, offices, forms, materials, parties, operations
    timing.py      timers
    cells.py       table cells as sets, and the proof over them
    decisions.py   decision tables
    outcomes.py    conclusions and gateways
    forms.py       expressions in forms and rounds
    dryrun.py      random walks on a virtual clock with the real engine
    rehearsal.py   the world of these walks: answers that forms allow
    choices.py     which of them: what was tried least, what led furthest
    literals.py    what expressions compare answers with

`check` never raises on a bad file: whatever is wrong becomes a finding.
"""

from __future__ import annotations

from adapters.engine.gate.checking import check
from adapters.engine.gate.context import Context

__all__ = ["Context", "check"]
