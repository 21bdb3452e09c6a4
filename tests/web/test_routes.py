"""Who may knock where: every route × every person × own and other objects. A route that is missing from the table fails.

`SEES` says whose the objects are; the table says what a route asks for. Expected answers follow from both.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.routing import APIRoute

from tests.web.town import PLACE, Town

BUSINESS = ("owner", "leader", "other owner", "office", "finance", "department", "supervisor", "expert", "other expert")
ADMINS = ("system_admin", "security_admin", "audit_admin", "operator", "process_admin")
NOBODY = "nobody"

#: who may see the objects of each case; everybody else is told there is no such thing
SEES = {
    "reviewed": {"owner", "leader", "office", "finance", "expert"},
    "drafted": {"other owner", "office", "finance"},
}
#: who may work on the item that is open in each case
WORKS = {"reviewed": {"expert"}, "drafted": {"other owner"}}
STEP = {"reviewed": "pre_review_opinion", "drafted": "needs_proposal"}

#: route → what it asks for
TABLE = {
    "GET /login": "open",
    "POST /login": "open",
    "GET /": "signed",
    "POST /logout": "signed",
    "GET /account": "signed",
    "POST /account/password": "signed",
    "POST /account/mail": "signed",
    "GET /inbox": "reader",
    "GET /done": "business",
    "GET /notices": "reader",
    "POST /notices/read": "reader",
    "GET /ledger": "reads all",
    "GET /ledger.csv": "reads all",
    "GET /ledger.xlsx": "reads all",
    "GET /chases": "business",
    "POST /items/{item_id}/urge": "urges",
    "POST /items/{item_id}/demand": "demands",
    "POST /chases/{chase_id}/reply": "unknown",
    "GET /reach": "business",
    "POST /reach": "types wrong",
    "GET /workdays": "signed",
    "POST /workdays": "system_admin",
    "POST /notices/{notice_id}/read": "addressee",
    "GET /items/{item_id}": "sees",
    "POST /items/{item_id}": "works",
    "POST /items/{item_id}/draft": "works",
    "POST /items/{item_id}/form": "sees",
    "POST /items/{item_id}/replace": "replaces",
    "POST /items/{item_id}/materials": "works",
    "POST /items/{item_id}/materials/{attachment_id}/withdraw": "attached",
    "GET /attachments/{attachment_id}": "attachment",
    "GET /cases/{case_id}": "sees",
    "GET /cases/{case_id}/diagram.bpmn": "sees",
    "GET /projects": "business",
    "GET /projects.xlsx": "reads all",
    "GET /metrics": "business",
    "GET /projects/{project_id}": "sees",
    "GET /start": "business",
    "POST /start": "starts",
    "GET /overrides": "business",
    "POST /overrides": "approves",
    "GET /batches": "business",
    "GET /incidents": "operator",
    "POST /incidents/{incident_id}/retry": "operator object",
    "POST /incidents/{incident_id}/resolve": "operator object",
    "GET /people": "people",
    "POST /people": "system_admin",
    "GET /people/{person_id}": "people",
    "POST /people/{person_id}/reset": "system_admin",
    "POST /people/{person_id}/mail": "system_admin",
    "POST /people/{person_id}/active": "system_admin",
    "POST /people/{person_id}/unlock": "security_admin",
    "POST /people/{person_id}/posts": "security_admin",
    "POST /people/{person_id}/posts/{post_id}/end": "security_admin object",
    "GET /registers": "system_admin",
    "GET /registers/{place}": "system_admin",
    "POST /registers/{place}/units": "system_admin",
    "POST /registers/{place}/experts": "system_admin",
    "POST /registers/{place}/experts/{expert_id}/active": "system_admin object",
    "POST /registers/{place}/figures": "system_admin object",
    "POST /registers/{place}/rounds": "system_admin object",
    "GET /registers/{place}/takeover": "system_admin",
    "GET /registers/{place}/takeover.xlsx": "system_admin",
    "POST /registers/{place}/takeover": "system_admin",
    "POST /registers/{place}/takeover/carry-out": "system_admin object",
    "GET /audit": "audit_admin",
    "GET /drafts": "process_admin",
    "POST /drafts": "process_admin object",
    "GET /drafts/{draft_id}": "process_admin object",
    "POST /drafts/{draft_id}/drop": "process_admin object",
    "POST /drafts/{draft_id}/follow": "process_admin object",
    "POST /drafts/{draft_id}/carry": "process_admin object",
    "GET /drafts/{draft_id}/diff": "process_admin object",
    "GET /drafts/{draft_id}/diagram.bpmn": "process_admin object",
    "GET /drafts/{draft_id}/review": "process_admin object",
    "POST /drafts/{draft_id}/review": "process_admin object",
    "POST /drafts/{draft_id}/review/decide": "process_admin object",
    "POST /drafts/{draft_id}/review/withdraw": "process_admin object",
    "GET /drafts/{draft_id}/try": "process_admin object",
    "POST /drafts/{draft_id}/try": "process_admin object",
    "GET /drafts/{draft_id}/try/{play_id}": "process_admin object",
    "POST /drafts/{draft_id}/try/{play_id}": "process_admin object",
    "GET /drafts/{draft_id}/try/{play_id}/{key}": "process_admin object",
    "POST /drafts/{draft_id}/try/{play_id}/{key}": "process_admin object",
    "POST /drafts/{draft_id}/try/{play_id}/{key}/form": "process_admin object",
    "POST /drafts/{draft_id}/try/{play_id}/save/scenario": "process_admin object",
    "GET /drafts/{draft_id}/scenarios": "process_admin object",
    "POST /drafts/{draft_id}/scenarios": "process_admin object",
    "GET /versions": "process_admin",
    "POST /versions/import": "process_admin object",
    "GET /versions/{version}": "process_admin object",
    "GET /versions/{version}/diff": "process_admin object",
    "GET /versions/{version}/diagram.bpmn": "process_admin object",
    "POST /versions/{version}/restore": "process_admin object",
    "POST /versions/{version}/bundle": "process_admin object",
    "GET /drafts/{draft_id}/edit": "process_admin object",
    "GET /drafts/{draft_id}/file": "process_admin data",
    "PUT /drafts/{draft_id}/file": "process_admin data",
    "DELETE /drafts/{draft_id}/file": "process_admin data",
    "GET /drafts/{draft_id}/files": "process_admin data",
    "POST /drafts/{draft_id}/check": "process_admin data",
    "GET /drafts/{draft_id}/vocabulary": "process_admin data",
    "POST /drafts/{draft_id}/deadline": "process_admin data",
    "POST /drafts/{draft_id}/form": "process_admin data",
    "POST /drafts/{draft_id}/presence": "process_admin data",
    "GET /rules": "signed",
    "GET /rules/compare": "signed",
    "GET /rules/eligibility": "business",
    "POST /rules/eligibility": "business",
}


def routes(town: Town) -> Iterator[tuple[str, str]]:
    """(method, path) of every route of the application."""

    def inside(found: Any) -> Iterator[APIRoute]:
        for one in found:
            if isinstance(one, APIRoute):
                yield one
            elif hasattr(one, "original_router"):
                yield from inside(one.original_router.routes)
            elif hasattr(one, "routes"):
                yield from inside(one.routes or [])

    for one in inside(town.client().app.routes):  # type: ignore[attr-defined]  # TestClient types its application as any callable
        for method in sorted(one.methods):
            yield method, one.path


def expected(kind: str, person: str, case: str) -> set[int]:
    """The statuses that are right for this person and an object of this case."""
    if kind == "open":
        return {200, 422}
    if kind.endswith(" data"):
        return {401} if person == NOBODY else {403} if person != kind.removesuffix(" data") else {404, 422}
    if person == NOBODY:
        return {303}
    if kind == "signed":
        return {200, 303, 422}
    if person == "process_admin" and kind in ("reader", "addressee"):
        return {200, 303} if kind == "reader" else {404}
    if person in ADMINS:
        roles = {"operator": {"operator"}, "people": {"system_admin", "security_admin"}, "system_admin": {"system_admin"}}
        roles |= {one: {one} for one in ("security_admin", "audit_admin", "process_admin")}
        may = person in roles.get(kind.removesuffix(" object"), set())
        return ({404, 422} if kind.endswith(" object") else {200, 303, 422}) if may else {403}
    if kind.removesuffix(" object") in ("operator", "people", "system_admin", "security_admin", "audit_admin", "process_admin"):
        return {403}
    if kind in ("business", "reader"):
        return {200, 303}
    if kind == "replaces":
        return {404} if case == "drafted" or person not in SEES[case] else {422} if person == "office" else {403}
    if kind == "approves":
        return {403}  # nobody of the cast holds an approving office; see test_overrides.py
    if kind == "reads all":
        return {200} if person in ("office", "finance") else {403}
    if kind == "unknown":
        return {404}
    if kind == "types wrong":
        return {404}  # no such channel
    if kind == "starts":
        return {303} if person in ("owner", "other owner") and case == _own_case(person) else {403}
    if kind == "addressee":
        return {303} if person in {"reviewed": {"expert"}, "drafted": {"other owner"}}[case] else {404}
    if person not in SEES[case]:
        return {404}
    if kind == "urges":
        return {403} if person in WORKS[case] else {303, 403}
    if kind == "demands":
        return {422} if person in ("office", "finance") else {403}
    if kind == "works":
        return {200, 303, 422} if person in WORKS[case] else {403}
    if kind == "attached":
        return {422}  # the step is done: its documents stay, whoever asks
    return {200}


def _own_case(person: str) -> str:
    return {"owner": "reviewed", "other owner": "drafted"}[person]


def things(town: Town, case: str) -> dict[str, str]:
    """An object of each kind that belongs to the case."""
    from adapters.database import attachments, items, notices

    with town.database.reading() as db:
        worker = town.account(next(iter(WORKS[case])))
        opened = [one for one in items.open_of(db, town.things[case]) if one.step == STEP[case]]
        item = next(one for one in opened if one.person in (None, worker))
        notice = next(one for one in notices.of_case(db, town.things[case]) if one.item == item.id)
        found = attachments.of_case(db, town.things[case])
    return {
        "item_id": item.id,
        "case_id": town.things[case],
        "project_id": town.things["projects"][case],
        "notice_id": notice.id,
        "attachment_id": found[0].id if found else "none",
        "incident_id": "none",
        "chase_id": "none",
        "person_id": town.account("owner"),
        "post_id": "none",
        "place": PLACE,
        "expert_id": "none",
        "draft_id": "none",
        "version": "none",
        "play_id": "none",
        "key": "none",
    }


def test_the_table_is_complete(town: Town) -> None:
    found = {f"{method} {path}" for method, path in routes(town)}
    assert found == set(TABLE), "every route needs a line in TABLE, and every line a route"


@pytest.mark.parametrize("person", [*BUSINESS, *ADMINS, NOBODY])
def test_doors(town: Town, person: str) -> None:
    wrong = []
    for case in ("reviewed", "drafted"):
        ids = things(town, case)
        for method, path in routes(town):
            kind = TABLE[f"{method} {path}"]
            if ids["attachment_id"] == "none" and "attachment_id" in path:
                continue
            if path in ("/logout", "/account/password"):
                continue  # they end the session that the other routes need; see test_sign_in.py
            client = town.client(None if person == NOBODY else person)
            given = {
                "procedure": "project",
                "unit": "edu" if case == "reviewed" else "civil",
                "login": "x",
                "password": "y",
                "office": "owner",
            }
            answer = client.request(method, path.format(**ids), data=given if method == "POST" else None)
            if answer.status_code not in expected(kind, person, case):
                wrong.append(f"{person} {method} {path} [{case}]: {answer.status_code}, expected {expected(kind, person, case)}")
    assert not wrong, "\n".join(wrong)
