"""Drawing diagrams: takes BPMN XML with or without a picture and gives the same process with a fresh one.

    read.py      BPMN XML → nodes, edges, lanes
    place.py     columns (longest path) and rows (chains packed into their lane)
    route.py     right-angled edges through the gaps between columns and rows
    labels.py    text sizes, and a free spot for every label
    measure.py   tracks and extents → coordinates
    draw.py      coordinates → BPMNDI
    overlaps.py  what lies on top of what in a finished picture

Use `lay_out(xml)` or `python -m adapters.engine.layout FILE...`.
"""

from __future__ import annotations

from adapters.engine.layout.draw import lay_out
from adapters.engine.layout.overlaps import overlaps

__all__ = ["lay_out", "overlaps"]
