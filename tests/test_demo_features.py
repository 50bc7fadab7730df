"""Every feature that the demo or one of its scenarios has on: switched off, the plan differs as theory says.

A plan is decided on a cut of the demo's projects, with the demo's rules and scenario files as they are, but for amounts
that are about hundreds of projects. Without a rule the best plan is better than the bound with it; without
money, an instrument or a bonus no plan is as good as the one with it.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import demo_cut
import pytest
from planning import decide

import allocator

if TYPE_CHECKING:
    from pathlib import Path

DEMO, CHAINS, DEBT, VOLUME = "guangxi", "scenarios/chains", "scenarios/debt", "scenarios/volume"
SEVERAL, ROBUST, UNCERTAIN = "scenarios/instruments", "scenarios/robust", "scenarios/uncertain"
FEW = "synergies.园区与整机=null synergies.动力电池集群.at_least=2 synergies.糖业扎堆.at_least=2 limits.补齐缺失节点.min=1"
CLOSE = "solver.gap=0.002"
LEVELS = "limits.技改贴息资金=null instruments.park_supporting.continuous=false"
NO_GRADES = (
    f"{CLOSE} debt.service=null debt.tiers=null debt.grade=null debt.last=null sources.special_bond.budget=900000"
)
SPENT = "targets.三年带动名义投资=null targets.投资逐年增长.base=3000000"
RULES = {
    "gate of the fair-competition review": (DEMO, "", "screening.gates.公平竞争审查=null"),
    "own capital in place": (DEMO, "", "screening.capital=null"),
    "cap of a group": (DEMO, "limits.单个集团.max=1000", ""),
    "share of bonds used as capital": (
        DEMO, "sources.special_bond.bond.max_capital_share=0.02", "",
    ),
    "share of emerging industries, by coefficient": (DEMO, "limits.战新投资占比.min_share=0.6", ""),
    "share of high technology": (DEMO, "limits.高技术投资占比.min_share=0.8", ""),
    "share downstream, priced": (
        DEMO, "limits.下游投资占比.min_share=0.95 limits.下游投资占比.soft=1", "",
    ),
    "energy per value added": (DEMO, "limits.单位增加值能耗.max=0.02", ""),
    "intensity of R&D": (DEMO, "limits.研发强度.min=0.02", ""),
    "realisation by stage": (DEMO, "", "leverage.realisation=null"),
    "displacement": (DEMO, "", "leverage.displacement=null"),
    "quota of bonds by year": (DEBT, f"{CLOSE} debt.quota=60000", CLOSE),
    "bonds by grade of risk": (
        DEBT, f"{CLOSE} debt.tiers.橙=0.1 debt.tiers.黄=0.1", CLOSE,
    ),
    "room under the debt limit": (DEBT, f"{NO_GRADES} debt.room=上年专项债", f"{NO_GRADES} debt.room=null"),
    "cap on a year's debt service": (DEBT, f"{CLOSE} debt.service.total=50000", CLOSE),
    "cover of all bonds": (DEBT, f"{CLOSE} debt.min_cover=9", CLOSE),
    "price of missing revenue": (
        DEBT, f"{CLOSE} sources.special_bond.bond.shortfall_price=5", CLOSE,
    ),
    "land of parks": (CHAINS, f"{FEW} parks.resources.熟地.existing=0", f"{FEW} parks=null"),
    "growth of investment, priced": (VOLUME, SPENT, "targets.三年带动名义投资=null targets.投资逐年增长=null"),
    "cap of an enterprise": (SEVERAL, f"{LEVELS} limits.单个企业.max=5000", f"{LEVELS} limits.单个企业=null"),
    "floor of interest subsidies": (SEVERAL, "instruments.park_supporting.continuous=false limits.技改贴息资金.min=900", LEVELS),
    "worst case of two projects": (ROBUST, "robust.gamma=2", "robust.gamma=0"),
    "mean of the worst outcomes": (UNCERTAIN, "uncertainty.sample.count=20", "uncertainty.sample.count=20 risk.weight=0"),
}  # fmt: skip
"""Rule → the plan, with the rule, without it."""
CHANCES = {
    "carry-over": (DEMO, "sources.fiscal.budget.2021=160000", "sources.fiscal.budget.2021=160000 sources.fiscal.carryover=null"),
    "payments after the plan": (DEMO, "", "sources.fiscal.tail=null"),
    "worth of structure": (DEMO, "", "goals.terms.1.weight=0"),
    "bonds as capital": (DEMO, "", "sources.special_bond.bond.max_capital_share=0"),
    "a second issue, repaid as an annuity": (DEBT, CLOSE, f"{CLOSE} sources.annuity_bond.budget=0"),
    "bonus of a closed node": (CHAINS, f"{FEW} chains.bonus.薄弱=20000", f"{FEW} chains.bonus=0"),
    "synergy of a cluster": (CHAINS, f"{FEW} synergies.动力电池集群.bonus=200000", f"{FEW} synergies.动力电池集群.bonus=0"),
    "any multiple of the step": (
        SEVERAL, "limits.技改贴息资金=null instruments.park_supporting.award.step=2000 solver.gap=0",
        f"{LEVELS} instruments.park_supporting.award.step=2000 solver.gap=0",
    ),
}  # fmt: skip
"""Possibility → the plan, with it, without it."""


@pytest.fixture(scope="module")
def cut(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cut of the demo on disk."""
    folder = tmp_path_factory.mktemp("cut")
    demo_cut.write(folder)
    return folder


@cache
def plan(folder: Path, name: str, overrides: str) -> allocator.Solution:
    """A plan of the cut, decided once."""
    return decide(folder / f"{name}.yaml", *overrides.split())


@pytest.mark.parametrize("rule", RULES)
def test_without_a_rule_the_plan_is_better(cut: Path, rule: str) -> None:
    """What is reached without the rule is more than any plan with it could reach."""
    name, on, off = RULES[rule]

    assert plan(cut, name, off).objective > plan(cut, name, on).bound


@pytest.mark.parametrize("chance", CHANCES)
def test_without_a_possibility_the_plan_is_worse(cut: Path, chance: str) -> None:
    """What is reached with it is more than any plan without it could reach."""
    name, on, off = CHANCES[chance]

    assert plan(cut, name, on).objective > plan(cut, name, off).bound


@pytest.mark.parametrize("gate", ["目录", "信用"])
def test_without_a_gate_more_is_offered(cut: Path, gate: str) -> None:
    """What a gate keeps out is offered without it."""
    assert plan(cut, DEMO, f"screening.gates.{gate}=null").sizes["options"] > plan(cut, DEMO, "").sizes["options"]
