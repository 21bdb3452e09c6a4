"""Check that everything a rule set mentions exists: offices of lanes, clauses, forms, materials, called procedures, tables, rounds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from adapters.library.coverage import coverage, decisions
from adapters.library.faults import Faults
from adapters.library.figures import TOPICS, topics
from adapters.library.linter import lint
from adapters.library.reading import NATIONAL
from domain import rounds
from domain.findings import Finding
from domain.procedures import Element, Procedure
from domain.rulesets import Round, Ruleset


def check(ruleset: Ruleset) -> list[Finding]:
    """What is mentioned but not there, in file order. The engine's gate checks the diagrams themselves; this joins them with the rest."""
    faults = Faults()
    tables = {one for path, data in ruleset.files.items() if path.endswith(".dmn") for one in decisions(data)}
    called = _reached(ruleset)
    for procedure in ruleset.procedures.values():
        _name(procedure, faults)
        if procedure.file.startswith(f"{ruleset.code}/") or procedure.id in called:
            for element in procedure.elements.values():
                _element(ruleset, procedure, element, tables, faults)
    _lists(ruleset, faults)
    _metrics(ruleset, faults)
    _clauses(ruleset, faults)
    lint(ruleset, faults)
    return faults.found


def _name(procedure: Procedure, faults: Faults) -> None:
    path = PurePosixPath(procedure.file)
    wanted = f"{path.parts[0]}_{path.stem}"
    if procedure.id != wanted:
        faults.add(
            procedure.file, "process-id", f"流程编号 {procedure.id} 与文件名不一致。", f"请把流程编号改为 {wanted}。", element=procedure.id
        )


def _reached(ruleset: Ruleset) -> set[str]:
    """Process ids that the jurisdiction's own diagrams call, directly or through others."""
    waiting = [one for one in ruleset.procedures.values() if one.file.startswith(f"{ruleset.code}/")]
    seen: set[str] = set()
    while waiting:
        for element in waiting.pop().elements.values():
            if element.called and element.called not in seen and element.called in ruleset.procedures:
                seen.add(element.called)
                waiting.append(ruleset.procedures[element.called])
    return seen


def _element(ruleset: Ruleset, procedure: Procedure, element: Element, tables: set[str], faults: Faults) -> None:
    def missing(code: str, what: str, todo: str) -> None:
        faults.add(procedure.file, code, what, todo, element=element.id)

    own = procedure.file.startswith(f"{ruleset.code}/")
    for office in _offices(element) if own else ():
        if office not in ruleset.offices:
            missing(
                "office",
                f"“{element.name or element.id}”所属的 {office} 不在 offices.yaml 里，无人可以办理。",
                "请补上该单位，或改正泳道编号。",
            )
    if element.form and element.form not in ruleset.forms:
        missing("form", f"表单 {element.form} 不存在。", f"请建立 forms/{element.form}.json，或改正表单名。")
    for material in element.materials if own else ():
        if material.id not in ruleset.materials:
            missing("material", f"材料 {material.id} 不在 materials.yaml 里。", "请补上该材料，或改正编号。")
    if element.decision and element.decision not in tables:
        missing("table", f"决策表 {element.decision} 不存在。", "请建立该表，或改正编号。")
    if element.kind == "callActivity":
        for line in _call(ruleset, element, own):
            missing("call", line, "请改正被调用的流程，或补上参数。")


def _offices(element: Element) -> Iterator[str]:
    if element.kind in ("userTask", "manualTask"):
        office = element.office or element.lane
        if element.parties and element.parties.offices:
            yield from element.parties.offices
        elif office and not office.startswith("=") and not (element.parties and element.parties.source):
            yield office


def _call(ruleset: Ruleset, element: Element, own: bool) -> Iterator[str]:
    """`own`: the call stands in the jurisdiction's diagram; a shared part hands on the offices that its own caller named."""
    target = ruleset.procedures.get(element.called or "")
    if target is None:
        yield f"被调用的流程 {element.called or '（未填写）'} 不存在。"
    elif target.file.startswith(f"{NATIONAL}/"):
        lanes = {one.lane for one in target.elements.values() if one.lane and one.kind in ("userTask", "manualTask") and not one.office}
        for lane in sorted(lanes - ruleset.offices.keys() - element.params.keys()) if own else ():
            yield f"没有说明“{target.name}”里的 {lane} 由谁担任，请加参数 {lane}。"
        for name in sorted(lanes & element.params.keys()):
            value = str(element.params[name])
            if not value.startswith("=") and value not in ruleset.offices:
                yield f"参数 {name} 的值 {value} 不在 offices.yaml 里。"


