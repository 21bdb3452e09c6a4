"""SpiffWorkflow behind one door: diagrams in, the next `Step` out. Nothing here knows a database, a person or a clock.

    spec = compile(files, "demo_intake")
    step = start(spec, world)
    step = complete(spec, step.state, step.tasks[0].where.task, world)

Every call is bounded and all or nothing; failures are `domain.errors.EngineFault`.
"""

from adapters.engine.ahead import ahead
from adapters.engine.expressions import check_expression
from adapters.engine.runner import complete, deliver, evaluate, fire, inspect, place, reschedule, start
from adapters.engine.spec import Spec, compile, forget
from adapters.engine.tables import cell_expression

__all__ = [
    "Spec",
    "ahead",
    "cell_expression",
    "check_expression",
    "compile",
    "complete",
    "deliver",
    "evaluate",
    "fire",
    "forget",
    "inspect",
    "place",
    "reschedule",
    "start",
]
