"""Every feature that the demo or one of its scenarios has on: switched off, the plan differs as theory says.

A plan is decided on a cut of the demo's projects, with the demo's rules and scenario files as they are, but for amounts
that are about hundreds of projects. Without a rule the best plan is better than the bound with it; without
money, an instrument or a bonus no plan is as good as the one with it.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import demo_cut
import demo_year
import pytest
from demo_cut import CHEAP, FEW

import allocator

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

DEMO, CHAINS, DEBT, VOLUME = "guangxi", "scenarios/chains", "scenarios/debt", "scenarios/volume"
SEVERAL, ROBUST, UNCERTAIN = "scenarios/instruments", "scenarios/robust", "scenarios/uncertain"
REPLAN, LEAST = "scenarios/replan", "scenarios/least_spending"
CLOSE = "solver.gap=0.002"
LEVELS = "limits.技改贴息资金=null instruments.park_supporting.continuous=false"
NO_GRADES = (
    f"{CLOSE} debt.service=null debt.tiers=null debt.grade=null debt.last=null sources.special_bond.budget=900000"
)
SPENT = "targets.三年带动名义投资=null targets.投资逐年增长.base=3000000"
LATER = "screening.capital.where.lock=null sources.fiscal.budget=80000 sources.special_bond.budget=250000 limits.首年支付进度=null solver.gap=0.002"
NEEDS = 'dependencies=[{{"requires":["G0015","Y003"],"lag":{}}}]'
"""The plant and the park both can start in 2021 only."""
HALVED = (
    "closing.gate=false instruments.park_infrastructure.award.levels=4 sources.special_bond.bond.revenue_haircut=0.5"
)
HEAVY = "goals.terms.0.measure=energy_tce limits.单位增加值能耗=null screening.capital=null"
"""A plan that wants energy-heavy projects."""
CROWD = f"{FEW} synergies.糖业扎堆.where.chain=null synergies.糖业扎堆.where.category=企业技改"
MEDICINE = "synergies.铜加工互为上下游.where.chain=生物医药 synergies.铜加工互为上下游.where.category=企业技改"
SMALL = "synergies.石化集聚.where.chain=null synergies.石化集聚.where.category=科技成果产业化"
FLOOR = "instruments.park_supporting.continuous=false limits.技改贴息资金.min=1700 solver.gap=0.0005"
"""Interest of every renovation loan, though most grants bring more."""
EITHER = "stacking.exclusive=[[renovation_grant,renovation_interest],[construction_grant,construction_interest]]"
"""No project has both, so that most renovation takes the grant."""
LAND = "goals.terms.2.weight=300"
"""A plan that wants parks."""
WORKS = "goals.terms.2.measure=supported_investment goals.terms.2.weight=0.1"
"""A plan that wants parks, with and without land."""
PARTS = "instruments.guarantee_subsidy.award.levels=8"
"""Guarantees that the budget of the cut can pay."""
BAD = "uncertainty.outcomes.市场低迷.floor=null risk.report=[]"
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
    "cover of a park": (DEMO, "sources.special_bond.bond.min_cover=3", ""),
    "half of the bonds, half of the revenue": (DEMO, HALVED, f"{HALVED} sources.special_bond.bond.revenue=whole"),
    "stressed revenue": (DEMO, HALVED, "closing.gate=false instruments.park_infrastructure.award.levels=4 sources.special_bond.bond.revenue_haircut=null"),
    "all public money of a project": (DEMO, "stacking.public_share.max=0.01", "stacking.public_share=null"),
    "no interest twice": (DEMO, "stacking.national.column=done_investment stacking.national.instruments=[flagship_grant]", "stacking.national=null"),
    "energy-heavy share": (DEMO, f"{HEAVY} limits.高耗能投资占比.max_share=0.05", f"{HEAVY} limits.高耗能投资占比=null"),
    "a park a year before its plant": (DEMO, NEEDS.format(1), NEEDS.format(0)),
    "response": (DEMO, "instruments.flagship_grant.award.levels=2", "instruments.flagship_grant.award.levels=2 leverage.response=[[0,0],[0.5,0.9],[1,1]]"),
    "realisation by stage": (DEMO, "", "leverage.realisation=null"),
    "displacement": (DEMO, "", "leverage.displacement=null"),
    "quota of bonds by year": (DEBT, f"{CLOSE} debt.quota=60000", CLOSE),
    "bonds by grade of risk": (
        DEBT, f"{CLOSE} debt.tiers.橙=0.1 debt.tiers.黄=0.1", CLOSE,
    ),
    "room under the debt limit": (DEBT, f"{NO_GRADES} {LAND} debt.room=上年专项债", f"{NO_GRADES} {LAND} debt.room=ignored"),
    "cap on a year's debt service": (DEBT, f"{CLOSE} debt.service.total=50000", CLOSE),
    "cover of all bonds": (DEBT, f"{CLOSE} debt.min_cover=9", CLOSE),
    "price of missing revenue": (
        DEBT, f"{CLOSE} sources.special_bond.bond.shortfall_price=5", CLOSE,
    ),
    "crowding": (CHAINS, f"{CROWD} synergies.糖业扎堆.bonus=-90000", f"{CROWD} synergies.糖业扎堆.bonus=0"),
    "floor of gaps closed": (CHAINS, f"{FEW} limits.补齐缺失节点.min=2", FEW),
    "land of parks": (CHAINS, f"{FEW} parks.resources.熟地.existing=0", f"{FEW} parks=null"),
    "volume that must be reached": (VOLUME, "targets.投资逐年增长=null targets.三年带动名义投资.min=6500000", "targets.投资逐年增长=null targets.三年带动名义投资=null"),
    "growth of investment, priced": (VOLUME, SPENT, "targets.三年带动名义投资=null targets.投资逐年增长=null"),
    "cap of an enterprise": (SEVERAL, f"{LEVELS} limits.单个企业.max=5000", f"{LEVELS} limits.单个企业=null"),
    "floor of interest subsidies": (SEVERAL, f"{FLOOR} {EITHER}", f"{LEVELS} {EITHER} solver.gap=0.0005"),
    "no grant and interest subsidy at once": (SEVERAL, f"{FLOOR} {EITHER}", FLOOR),
    "one grant of an enterprise": (
        SEVERAL, f"{LEVELS} stacking.one_per_entity.by=category stacking.one_per_entity.instruments=[flagship_grant,construction_grant]",
        f"{LEVELS} stacking.one_per_entity=null",
    ),
    "floor of a bad outcome": (f"{UNCERTAIN}:bad_years", f"{BAD} uncertainty.outcomes.回款不畅.floor=125500", BAD),
    "a budget that may be cut": (
        f"{UNCERTAIN}:bad_years", BAD, f"{BAD} uncertainty.outcomes.回款不畅=null",
    ),
    "worst case of two projects": (ROBUST, "robust.gamma=2", "robust.gamma=0"),
    "mean of the worst outcomes": (UNCERTAIN, "uncertainty.sample.count=20", "uncertainty.sample.count=20 risk.weight=0"),
}  # fmt: skip
"""Rule → the plan, with the rule, without it."""
CHANCES = {
    "carry-over": (DEMO, "sources.fiscal.budget.2021=160000", "sources.fiscal.budget.2021=160000 sources.fiscal.carryover=null"),
    "payments after the plan": (DEMO, "", "sources.fiscal.tail=null"),
    "worth of structure": (DEMO, "", "goals.terms.1.weight=0"),
    "bonds as capital": (DEMO, "", "sources.special_bond.bond.max_capital_share=0"),
    "a second issue, repaid as an annuity": (
        DEBT, f"{CLOSE} {LAND} sources.special_bond.budget=60000",
        f"{CLOSE} {LAND} sources.special_bond.budget=60000 sources.annuity_bond.budget=0",
    ),
    "grants of flagships": (DEMO, "", "instruments.flagship_grant.award.min=90000000 instruments.flagship_grant.award.max=null"),
    "grants of renovation": (DEMO, "", "instruments.renovation_grant.award.min=1000"),
    "interest subsidies": (DEMO, "instruments.renovation_grant.award.min=1000", "instruments.renovation_grant.award.min=1000 instruments.renovation_interest.award.min=10000"),
    "guarantees": (DEMO, PARTS, f"{PARTS} instruments.guarantee_subsidy.award.min=9000000"),
    "parks without revenue": (DEMO, WORKS, f"{WORKS} instruments.park_supporting.award.min=9000000 instruments.park_supporting.award.max=null"),
    "packages": (SEVERAL, FLOOR, f"{FLOOR} packages=[] stacking.exclusive=[]"),
    "pairs of projects": (CHAINS, f"{FEW} {MEDICINE} synergies.铜加工互为上下游.bonus=20000", f"{FEW} {MEDICINE} synergies.铜加工互为上下游.bonus=0"),
    "every further project": (CHAINS, f"{FEW} {SMALL} synergies.石化集聚.bonus=20000", f"{FEW} {SMALL} synergies.石化集聚.bonus=0"),
    "an anchor": (CHAINS, f"{FEW} synergies.龙头带原料基地.bonus=200000", f"{FEW} synergies.龙头带原料基地.bonus=0"),
    "bonus of a closed node": (CHAINS, f"{FEW} chains.bonus.薄弱=20000", f"{FEW} chains.bonus=0"),
    "synergy of a cluster": (CHAINS, f"{FEW} synergies.动力电池集群.bonus=200000", f"{FEW} synergies.动力电池集群.bonus=0"),
    "any multiple of the step": (
        SEVERAL, f"{WORKS} limits.技改贴息资金=null instruments.park_supporting.award.step=2000",
        f"{WORKS} {LEVELS} instruments.park_supporting.award.step=2000",
    ),
}  # fmt: skip
"""Possibility → the plan, with it, without it."""


@pytest.fixture(scope="module")
def cut(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cut of the demo on disk."""
    folder = tmp_path_factory.mktemp("cut")
    demo_cut.write(folder)
    return folder


