"""A story that would check nothing is refused with words, wherever the slip stands."""

from __future__ import annotations

import pytest

from adapters.settings import SHIPPED
from tasks.scenarios.language import ScenarioError, parse
from tasks.scenarios.player import Theatre, play

BEGIN = "title: 故事\nclauses: [JJ-06-30wan]\n"
PROJECT = f"{BEGIN}given: {{on: 2025-03-03, unit: 区教育局}}\n"
NONE = f"{BEGIN}given: {{procedure: none, on: 2025-03-03}}\n"


@pytest.fixture(scope="module")
def theatre(tmp_path_factory: pytest.TempPathFactory) -> Theatre:
    return Theatre.of(SHIPPED, "jinjiang", tmp_path_factory.mktemp("files"))


@pytest.mark.parametrize(
    ("story", "words"),
    [
        (f"{PROJECT}when: [{{expect: {{}}}}]", "没有写要核对什么"),
        (f"{PROJECT}when: [{{play: wait_plan, refused: {{}}}}]", "play 不能带 refused"),
        (f"{PROJECT}when: [{{expect: {{closed: false}}, case: main}}]", "expect 不能带 case"),
        (f"{PROJECT}when: [{{override: {{clause: JJ-07-reserve, because: 急}}}}]\nthen: {{closed: false}}", "override"),
        (f"{BEGIN}given: {{procedure: none, on: 2025-03-03, flags: {{a: 1}}}}\nthen: {{incidents: 0}}", "不能写 flags"),
    ],
)
def test_words_that_would_be_passed_over_cannot_be_read(story: str, words: str) -> None:
    with pytest.raises(ScenarioError, match=words):
        parse(story)


@pytest.mark.parametrize(
    ("story", "words"),
    [
        (PROJECT, "没有核对任何结果"),
        (f"{NONE}then: {{closed: true}}", "没有当前办件，closed"),
        (f"{NONE}when: [{{round: annual_plan_first}}]\nthen: {{case: annual_plan_first, stage: 储备}}", "没有所属项目，stage"),
        (f"{PROJECT}then: {{not_open: [cost_revue]}}", "步骤 cost_revue 不存在"),
        (f"{PROJECT}then: {{decided: {{cost_revue: null}}}}", "步骤 cost_revue 不存在"),
        (f"{PROJECT}then: {{banned: {{experts: null}}}}", "限制 experts 不存在"),
        (f"{PROJECT}then: {{cases: {{rectify: 0}}}}", "流程 rectify 不存在"),
        (f"{PROJECT}then: {{facts: {{founding: null}}}}", "名称 founding 不存在"),
        (f"{PROJECT}then: {{entry: {{项目裤: false}}}}", "名称 项目裤 不存在"),
        (f"{PROJECT}then: {{notices: [{{to: ownr, absent: true}}]}}", "收件人 ownr 不存在"),
        (f"{PROJECT}then: {{notices: [{{to: owner, clause: JJ-99, absent: true}}]}}", "条款 JJ-99 不存在"),
        (f"{PROJECT}when: [{{setting: {{panel_minimal: 5}}}}]\nthen: {{closed: false}}", "设置项 panel_minimal 不存在"),
        (f"{PROJECT}when: [{{do: declare, without: [paper]}}]\nthen: {{closed: false}}", "材料 paper 不存在"),
        (f"{PROJECT}when: [{{wait_until: 2025-03-01}}]\nthen: {{closed: false}}", "时间不能倒走"),
        (f"{NONE}when: [{{override: {{clause: JJ-07-reserve, by: leading_group}}, refused: {{}}}}]", "没有所属项目"),
        (f"{PROJECT}when: [{{start: {{procedure: adhoc, by: nobody}}, refused: {{}}}}]", "没有岗位或专家“nobody”"),
    ],
)
def test_names_that_mean_nothing_are_refused(theatre: Theatre, story: str, words: str) -> None:
    outcome = play(parse(story), theatre)

    assert any(words in one for one in outcome.differences), outcome.differences


def test_a_beginning_that_should_be_refused_and_is_not_is_told(theatre: Theatre) -> None:
    outcome = play(parse(f"{BEGIN}given: {{on: 2025-03-03, unit: 区教育局, refused: {{}}}}"), theatre)

    assert outcome.differences == ["“project”本应不能开办，却开办成功"]