def _metrics(ruleset: Ruleset, faults: Faults) -> None:
    """The amounts of every metric are marked in some form, on a field or on a row's field."""
    props = [one for form in ruleset.forms.values() for one in (form.get("properties") or {}).values() if isinstance(one, dict)]
    rows = [one for prop in props for one in ((prop.get("items") or {}).get("properties") or {}).values() if isinstance(one, dict)]
    known = {one.get("x-amount") for one in (*props, *rows)}
    for metric in ruleset.metrics:
        for kind in (metric.later, metric.earlier):
            if kind not in known:
                what = f"指标“{metric.title}”所用的金额 {kind} 没有任何表单填报。"
                faults.add(f"{ruleset.code}/region.yaml", "amount", what, "请在表单字段上加 x-amount，或改正。", element=metric.id)


def _lists(ruleset: Ruleset, faults: Faults) -> None:
    for procedure in ruleset.procedures.values():
        if procedure.file.startswith(f"{ruleset.code}/"):
            for office in procedure.starters:
                if office not in ruleset.offices:
                    faults.add(
                        procedure.file, "office", f"发起单位 {office} 不在 offices.yaml 里。", "请补上或改正。", element=procedure.id
                    )
    for one in ruleset.rounds.values():
        for what, todo in _round(ruleset, one):
            faults.add(f"{ruleset.code}/rounds.yaml", "round", f"批次“{one.title}”{what}。", todo, element=one.id)
    for rung in ruleset.ladder:
        for office in set(rung.tells) - {"holder", "coordinator"} - ruleset.offices.keys():
            file = f"{ruleset.code}/region.yaml"
            faults.add(file, "office", f"提醒“{rung.kind}”的收件岗位 {office} 不在 offices.yaml 里。", "请补上或改正。", element="ladder")


def _round(ruleset: Ruleset, one: Round) -> Iterator[tuple[str, str]]:
    if one.procedure and ruleset.procedure(one.procedure) is None:
        yield f"要打开的流程 {one.procedure} 不存在", "请改正。"
    if not one.procedure and not one.tells:
        yield "既不打开流程，也不通知任何岗位", "请写 procedure，或在 tells 中写明通知哪些岗位。"
    for rule in (one.opens, one.closes) if one.closes else (one.opens,):
        if wrong := rounds.check(rule):
            yield f"的时间写法不对：{wrong}", "请改正 opens 或 closes。"
        elif (name := rounds.setting_of(rule)) and name not in ruleset.settings:
            yield f"所用的设置项 {name} 不在 region.yaml 里", "请补上设置项。"
    for office in sorted(set(one.tells) - ruleset.offices.keys()):
        yield f"要通知的岗位 {office} 不在 offices.yaml 里", "请补上或改正。"
    if any(day < 0 for day in one.reminds):
        yield "的 reminds 有负数", "写截止前的天数，如 30, 7, 1, 0。"


def _clauses(ruleset: Ruleset, faults: Faults) -> None:
    file, known = f"{ruleset.code}/clauses.yaml", ruleset.catalogue.by_id()
    known_topics = topics(ruleset.files)
    for clause in ruleset.catalogue:
        if clause.topic and clause.topic not in known_topics:
            faults.add(file, "topic", f"事项 {clause.topic} 不在 {TOPICS} 里。", "请改用目录中的编号，或先补上该事项。", element=clause.id)
        if known_topics and not clause.topic:
            what = "没有写明属于哪一项事，地区对照时列在“其他”里。"
            faults.add(file, "no-topic", what, f"请补上 topic，编号见 {TOPICS}。", element=clause.id, level="提醒")
        if clause.kind == "context" and not clause.reason:
            faults.add(file, "context", "背景条款没有写明为何不执行。", "请补上 reason。", element=clause.id)
        if clause.override and clause.override.approver not in ruleset.offices:
            faults.add(
                file, "office", f"例外的批准单位 {clause.override.approver} 不在 offices.yaml 里。", "请补上或改正。", element=clause.id
            )
    for clause_id, places in coverage(ruleset).items():
        own = [place for place in places if not place.startswith(f"{NATIONAL}/")]  # national parts may cite several regulations
        if clause_id not in known:
            for place in own:
                path, _, element = place.partition("#")
                faults.add(
                    f"{ruleset.code}/{path}", "clause", f"引用的条款 {clause_id} 不在 clauses.yaml 里。", "请补上该条款，或改正编号。",
                    element=element or None,
                )  # fmt: skip
        elif not places and known[clause_id].executable:
            faults.add(
                file,
                "uncovered",
                "条款没有落到任何流程、决策表、表单或批次上。",
                "请在执行它的地方标注该条款。",
                element=clause_id,
                level="提醒",
            )
