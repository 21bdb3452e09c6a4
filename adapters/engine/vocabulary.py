"""What diagrams may say: the functions of every expression, and the operations of service tasks. One table for gate, guide and tests.

A signature lists arguments in order as `kind` or `kind?` (may be left out); `name=kind?` can also be given by name. Kinds that name
something (step, field, clause…) are checked against the rule set; `value`, `text`, `count`, `day` are not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Signature:
    """A function that the world answers: kinds of its arguments, and what people read about it."""

    arguments: tuple[str, ...]
    words: str

    @property
    def least(self) -> int:
        """How many arguments must be given."""
        return sum(not kind.endswith("?") for kind in self.arguments)

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds in order, without the marks."""
        return tuple(kind.rstrip("?").partition("=")[2] or kind.rstrip("?") for kind in self.arguments)

    @property
    def names(self) -> frozenset[str]:
        """Arguments that may be given by name."""
        return frozenset(kind.partition("=")[0] for kind in self.arguments if "=" in kind)


@dataclass(frozen=True, slots=True)
class Operation:
    """What a service task may do: kind of each parameter; `?` marks those that may be left out."""

    parameters: Mapping[str, str]
    words: str
    open: bool = False  #: takes any further parameters


FUNCTIONS: Mapping[str, Signature] = {
    "decision": Signature(("step",), "步骤、决策表或等待事件的最近结论"),
    "answer": Signature(("step", "field"), "步骤表单中某个字段的最近填报值"),
    "done_on": Signature(("step",), "步骤最近一次办结的日期"),
    "votes": Signature(("step", "outcome"), "会签步骤本轮给出某个结论的人数"),
    "voters": Signature(("step",), "会签步骤本轮的会签方总数"),
    "times": Signature(("step", "outcome", "since=day?"), "步骤得出某个结论的次数"),
    "parties": Signature(("step",), "会签步骤的会签方名单"),
    "panel": Signature((), "本次抽取的专家名单"),
    "amount": Signature(("amount",), "项目某类金额的最近值（万元）"),
    "project": Signature(("fact",), "项目的基本情况"),
    "param": Signature(("param",), "调用本流程时给出的参数"),
    "setting": Signature(("setting",), "管理员设定的数值"),
    "flag": Signature(("flag",), "项目上登记的标记"),
    "banned": Signature(("ban",), "限制是否在有效期内"),
    "overridden": Signature(("clause",), "条款是否已有例外登记"),
    "system": Signature(("value",), "所涉信息系统的情况"),
    "entry": Signature(("value",), "批次中本项目一行的字段"),
    "fact_of": Signature(("value", "value"), "批次中某个项目的信息或标记"),
    "entries_left": Signature((), "批次中仍保留的项目数"),
    "running": Signature(("procedure", "text?"), "本地区某流程还没有办结的件数；第二个参数写 system 时，只数同一信息系统的其他办件"),
    "ledger": Signature(("value", "value?", "value?"), "本地区全部项目某项信息的不同取值"),
    "held_by": Signature(("office",), "担任某岗位的单位"),
    "kept": Signature(("value",), "本地区登记的一项事实，由操作 keep 记下"),
    "round_year": Signature((), "批次年度"),
    "round_day": Signature((), "批次节点的日期；人工开办的没有"),
    "starter": Signature(("value?",), '发起本办件的岗位；starter("unit") 是发起人所在单位'),
    "today": Signature((), "今天"),
    "workdays": Signature(("count", "after=day?"), "若干个工作日的最后一日"),
    "days": Signature(("count", "after=day?"), "若干日的最后一日"),
    "months": Signature(("count", "after=day?"), "若干个月的最后一日"),
    "years": Signature(("count", "after=day?"), "若干年的最后一日"),
    "end_of": Signature(("monthday", "after=day?"), "下一个某月某日"),
}
PERIODS = frozenset({"workdays", "days", "months", "years", "end_of", "on"})  #: what a timer may begin with

OPERATIONS: Mapping[str, Operation] = {
    "notify": Operation({"to": "offices", "text": "text", "clause": "clause?"}, "发送通知"),
    "set_stage": Operation({"stage": "text"}, "进入项目阶段"),
    "register_entry": Operation({"kind": "text", "years": "count?"}, "入库登记并编号"),
    "ban": Operation({"kind": "ban", "until": "day", "reason": "text"}, "登记限制"),
    "lift_ban": Operation({"kind": "ban"}, "解除限制"),
    "collect_candidates": Operation({"message": "message", "without": "text?"}, "归集等待中的项目"),
    "issue_results": Operation(
        {"message": "message", "chosen": "text?", "other": "text?", "passed": "text?", "amount": "text?"}, "逐项下达批次结果"
    ),
    "anonymise": Operation({"step": "step"}, "评审意见脱敏"),
    "draw_panel": Operation({"step": "step", "pool": "text?", "named_pool": "text?"}, "抽取专家"),
    "send_message": Operation({"message": "message", "outcome": "text"}, "向等待中的办件发送消息"),
    "set_system": Operation({"status": "text", "day": "day?", "stopped": "value?"}, "登记信息系统状态"),
    "suspend_project": Operation({"reason": "text?"}, "暂停项目"),
    "resume_project": Operation({"reason": "text?"}, "恢复项目"),
    "terminate_project": Operation({"reason": "text?"}, "终止项目"),
    "close_project": Operation({"result": "text"}, "项目办结"),
    "flag": Operation({"name": "text", "value": "value"}, "登记项目标记"),
    "keep": Operation({"name": "text", "value": "value"}, "登记本地区的一项事实"),
    "open_side_case": Operation({"procedure": "procedure"}, "发起附属流程", open=True),
}

PROJECT_FACTS = frozenset({
    "id", "number", "name", "nature", "funding", "category", "unit", "unit_id", "unit_kind", "co_units", "stage", "status", "created_on",
    "system",
})  # fmt: skip