def some(names: Iterable[str], *fast: str) -> list[Any]:
    """All of them; those not named as fast are slow."""
    return [name if name in fast else pytest.param(name, marks=pytest.mark.slow) for name in names]


@cache
def plan(folder: Path, name: str, overrides: str) -> allocator.Solution:
    """A plan of the cut, decided once; ``name``: file, or file:scenario."""
    file, _, scenario = name.partition(":")
    loaded = allocator.load(folder / f"{file}.yaml", scenario=scenario or None, overrides=overrides.split())
    return allocator.solve(loaded)


@pytest.mark.slow
@pytest.mark.parametrize("rule", some(RULES, "realisation by stage"))
def test_without_a_rule_the_plan_is_better(cut: Path, rule: str) -> None:
    """What is reached without the rule is more than any plan with it could reach."""
    name, on, off = RULES[rule]

    assert plan(cut, name, off).objective > plan(cut, name, on).bound


@pytest.mark.slow
@pytest.mark.parametrize("chance", some(CHANCES, "worth of structure"))
def test_without_a_possibility_the_plan_is_worse(cut: Path, chance: str) -> None:
    """What is reached with it is more than any plan without it could reach."""
    name, on, off = CHANCES[chance]

    assert plan(cut, name, on).objective > plan(cut, name, off).bound


