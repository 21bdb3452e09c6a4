"""Who may do what (职责与回避), decided inside the act that closes a work item."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from domain.errors import ConflictOfDuty, NotAssigned
from domain.offices import Office, Official, Side

#: Posts of the installation itself (三员, operators, 流程管理员). They belong to no jurisdiction: their place is EVERYWHERE.
EVERYWHERE = "*"
SYSTEM_ADMIN, SECURITY_ADMIN, AUDIT_ADMIN, OPERATOR = "system_admin", "security_admin", "audit_admin", "operator"
PROCESS_ADMIN = "process_admin"
INSTALLATION_POSTS: Mapping[str, str] = {
    SYSTEM_ADMIN: "系统管理员",
    SECURITY_ADMIN: "安全管理员",
    AUDIT_ADMIN: "审计管理员",
    OPERATOR: "运维人员",
    PROCESS_ADMIN: "流程管理员",
}
_TOGETHER = frozenset({SYSTEM_ADMIN, OPERATOR})  #: the only two of them that one person may hold

SIDES: Mapping[Side, str] = {"applicant": "申报单位一方", "reviewer": "审核一方", "expert": "评审专家", "none": "其他"}


def holds(official: Official, office: str, unit: str | None, day: date) -> bool:
    """Whether one of the person's posts is this office on that day; for offices of the project also of this unit."""
    return any(post.office == office and post.holds(day) and (unit is None or post.unit == unit) for post in official.posts)


def check_place(official: Official, jurisdiction: str) -> None:
    """Raise NotAssigned when the official's posts are of another jurisdiction."""
    if official.jurisdiction and official.jurisdiction != jurisdiction:
        raise NotAssigned("您的岗位不在本地区，不能办理本地区的事项。", todo="请使用本地区的账号登录。")


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
        raise NotAssigned(
            f"本事项由“{where}”办理，您（{official.name}）没有该岗位。", todo="请联系该单位办理；岗位有误的，请联系系统管理员。"
        )


def of_line(official: Official, office: Office, facts: Mapping[str, Any]) -> bool:
    """Whether the person belongs to the body that fills the office for a project with these facts; always for an office of one body."""
    body = facts.get(office.line) if office.line else None
    return body is None or official.unit == body


def check_line(official: Official, office: Office, facts: Mapping[str, Any]) -> None:
    """Raise NotAssigned when another body fills the office for this project. Source: JJ-05-industry-netsec (本行业本领域)."""
    if not of_line(official, office, facts):
        raise NotAssigned(
            f"本项目的{office.name}是“{facts[office.line]}”，您（{official.name}）不属于该部门。", todo="请由该部门的人员办理。"
        )


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


def check_posts(offices: Iterable[str]) -> None:
    """Raise ConflictOfDuty when one person would hold posts that exclude each other (三员分立).

    System, security and audit administrator exclude one another and every business post; an operator may be a system administrator besides.

    >>> check_posts(["owner", "leader_in_charge"])
    >>> check_posts(["system_admin", "operator"])
    >>> check_posts(["audit_admin", "owner"])
    Traceback (most recent call last):
    domain.errors.ConflictOfDuty: “审计管理员”不能与其他岗位由同一人担任（三员分立）。 请由不同人员分别担任。
    """
    held = set(offices)
    own = sorted(held & INSTALLATION_POSTS.keys(), key=list(INSTALLATION_POSTS).index)
    if not own or len(held) == 1 or held <= _TOGETHER:
        return
    strict = [one for one in own if one not in _TOGETHER] or own
    raise ConflictOfDuty(f"“{INSTALLATION_POSTS[strict[0]]}”不能与其他岗位由同一人担任（三员分立）。", todo="请由不同人员分别担任。")
