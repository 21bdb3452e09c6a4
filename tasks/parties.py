"""Who signs a multi-instance step (会签): fixed offices, offices a form named, or the experts of the panel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters import engine
from domain.errors import ExpressionFailed
from domain.procedures import Element, Procedure, Where
from domain.rulesets import Ruleset

if TYPE_CHECKING:
    from tasks.facts import Facts


def element_of(ruleset: Ruleset, process: str, step: str) -> Element:
    """The element `step` of a process. Raises ExpressionFailed when the diagram has none."""
    procedure: Procedure | None = ruleset.procedures.get(process)
    if procedure is None or step not in procedure.elements:
        raise ExpressionFailed(f"流程 {process} 中没有步骤 {step}", element=step)
    return procedure.elements[step]


def of_step(facts: Facts, where: Where, step: str) -> list[str]:
    """Office ids or expert ids, each once, in the order of the diagram.

    From the second round on, a step drawn with `again="不满足"` asks only those whose last word was that, and those who were invited since
    and have not been asked yet (JJ-08.2-opinion).
    """
    spec = element_of(facts.ruleset, where.process, step).parties
    if spec is None:
        raise ExpressionFailed(f"步骤 {step} 没有会签单位", element=step)
    names = list(spec.offices)
    if spec.source:
        extra = engine.evaluate(spec.source, {}, facts, where)
        names += extra.split(",") if isinstance(extra, str) else [str(one) for one in extra or ()]
    unique = list(dict.fromkeys(names))
    if not spec.again:
        return unique
    here = where.activation if where.element == step else ""
    earlier = [record for record in facts.of(where, step) if record.vote and record.activation != here]
    said = {record.person if spec.person else record.party: record.outcome for record in earlier}
    again = [one for one in unique if said.get(one, spec.again) == spec.again]
    return again or unique
