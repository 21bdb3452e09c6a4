"""Who may see what (可见范围): their unit's projects, what their office worked on, or everything where the rule set says so.

What a person may not see does not exist for them: the answer is NotFound, as for an id that was never given.
"""

from __future__ import annotations

from adapters.database import Db, cases, sight
from adapters.database.inbox import Desk
from adapters.database.sight import Sight
from adapters.database.tables import Case, Project
from domain.errors import NotFound
from domain.offices import Official
from domain.rulesets import Ruleset
from tasks import reading, versions


def desks(official: Official, jurisdiction: str) -> tuple[Desk, ...]:
    """The posts one acts from."""
    return tuple(dict.fromkeys(Desk(jurisdiction, post.office, post.unit) for post in official.posts))


def of(ruleset: Ruleset, official: Official) -> Sight:
    """What an official may see of the projects of their jurisdiction."""
    held = [ruleset.offices[one] for one in sorted({post.office for post in official.posts}) if one in ruleset.offices]
    own = {one.id for one in held}
    return Sight(
        jurisdiction=ruleset.code,
        person=official.id,
        everything=any(one.reads_all for one in held),
        units=tuple(sorted({post.unit for post in official.posts if post.unit is not None})),
        offices=tuple(one.id for one in held if not one.of_project and not one.line),
        lines=tuple((one.id, one.line, official.unit or "") for one in held if one.line),
        procedures=tuple(one for one in ruleset.procedures if own & set(reading.supervisors(ruleset, one))),
    )


def case(db: Db, official: Official, jurisdiction: str, case_id: str) -> Case:
    """A case this person may see. Raises NotFound."""
    found = cases.find(db, case_id)
    if found is None or found.jurisdiction != jurisdiction or not reading.may_read(db, found, official):
        raise NotFound("没有这个办件，或者您不能查看。", todo="请从待办、项目列表重新进入。")
    return found


def project(db: Db, official: Official, jurisdiction: str, project_id: str) -> Project:
    """A project this person may see. Raises NotFound."""
    from adapters.database import projects

    _, ruleset = versions.current(db, jurisdiction)
    found = projects.find(db, project_id)
    if found is None or found.jurisdiction != jurisdiction or not sight.sees(db, of(ruleset, official), project_id):
        raise NotFound("没有这个项目，或者您不能查看。", todo="请从项目列表重新进入。")
    return found