@pytest.mark.sweep(1)
@pytest.mark.parametrize("gate", ["目录", "信用"])
def test_without_a_gate_more_is_offered(cut: Path, gate: str) -> None:
    """What a gate keeps out is offered without it."""
    assert plan(cut, DEMO, f"screening.gates.{gate}=null").sizes["options"] > plan(cut, DEMO, "").sizes["options"]


def delay(solution: allocator.Solution, instrument: str) -> float:
    """Years between the start of support and its payments, on average."""
    paid = solution.payments.merge(solution.awards[["project_id", "option", "instrument", "start_year"]])
    paid = paid[paid["instrument"] == instrument]
    late = paid["year"].astype(int) - paid["start_year"].astype(int)
    return float((paid["amount"].astype(float) * late).sum() / paid["amount"].astype(float).sum())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("instrument", "off"),
    [
        ("flagship_grant", "instruments.flagship_grant.before_acceptance=null instruments.flagship_grant.payments=[1]"),
        ("renovation_grant", "instruments.renovation_grant.payment_mode=advance"),
    ],
)
def test_staged_and_reimbursed_grants_are_paid_later(cut: Path, instrument: str, off: str) -> None:
    """Without stages, and without waiting for completion, everything is paid when support starts."""
    assert delay(plan(cut, DEMO, ""), instrument) > delay(plan(cut, DEMO, off), instrument) == 0


