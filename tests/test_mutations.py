"""The stories bite: a rule changed in one place makes one of them fail. `make prove` runs the long campaign."""

from __future__ import annotations

import random

import pytest

from adapters import library
from adapters.settings import SHIPPED
from chaos import law_mutants, mutation_check

PLACE = "jinjiang"


@pytest.mark.parametrize(
    ("at", "kind"),
    [
        ("jinjiang_plan_gate#", "金额"),
        ("jinjiang_plan_gate#", "含与不含"),
        ("jinjiang_procurement_gate#", "含与不含"),
        ("jinjiang_delivery#file_contract", "步骤"),
        ("jinjiang_admission#cost_review", "岗位"),
        ("jinjiang_acceptance#file_acceptance", "材料"),
    ],
)
def test_a_changed_rule_is_noticed(at: str, kind: str) -> None:
    every = law_mutants.of(library.files_of(SHIPPED, PLACE), PLACE)
    mutant = next(one for one in every if one.at == at and one.kind == kind)

    assert mutation_check.quick(PLACE, mutant).by is not None, mutant.what


@pytest.mark.parametrize("code", library.codes(SHIPPED))
def test_a_sample_of_every_jurisdiction(code: str) -> None:
    every = [one for one in law_mutants.of(library.files_of(SHIPPED, code), code) if mutation_check.cited(code).get(one.at)]
    verdicts = [mutation_check.quick(code, one) for one in random.Random(code).sample(every, 5)]

    assert sum(one.by is not None for one in verdicts) >= 4, [one.what for one in verdicts if one.by is None]


def test_an_unchanged_rule_set_is_not_accused() -> None:
    mutant = next(one for one in law_mutants.of(library.files_of(SHIPPED, PLACE), PLACE) if one.path.endswith("plan_gate.dmn"))
    same = law_mutants.Mutant(mutant.path, mutant.kind, mutant.at, "没有改动", (SHIPPED / mutant.path).read_bytes())

    assert mutation_check.quick(PLACE, same).by is None
