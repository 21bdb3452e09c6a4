"""From draft to version (送审、审核、发布): two people, as the diagram `national/publication.bpmn` says, run by our own engine.

Whoever wrote any part of a draft may hand it in, and may not approve it. What was handed in is what is published: a draft under review
cannot be changed, and the same checks run at both ends.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from adapters import engine, forms, library
from adapters.database import Database, Db, audit, authoring, ids, notices, people
from adapters.database.tables import Notice, Person, RuleDraft, RuleReview, Version
from adapters.settings import settings
from domain.duties import EVERYWHERE, PROCESS_ADMIN
from domain.errors import Conflict, ConflictOfDuty, ExpressionFailed, InvalidAnswers, NotFound, Refusal, Unpublishable
from domain.procedures import Fired, Step, Where
from tasks import authoring as writing
from tasks import drafts, versions
from tasks.facts import SHANGHAI

PROCESS = "national_publication"
FILE = "national/publication.bpmn"
SUBMIT, APPROVE = "publication_submit", "publication_approve"


@dataclass
class _Desk:
    """What the publishing process may ask: the conclusion of its own steps."""

    now: datetime
    said: dict[str, str] = field(default_factory=dict)

    @property
    def functions(self) -> frozenset[str]:
        return frozenset({"decision"})

    def call(self, name: str, where: Where, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        return self.said.get(str(args[0])) if args else None

    def operate(self, where: Where, operation: str, params: Mapping[str, Any]) -> None:
        raise ExpressionFailed(f"发布流程里不能执行系统操作 {operation}", element=where.element)

    def fired(self, fired: Fired) -> None:
        """It has no decision table."""


def form(name: str) -> Mapping[str, Any]:
    """The form of a step of the publishing process."""
    found: Mapping[str, Any] = library.from_json((settings().bpmn / "national" / "forms" / f"{name}.json").read_bytes())
    return found


def submit(database: Database, draft_id: str, given: Mapping[str, Any], *, by: str, now: datetime) -> RuleReview:
    """Hand a draft in (送审). Raises Unpublishable with the findings, InvalidAnswers, Refusal; then nothing is written."""
    answers = _checked(SUBMIT, given)
    today, effective = now.astimezone(SHANGHAI).date(), date.fromisoformat(str(answers["effective_on"]))
    if effective < today:
        line = f"生效日期不能早于今天（{today:%Y-%m-%d}）。"
        raise InvalidAnswers("版本没有送审。", {"effective_on": line}, todo="已办理的事项按当时的版本，不因新版本改变。")
    with database.reading() as db:
        files = _sound(db, authoring.get(db, draft_id))
    with database.transaction() as db:
        draft = authoring.lock(db, draft_id)
        if draft.status != "open":
            raise Refusal(f"草稿{drafts.STATUSES[draft.status]}，不能送审。", todo="请刷新页面查看最新情况。")
        if drafts.contents(db, draft) != files:
            raise Conflict("检查期间草稿又有修改，没有送审。", todo="请再送审一次。")
        if files == drafts.base_files(db, draft):
            raise Refusal("草稿与现行版本完全相同，不需要发布。", todo="请先修改草稿。")
        process = (Path(settings().bpmn) / FILE).read_bytes()
        spec, desk = engine.compile({FILE: process}, PROCESS), _Desk(now)
        begun = engine.start(spec, desk)
        step = engine.complete(spec, begun.state, _task(begun, "submit_version"), desk)
        review = RuleReview(
            id=ids.new(),
            draft=draft.id,
            digest=library.digest(library.bundle(files, draft.jurisdiction)),
            name=str(answers["name"]),
            note=str(answers["note"]),
            legal_basis=str(answers["legal_basis"]),
            effective_on=effective,
            submitted_by=by,
            submitted_at=now,
            state=step.state,
            process=process,
        )
        authoring.add_review(db, review)
        authoring.change(db, draft.id, status="review", changed_at=now)
        audit.append(db, at=now, actor=by, act="draft-submitted", target=draft.id, body={"digest": review.digest, "name": review.name})
        words = f"{_name(db, by)}送审规则版本“{review.name}”（草稿“{draft.title}”），请审核。"
        for one in approvers(db, draft, review, today):
            _tell(db, review, one.id, "规则送审", words, now)
    return review


def decide(database: Database, draft_id: str, given: Mapping[str, Any], *, by: str, now: datetime) -> Version | None:
    """Approve and publish (同意发布), or send back (退回修改); answers the version that was published.

    Raises ConflictOfDuty for anybody who wrote the draft or handed it in, Unpublishable, InvalidAnswers, Refusal.
    """
    answers = _checked(APPROVE, given)
    with database.reading() as db:
        draft = authoring.get(db, draft_id)
        review = standing(db, draft)
        _must_be_another(db, draft, review, by)
        files = _sound(db, draft) if answers["outcome"] == "同意发布" else {}
    with database.transaction() as db:
        draft = authoring.lock(db, draft_id)
        review = standing(db, draft)
        _must_be_another(db, draft, review, by)
        desk = _Desk(now, {"approve_version": str(answers["outcome"])})
        spec = engine.compile({FILE: review.process}, PROCESS)
        waiting = engine.inspect(spec, review.state, desk)
        step = engine.complete(spec, review.state, _task(waiting, "approve_version"), desk)
        opinion = str(answers.get("opinion") or "")
        done = {"state": step.state, "decided_by": by, "decided_at": now, "opinion": opinion}
        if step.ended != ("published",):
            authoring.change_review(db, review.id, status="returned", **done)
            authoring.change(db, draft.id, status="open", changed_at=now)
            audit.append(db, at=now, actor=by, act="draft-returned", target=draft.id, body={"opinion": opinion})
            _tell(db, review, review.submitted_by, "规则退回", f"规则版本“{review.name}”被退回修改：{opinion}", now)
            return None
        if library.digest(library.bundle(files, draft.jurisdiction)) != review.digest or drafts.contents(db, draft) != files:
            raise Conflict("草稿与送审时不一致，没有发布。", todo="请退回后重新送审。")
        version = versions.publish_files(
            db,
            files,
            draft.jurisdiction,
            by=by,
            now=now,
            name=review.name,
            note=review.note,
            legal_basis=review.legal_basis,
            effective_on=review.effective_on,
            created_by=review.submitted_by,
            checked=False,
        )
        authoring.change_review(db, review.id, status="published", **done)
        authoring.change(db, draft.id, status="published", published=version.id, changed_at=now)
        authoring.leave(db, draft.id)
        line = f"规则版本“{review.name}”已经审核发布，{review.effective_on:%Y-%m-%d} 起新开的办件适用。"
        _tell(db, review, review.submitted_by, "规则发布", line, now)
    return version


def withdraw(db: Db, draft_id: str, *, by: str, now: datetime) -> None:
    """Take a draft back from its review (撤回), to go on writing. Raises ConflictOfDuty for anybody but the one who handed it in."""
    draft = authoring.lock(db, draft_id)
    review = standing(db, draft)
    if review.submitted_by != by:
        raise ConflictOfDuty("只有送审人可以撤回。", todo="审核人请选择“退回修改”。")
    authoring.change_review(db, review.id, status="withdrawn", decided_by=by, decided_at=now)
    authoring.change(db, draft.id, status="open", changed_at=now)
    audit.append(db, at=now, actor=by, act="draft-withdrawn", target=draft.id)


def standing(db: Db, draft: RuleDraft) -> RuleReview:
    """The review a draft is under. Raises Refusal when it is under none."""
    found = next((one for one in authoring.reviews(db, draft.id) if one.status == "open"), None)
    if found is None or draft.status != "review":
        raise Refusal("草稿没有在送审，或者已经审核。", todo="请刷新页面查看最新情况。")
    return found


def may_decide(db: Db, draft: RuleDraft, review: RuleReview, person: str) -> bool:
    """Whether a person has had no hand in a draft (编审分离)."""
    return person not in {draft.opened_by, review.submitted_by, *authoring.editors(db, draft.id)}


def waiting(db: Db, person: str) -> list[tuple[RuleDraft, RuleReview]]:
    """What a process administrator is to decide on (待办), oldest first."""
    return [(draft, review) for draft, review in authoring.open_reviews(db) if may_decide(db, draft, review, person)]


def approvers(db: Db, draft: RuleDraft, review: RuleReview, day: date) -> list[Person]:
    """Who may decide on a review."""
    return [one for one in people.holders(db, EVERYWHERE, PROCESS_ADMIN, day) if may_decide(db, draft, review, one.id)]


def _tell(db: Db, review: RuleReview, person: str, kind: str, words: str, now: datetime) -> None:
    key, there = f"review:{review.id}:{kind}:{person}", {"link": f"/drafts/{review.draft}/review"}
    notices.add(db, Notice(id=ids.new(), key=key, jurisdiction=EVERYWHERE, kind=kind, person=person, words=words, at=now, detail=there))


def _name(db: Db, person: str) -> str:
    found = people.find(db, person)
    return found.name if found else person


def _must_be_another(db: Db, draft: RuleDraft, review: RuleReview, by: str) -> None:
    if not may_decide(db, draft, review, by):
        raise ConflictOfDuty("您编制或送审了这份草稿，不能审核（编审分离）。", todo="请由另一名没有参与编制的流程管理员审核。")


def _sound(db: Db, draft: RuleDraft) -> dict[str, bytes]:
    """The files of a draft that everything agrees to. Raises Unpublishable, Refusal."""
    newer = drafts.behind(db, draft)
    if newer is not None:
        raise Refusal(f"草稿建立以后，已经发布了新版本“{newer}”，现在发布会把它撤销。", todo="请在草稿页面选择“跟上现行版本”后再送审。")
    files = drafts.contents(db, draft)
    wrong = [one for one in writing.every(db, draft, files, walks=True) if one.level == "错误"]
    if wrong:
        raise Unpublishable(f"草稿有 {len(wrong)} 处错误，不能发布。", wrong)
    return files


def _checked(name: str, given: Mapping[str, Any]) -> Mapping[str, Any]:
    schema = form(name)

    def when(source: str, answers: Mapping[str, Any]) -> bool:
        desk, where = _Desk(datetime.now(SHANGHAI)), Where(scope="", process=PROCESS, element="", task="", activation="")
        return bool(engine.evaluate(source, dict.fromkeys(schema["properties"]) | dict(answers), desk, where))

    return forms.check(schema, given, when=when)


def _task(step: Step, element: str) -> str:
    found = next((one.where.task for one in step.tasks if one.where.element == element), None)
    if found is None:
        raise NotFound("发布流程没有走到这一步。", todo="请刷新页面查看最新情况。")
    return found