@pytest.mark.slow
def test_a_target_costs_no_more_than_the_plan_that_reaches_it(cut: Path) -> None:
    """The least money for what a plan under a budget brings is less than what that plan spends on its goal."""
    plain = plan(cut, DEMO, "")
    target = f"{CHEAP} targets.三年带动名义投资.min={plain.awards['nominal_investment'].sum() - 1:.0f}"
    least = plan(cut, LEAST, target)

    assert least.bound <= least.objective < plain.payments["amount"].sum()


@pytest.fixture(scope="module")
def later(cut: Path) -> Path:
    """The cut a year after its plan was approved: what failed and what was paid."""
    approved = cut / "data" / "previous"
    approved.mkdir()
    first = plan(cut, DEMO, "")
    for name, table in (("awards", first.awards), ("payments", first.payments)):
        table.to_csv(approved / f"{name}.csv", index=False, encoding="utf-8-sig")
    rows = demo_year.progress(approved, cut / "data" / "projects.csv")
    demo_year.write(cut / "data" / "progress.csv", rows)
    return cut


def moved(solution: allocator.Solution) -> int:
    """How many approved awards are not as they were."""
    return int((solution.extra["moved"]["change"] != "kept").sum())


@pytest.mark.slow
def test_a_price_of_changes_keeps_to_the_approved_plan(later: Path) -> None:
    """Where changes cost nothing there are more of them, and the plan is worth more."""
    on, off = plan(later, REPLAN, f"{LATER} stability=20"), plan(later, REPLAN, f"{LATER} stability=0")

    assert moved(on) < moved(off)
    assert off.objective > on.bound


@pytest.mark.slow
def test_money_of_failed_projects_is_spent_again(later: Path) -> None:
    """Were all that should have begun still under way, less could be decided anew."""
    told = demo_year.read(later / "data" / "progress.csv")
    nothing = {"已开工": "0", "已失败": "1"} | {column: "0" for column in told[0] if "@" in column}
    failed = [row | nothing for row in told[7:11]] + told[:7] + told[11:]
    demo_year.write(later / "data" / "failed.csv", [dict(row) for row in failed])
    demo_year.write(later / "data" / "well.csv", [dict(row) | {"已开工": 1, "已失败": 0} for row in told])

    free = f"{LATER} stability=0 sources.special_bond.budget=400000"
    freed = plan(later, REPLAN, f"{free} progress={later / 'data' / 'failed.csv'}")
    bound = plan(later, REPLAN, f"{free} progress={later / 'data' / 'well.csv'}")
    kept, all_kept = (set(s.awards.loc[s.awards["committed"] == 1, "project_id"]) for s in (freed, bound))
    new, fewer_new = (float(s.awards.loc[s.awards["committed"] == 0, "award"].sum()) for s in (freed, bound))

    assert kept < all_kept
    assert new > fewer_new
