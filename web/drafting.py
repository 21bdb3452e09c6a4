"""Rule drafts for process administrators (规则草稿): list, one draft, what it changes, review and publishing."""

from __future__ import annotations

import json
from collections.abc import Callable

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from adapters import clock
from adapters.database import Db, authoring, people, rules
from domain.errors import InvalidAnswers, Refusal, Unpublishable
from tasks import authoring as writing
from tasks import comparing, drafts, publishing, rehearsals, shared, versions
from tasks.choices import Choice
from tasks.sessions import SignedIn
from web import answers, fields
from web.context import House, Rooms
from web.drafts import ProcessAdmin
from web.errors import status_of
from web.render import page
from web.typed import Typed, pairs, text

router = APIRouter(prefix="/drafts")


@router.get("")
def listing(request: Request, me: ProcessAdmin, house: Rooms) -> Response:
    """Every draft, and a form to begin one."""
    return _list(request, house)


@router.post("")
def begin(request: Request, me: ProcessAdmin, house: Rooms, typed: Typed) -> Response:
    """Begin a draft of what is in force."""
    try:
        with house.database.transaction() as db:
            made = drafts.begin(db, text(typed, "place"), text(typed, "title"), by=me.person.id, now=clock.now())
    except Refusal as refusal:
        return _list(request, house, refusal, dict(pairs(typed)))
    return RedirectResponse(f"/drafts/{made.id}", 303)


def _list(request: Request, house: House, refusal: Refusal | None = None, typed: dict[str, str] | None = None) -> Response:
    with house.database.reading() as db:
        found = authoring.listing(db)
        names = people.by_ids(db, [one.opened_by for one in found])
        places = drafts.places(db)
    status = status_of(refusal)[0] if refusal else 200
    return page(
        request, "drafts.html", status=status, drafts=found, names=names, places=places, statuses=drafts.STATUSES, refusal=refusal,
        typed=typed or {},
    )  # fmt: skip


@router.get("/{draft_id}")
def draft(request: Request, draft_id: str, me: ProcessAdmin, house: Rooms) -> Response:
    """One draft: its files, what is wrong with it, what to do next."""
    return _draft(request, draft_id, house)


@router.post("/{draft_id}/drop")
def drop(draft_id: str, me: ProcessAdmin, house: Rooms) -> Response:
    """Give a draft up."""
    with house.database.transaction() as db:
        drafts.drop(db, draft_id, by=me.person.id, now=clock.now())
    return RedirectResponse("/drafts", 303)


@router.post("/{draft_id}/follow")
def follow(request: Request, draft_id: str, me: ProcessAdmin, house: Rooms) -> Response:
    """Put a draft on the version now in force."""
    with house.database.transaction() as db:
        both = drafts.follow(db, draft_id, by=me.person.id, now=clock.now())
    return _draft(request, draft_id, house, both=both)


@router.post("/{draft_id}/carry")
def carry(request: Request, draft_id: str, me: ProcessAdmin, house: Rooms) -> Response:
    """Make drafts of the other places with what this one changes in shared files."""
    with house.database.transaction() as db:
        carried = shared.carry(db, draft_id, by=me.person.id, now=clock.now())
    return _draft(request, draft_id, house, carried=carried)


def _draft(
    request: Request, draft_id: str, house: House, *, both: list[str] | None = None, carried: list[shared.Carried] | None = None
) -> Response:
    with house.database.reading() as db:
        found = authoring.get(db, draft_id)
        files = drafts.files(db, draft_id)
        return page(
            request,
            "draft.html",
            draft=found,
            status_words=drafts.STATUSES[found.status],
            base=rules.get(db, found.base) if found.base else None,
            files=files,
            fixed=drafts.FIXED,
            shared=[one for one in files if one.changed and one.path.startswith(drafts.NATIONAL)] if found.status == "open" else [],
            carried=carried,
            kinds=drafts.KINDS,
            checked=writing.check(db, draft_id),
            behind=drafts.behind(db, found),
            both=both,
            opened_by=_name(db, found.opened_by),
            published=rules.get(db, found.published) if found.published else None,
        )


@router.get("/{draft_id}/diff")
def diff(request: Request, draft_id: str, me: ProcessAdmin, house: Rooms) -> Response:
    """What a draft changes."""
    with house.database.reading() as db:
        found = authoring.get(db, draft_id)
        comparison = comparing.of_draft(db, draft_id)
        base = rules.get(db, found.base).name if found.base else "（没有规则）"
    marks = {one.path: _marks(one) for one in comparison.files}
    here = f"/drafts/{draft_id}"
    return page(
        request, "diff.html", back=here, back_words=found.title, title="修改对比", before_words=base, after_words=found.title,
        comparison=comparison, marks=marks, before=f"{here}/diagram.bpmn?base=1&path=", after=f"{here}/diagram.bpmn?path=",
    )  # fmt: skip


