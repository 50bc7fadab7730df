"""Every feature is on in the demo or one of its scenarios, and what it does is seen there: without it these tests fail."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from planning import ROOT, decide

import allocator

BASE, SCENARIOS = "guangxi.yaml", "scenarios"
ROUGH = "solver.gap=0.01"
"""What is looked at differs by far more than this."""


@cache
def plan(config: str, *overrides: str) -> allocator.Solution:
    """A config of the demo, decided roughly; once for all tests of a process."""
    return decide(ROOT / "configs" / config, ROUGH, *overrides)


def scenario(name: str) -> str:
    """A scenario's file."""
    return f"{SCENARIOS}/{name}.yaml"


def limit(solution: allocator.Solution, name: str) -> Any:
    """The rows of one limit."""
    return solution.limits[solution.limits["limit"] == name]


def instruments(solution: allocator.Solution) -> set[str]:
    """What the plan supports projects by."""
    return set(solution.awards["instrument"])


def paid_late(solution: allocator.Solution) -> bool:
    """There are grants paid back after completion, and all are paid later than they are promised."""
    new = solution.awards[(solution.awards["instrument"] == "renovation_grant") & (solution.awards["committed"] == 0)]
    first = solution.payments.groupby(["project_id", "option"])["year"].min()
    return len(new) > 0 and all(
        int(first[row.project_id, row.option]) > int(row.start_year) for row in new.itertuples() if row.award > 0
    )


def rules(solution: allocator.Solution) -> set[str]:
    """The rules that screened somebody."""
    return set(solution.screening["rule"])


def twice(solution: allocator.Solution) -> int:
    """Projects with two awards."""
    return int((solution.awards.groupby("project_id").size() > 1).sum())


def value(solution: allocator.Solution, name: str) -> float:
    """The value of a limit without groups."""
    return float(limit(solution, name)["value"].iloc[0])


def gates_closed(on: allocator.Solution, off: allocator.Solution) -> bool:
    """Projects that gates kept out are funded without them, and none is screened by a gate."""
    kept_out = set(on.screening.loc[on.screening["rule"].str.startswith("gate."), "project_id"])
    return bool(kept_out & set(off.awards["project_id"]) - set(on.awards["project_id"])) and not any(
        rule.startswith("gate.") for rule in rules(off)
    )


SEEN: list[tuple[str, str, Callable[[allocator.Solution], bool]]] = [
    ("grants staged and paid back", BASE, paid_late),
    ("interest subsidies", BASE, lambda s: "renovation_interest" in instruments(s)),
    ("guarantees", BASE, lambda s: "guarantee_subsidy" in instruments(s)),
    ("bonds as debt and as capital", BASE, lambda s: {"park_infrastructure", "park_capital"} <= instruments(s)),
    ("gates and capital", BASE, lambda s: {"gate.备案.filing_no", "gate.信用.clean_record", "gate.capital"} <= rules(s)),
    ("national support and all public money", BASE, lambda s: {"stacking.national", "public_share"} <= rules(s)),
    ("classes counted in part", BASE, lambda s: value(s, "战新投资占比") >= 0.48),
    ("energy per value added", BASE, lambda s: 0 < value(s, "单位增加值能耗") <= 0.08),
    ("research intensity", BASE, lambda s: value(s, "研发强度") >= 0.0095),
    ("warnings", BASE, lambda s: {f"F{number}" for number in range(1, 15)} - set(s.extra["flags"]["flag"]) <= {"F11"}),
    ("points of the structure score", BASE, lambda s: len(s.extra["scores"]) > 0),
    ("packages", scenario("instruments"), lambda s: twice(s) > 0),
    ("one award of a legal entity", scenario("instruments"), lambda s: len(limit(s, "stacking.one_per_entity")) > 0),
    ("gaps closed", scenario("chains"), lambda s: value(s, "补齐缺失节点") >= 15),
    ("bonus of nodes", scenario("chains"), lambda s: "closed_nodes" in set(s.goals["measure"])),
    ("land of parks", scenario("chains"), lambda s: len(limit(s, "parks.熟地")) > 0),
    ("synergies", scenario("chains"), lambda s: s.goals.set_index("measure").loc["synergy", "value"] > 0),
    ("growth", scenario("volume"), lambda s: len(limit(s, "投资逐年增长")) > 0),
    ("investment by months", scenario("volume"), lambda s: (s.totals["dimension"] == "spending").any()),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("config", "holds"), [row[1:] for row in SEEN], ids=[row[0] for row in SEEN])
def test_a_feature_is_seen_in_the_demo(config: str, holds: Callable[[allocator.Solution], bool]) -> None:
    """The plan shows what the feature does."""
    assert holds(plan(config))


OFF: list[tuple[str, str, list[str], list[str], Callable[[allocator.Solution, allocator.Solution], bool]]] = [
    ("gates", BASE, [], ["screening=null"], gates_closed),
    ("share of renovation", BASE, ["limits.技改投资占比.min_share=0.1"], ["limits.技改投资占比.min_share=0"],
     lambda on, off: value(off, "技改投资占比") < 0.1 <= value(on, "技改投资占比")),
    ("warnings", BASE, [], ["flags=null"], lambda on, off: "flags" in on.extra and "flags" not in off.extra),
    ("floor of gaps", scenario("chains"), [], ["limits.补齐缺失节点.min=0"],
     lambda on, off: value(off, "补齐缺失节点") < 15 <= value(on, "补齐缺失节点")),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("config", "rule", "off", "differs"), [row[1:] for row in OFF], ids=[row[0] for row in OFF])
def test_a_plan_differs_without_a_feature(
    config: str, rule: list[str], off: list[str], differs: Callable[[allocator.Solution, allocator.Solution], bool]
) -> None:
    """Switched off, the plan moves the way it must, and no rule less ever makes it worse."""
    on, without = plan(config, *rule), plan(config, *off)

    assert differs(on, without)
    assert without.bound >= on.objective


@pytest.mark.slow
def test_without_packages_there_is_less_to_choose_from() -> None:
    """Without packages no project has two awards, and no plan is worth more."""
    on, without = plan(scenario("instruments")), plan(scenario("instruments"), "packages=[]", "stacking.exclusive=[]")

    assert twice(on) > twice(without) == 0
    assert on.bound >= without.objective
