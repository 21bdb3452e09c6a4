"""What administrators and log-ins did, for the audit administrator (审计): no business content, only who changed whose rights."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from adapters.database import Db, audit, people
from adapters.database.tables import AuditRecord
from domain.duties import INSTALLATION_POSTS

ACTS = {
    "sign-in": "登录",
    "sign-in-refused": "登录失败",
    "sign-out": "退出",
    "password-changed": "修改口令",
    "password-reset": "重置口令",
    "account-created": "建立账号",
    "account-opened": "开通账号",
    "account-active": "恢复账号",
    "account-inactive": "停用账号",
    "account-unlocked": "解除锁定",
    "post-given": "授予岗位",
    "post-ended": "撤销岗位",
    "unit-kept": "维护单位",
    "expert-kept": "维护专家库",
    "setting": "修改参数",
    "round-opened": "手工开办批次",
    "ledger-imported": "导入存量台账",
    "address-changed": "修改联系方式",
    "publish": "发布规则",
    "draft-opened": "新建规则草稿",
    "draft-dropped": "放弃规则草稿",
    "draft-submitted": "送审规则草稿",
    "draft-returned": "退回规则草稿",
    "draft-withdrawn": "撤回规则草稿",
    "bundle-exported": "导出规则包",
    "bundle-imported": "导入规则包",
    "attachment-opened": "打开材料",
    "incident-resolved": "处理异常",
    "incident-retried": "重试未成功",
}
PAGE = 50
MOST = 5000  #: records looked through for one page


@dataclass(frozen=True, slots=True)
class Entry:
    """One record in words."""

    seq: int
    at: datetime
    who: str
    act: str
    target: str
    detail: str


def page(db: Db, *, act: str = "", before: int | None = None) -> tuple[list[Entry], int | None]:
    """Records newest first, and the number to go on from; None on the last page."""
    wanted = {act} if act in ACTS else set(ACTS)
    found: list[AuditRecord] = []
    looked = 0
    while len(found) <= PAGE and looked < MOST:
        batch = audit.listing(db, act=act if act in ACTS else None, before=before, limit=500)
        found += [one for one in batch if one.act in wanted]
        looked += len(batch)
        if len(batch) < 500:
            break
        before = batch[-1].seq
    shown = found[:PAGE]
    names = people.by_ids(db, list({one.actor for one in shown} | {one.target for one in shown}))
    entries = [
        Entry(
            seq=one.seq,
            at=one.at,
            who=names[one.actor].name if one.actor in names else _system(one.actor),
            act=ACTS[one.act],
            target=names[one.target].name if one.target in names and one.target != one.actor else "",
            detail=_detail(one.body),
        )
        for one in shown
    ]
    return entries, shown[-1].seq if len(found) > PAGE else None


def _system(actor: str) -> str:
    return {"installer": "安装程序", "": "未知账号"}.get(actor, "系统")


def _detail(body: str) -> str:
    """The parts of a record that are no business: address, login, office."""
    given = json.loads(body)
    words = []
    for name, label in (
        ("address", "地址"),
        ("login", "账号"),
        ("office", "岗位"),
        ("name", "名称"),
        ("value", "值"),
        ("attachment", "材料编号"),
    ):
        if given.get(name) not in (None, ""):
            value = str(given[name])
            words.append(f"{label} {INSTALLATION_POSTS.get(value, value)}")
    if given.get("locked"):
        words.append("账号处于锁定")
    return "，".join(words)