def _marks(one: comparing.FileChanges) -> str:
    return json.dumps([{"element": element, "change": kind} for element, kind in one.marks], ensure_ascii=False)


@router.get("/{draft_id}/diagram.bpmn")
def diagram(draft_id: str, me: ProcessAdmin, house: Rooms, path: str = "", base: int = 0) -> Response:
    """A diagram of a draft, as it is or as it began."""
    with house.database.reading() as db:
        content = comparing.diagram(db, draft_id, path, base=bool(base))
    return Response(content, media_type="application/xml; charset=utf-8")


@router.get("/{draft_id}/review")
def review(request: Request, draft_id: str, me: ProcessAdmin, house: Rooms) -> Response:
    """Hand in, or decide on what was handed in."""
    return _review(request, draft_id, me, house)


@router.post("/{draft_id}/review")
def submit(request: Request, draft_id: str, me: ProcessAdmin, house: Rooms, typed: Typed) -> Response:
    """Hand a draft in."""
    return _answered(request, draft_id, me, house, typed, publishing.SUBMIT, publishing.submit)


@router.post("/{draft_id}/review/decide")
def decide(request: Request, draft_id: str, me: ProcessAdmin, house: Rooms, typed: Typed) -> Response:
    """Approve and publish, or send back."""
    return _answered(request, draft_id, me, house, typed, publishing.APPROVE, publishing.decide)


def _answered(
    request: Request, draft_id: str, me: SignedIn, house: House, typed: FormData, form: str, act: Callable[..., object]
) -> Response:
    given = answers.read(pairs(typed), publishing.form(form))
    try:
        act(house.database, draft_id, given, by=me.person.id, now=clock.now())
    except Refusal as refusal:
        return _review(request, draft_id, me, house, refusal, given)
    return RedirectResponse(f"/drafts/{draft_id}/review", 303)


@router.post("/{draft_id}/review/withdraw")
def withdraw(draft_id: str, me: ProcessAdmin, house: Rooms) -> Response:
    """Take a draft back."""
    with house.database.transaction() as db:
        publishing.withdraw(db, draft_id, by=me.person.id, now=clock.now())
    return RedirectResponse(f"/drafts/{draft_id}", 303)


def _review(
    request: Request, draft_id: str, me: SignedIn, house: House, refusal: Refusal | None = None, given: dict[str, object] | None = None
) -> Response:
    with house.database.reading() as db:
        found = authoring.get(db, draft_id)
        reviews = authoring.reviews(db, draft_id)
        standing = next((one for one in reviews if one.status == "open"), None)
        may_decide = standing is not None and publishing.may_decide(db, found, standing, me.person.id)
        comparison = comparing.of_draft(db, draft_id)
        run = rehearsals.standing(db, draft_id, now=clock.now())
        names = people.by_ids(db, [one for row in reviews for one in (row.submitted_by, row.decided_by) if one])
        basis = versions.ruleset(db, found.base).catalogue.title if found.base else ""
        checked = writing.check(db, draft_id, walks=standing is not None and may_decide)
        others = publishing.approvers(db, found, standing, clock.today()) if standing is not None else []
    form = None
    if found.status == "open" or may_decide:
        schema = publishing.form(publishing.APPROVE if may_decide else publishing.SUBMIT)
        usual = {"name": found.title, "legal_basis": basis, "effective_on": clock.today().isoformat()}
        wrong = refusal.fields if isinstance(refusal, InvalidAnswers) else {}
        form = fields.form(schema, given if given is not None else {} if may_decide else usual, _choices(schema), errors=wrong)
    return page(
        request,
        "review.html",
        status=status_of(refusal)[0] if refusal else 200,
        draft=found,
        status_words=drafts.STATUSES[found.status],
        reviews=reviews,
        standing=standing,
        may_decide=may_decide,
        others=others,
        mine=standing is not None and standing.submitted_by == me.person.id,
        names=names,
        comparison=comparison,
        run=run,
        checked=checked,
        form=form,
        refusal=refusal,
        findings=refusal.findings if isinstance(refusal, Unpublishable) else (),
        articles={},
    )


def _choices(schema: object) -> dict[str, tuple[Choice, ...]]:
    properties = schema.get("properties", {}) if isinstance(schema, dict) else {}
    return {name: tuple(Choice(one, one) for one in field["enum"]) for name, field in properties.items() if "enum" in field}


def _name(db: Db, person: str) -> str:
    found = people.find(db, person)
    return found.name if found else person
