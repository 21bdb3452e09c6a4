"""Who may do what (职责与回避), decided inside the act that closes a work item."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from domain.errors import ConflictOfDuty, NotAssigned
from domain.offices import Office, Official, Side

SIDES: Mapping[Side, str] = {"applicant": "申报单位一方", "reviewer": "审核一方", "expert": "评审专家", "none": "其他"}


def holds(official: Official, office: str, unit: str | None, day: date) -> bool:
    """Whether one of the person's posts is this office on that day; for offices of the project also of this unit."""
    return any(post.office == office and post.holds(day) and (unit is None or post.unit == unit) for post in official.posts)


def check_assigned(official: Official, office: Office, *, unit: str | None, unit_name: str, person: str | None, day: date) -> None:
    """Raise NotAssigned unless the work item is this person's.

    `person` is set for steps of named people (experts); `unit` for offices of the project (项目建设单位, 分管区领导).
    """
    if person is not None:
        if official.id != person:
            raise NotAssigned("本事项指定由其他人员办理。", todo="请由被指定的人员登录后办理。")
        return
    if not holds(official, office.id, unit if office.of_project else None, day):
        where = f"{unit_name}的{office.name}" if office.of_project and unit_name else office.name
        raise NotAssigned(f"本事项由“{where}”办理，您（{official.name}）没有该岗位。", todo="请联系该单位办理；岗位有误的，请联系系统管理员。")


def check_sides(official: Official, side: Side, acted: Iterable[tuple[str, Side]], *, clause: str | None = None) -> None:
    """Raise ConflictOfDuty when the person already acted on another side of the same project.

    `acted`: (person id, side) of every act so far. Applicant, reviewer and expert exclude one another; `none` conflicts with nothing.
    """
    if side == "none":
        return
    for person, other in acted:
        if person == official.id and other not in ("none", side):
            raise ConflictOfDuty(
                f"您已作为{SIDES[other]}办理过本项目，不能再作为{SIDES[side]}办理（申报、审核、评审三方回避）。",
                todo="请由其他人员办理。",
                clause=clause,
            )


def check_recusal(employer: str | None, units: Iterable[str], *, clause: str | None = None) -> None:
    """Raise ConflictOfDuty when an expert works for the applicant or a co-builder."""
    if employer is not None and employer in set(units):
        raise ConflictOfDuty(f"评审专家任职于项目单位“{employer}”，应当回避。", todo="请由组织单位更换专家。", clause=clause)
