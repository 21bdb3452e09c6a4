"""What the system refuses, and what breaks.

    Refusal                      a person asked for something the rules do not allow; nothing was written
    ├── NotFound                 no such project, case, work item, version
    ├── NotAssigned              the step belongs to another office, unit or person
    ├── ConflictOfDuty           applicant, reviewer and expert must be three different sides (回避)
    ├── AlreadyDone              the step was completed, returned or cancelled before
    ├── InvalidAnswers           the form has missing or wrong fields; carries one line for each field
    ├── MissingMaterial          a required document is not attached
    ├── RuleRefused              a rule of the regulation says no; carries its clause and whether it can be overridden (原则上)
    ├── BadUpload                the file is empty, too large or of a kind that is not taken
    ├── BadPanel                 the expert panel breaks a rule (定向比例, 回避, 人数)
    ├── KeyReused                the same idempotency key came with another body
    ├── Conflict                 somebody else changed the case in between; look again and repeat
    └── Unpublishable            a diagram or table has findings; carries them
    EngineFault                  the engine could not go on; the act is rolled back and an incident (异常) is recorded
    ├── ExpressionFailed         a condition, timer or table cell could not be evaluated
    ├── Runaway                  too many automatic steps, nodes or seconds
    ├── Stalled                  nothing ready, nothing waiting, not finished
    ├── BadState                 the stored state is damaged or of an unknown version
    ├── UnknownTask              the engine has no such open step
    └── Unforeseen               a defect of ours: nobody thought of it; operators get what a developer needs

A refusal speaks to people: what happened, why (clause), what to do; all three in simplified Chinese.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence


class Refusal(Exception):
    """A person's act is refused; nothing was written. `clause` is a clause id or None."""

    def __init__(self, what: str, *, todo: str = "", clause: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.todo = todo
        self.clause = clause

    def __str__(self) -> str:
        return self.what + (f" {self.todo}" if self.todo else "")


class NotFound(Refusal):
    """No such object, or none that this person may know of."""


class NotAssigned(Refusal):
    """The work item belongs to another office, unit or person."""


class ConflictOfDuty(Refusal):
    """The same person, or an expert of the applicant's unit, on two sides of one project."""


class AlreadyDone(Refusal):
    """The work item is closed."""


class InvalidAnswers(Refusal):
    """`fields`: field name (dotted for rows, e.g. `entries.0.rank`) → what is wrong, in Chinese."""

    def __init__(self, what: str, fields: Mapping[str, str], *, todo: str = "", clause: str | None = None) -> None:
        super().__init__(what, todo=todo, clause=clause)
        self.fields = dict(fields)


class MissingMaterial(Refusal):
    """`materials`: ids of the required documents that are not attached."""

    def __init__(self, what: str, materials: Sequence[str], *, todo: str = "", clause: str | None = None) -> None:
        super().__init__(what, todo=todo, clause=clause)
        self.materials = tuple(materials)


class RuleRefused(Refusal):
    """A rule of the regulation says no. `overridable`: a recorded exception (原则上) would lift it."""

    def __init__(self, what: str, *, clause: str, todo: str = "", overridable: bool = False) -> None:
        super().__init__(what, todo=todo, clause=clause)
        self.overridable = overridable


class BadUpload(Refusal):
    """The file is empty, too large or of a kind that is not taken."""


class BadPanel(Refusal):
    """The expert panel breaks a rule."""


class KeyReused(Refusal):
    """The same idempotency key came with another body."""


class Conflict(Refusal):
    """The case changed in between."""


class Unpublishable(Refusal):
    """Findings stand against publishing. `findings`: `domain.findings.Finding` in file order."""

    def __init__(self, what: str, findings: Sequence[object]) -> None:
        super().__init__(what, todo="请按检查结果逐条修改后重新发布。")
        self.findings = tuple(findings)


class EngineFault(Exception):
    """The engine could not go on with this case. `element`: BPMN id where known."""

    def __init__(self, what: str, *, element: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.element = element


class ExpressionFailed(EngineFault):
    """An authored expression could not be evaluated."""


class Runaway(EngineFault):
    """A budget of steps, nodes or seconds is used up."""


class Stalled(EngineFault):
    """Nothing ready, nothing waiting, not finished."""


class BadState(EngineFault):
    """The stored state cannot be read."""


class Unforeseen(EngineFault):
    """A defect of ours. `detail` is what a developer needs; people read `what`."""

    def __init__(self, detail: str) -> None:
        super().__init__("程序出现没有预料到的情况，本次处理已整体撤回")
        self.detail = detail


class UnknownTask(EngineFault):
    """No open engine task with this id."""
