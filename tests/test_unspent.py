"""What is said of money that lapses: what holds it back by the prices of the relaxation, and what it would be worth."""

from __future__ import annotations

from pathlib import Path

import pytest
from planning import Row, write_plan

import allocator
from allocator.report import memo, sections
from allocator.report.chapters.flows import leftover
from allocator.report.view import View
from allocator.runs.folder import read

CONFIG: Row = {
    "language": "en",
    "money": "万元",
    "years": [2021],
    "sources": {"fiscal": {"budget": 100, "pays": ["grant"]}},
    "instruments": {"grant": {"kind": "grant", "rate": 0.1, "award": {"step": 1}}},
    "goals": {"terms": [{"measure": "worth"}]},
    "solver": {"gap": 0, "threads": 1},
}
HELD = "more of this money brings nothing in the relaxation, where these rules have a price: "
SPARE = "a tenth less of it in every year costs nothing: this plan keeps every rule and reaches the same"
REMAINDER = "what whole steps of support leave: the relaxation, which may take parts of them, spends all of it"
LAST = "2021 is the last plan year, nothing is carried further"


def works(*asks: int, new: int = 1) -> list[Row]:
    """Projects that ask for so much and are worth as much; the first ones are of new industries."""
    return [
        {"project_id": f"P{n}", "region": f"R{n}", "category": "works", "fixed_investment": 10 * ask, "worth": ask,
         "is_sei": int(n < new)}
        for n, ask in enumerate(asks)
    ]  # fmt: skip


def rule(**bounds: object) -> Row:
    """A limit on awards."""
    return {"name": "the rule", "measure": "award", **bounds}


CASES: dict[str, tuple[list[Row], Row, float, list[str]]] = {
    "floor on a share": (works(20, 20, 20, 20, 20), {"limits": [rule(where={"is_sei": True}, min_share=0.5)]}, 60,
                         [f"{HELD}the rule", SPARE, LAST]),
    "cap": (works(20, 20, 20, 20, 20), {"limits": [rule(max=60), rule(max=99) | {"name": "far"}]}, 40,
            [f"{HELD}the rule", SPARE, LAST]),
    "number": (works(20, 20, 20), {"limits": [rule(max=2) | {"measure": "count"}]}, 60,
               [f"{HELD}the rule", SPARE, LAST]),
    "groups": (works(30, 40, 50), {"limits": [rule(where={"region": ["R1", "R2"]}, each="region", max=0)]}, 70,
               [f"{HELD}the rule [R1], the rule [R2]", SPARE, LAST]),
    "soft": (works(40, 40), {"limits": [rule(max=40, soft=9)]}, 60, [f"{HELD}the rule", SPARE, LAST]),
    "whole projects": (works(40, 40, 40), {}, 20, [REMAINDER, SPARE, LAST]),
    "little is left": (works(48, 47, 10), {}, 5, [REMAINDER, LAST]),
    "all funded": (works(40, 40), {}, 20, ["every candidate it may pay for is supported", SPARE, LAST]),
    "excluded": (works(40, 50), {"dependencies": [{"excludes": ["P0", "P1"]}]}, 50,
                 ["more of this money brings nothing in the relaxation", SPARE, LAST]),
    "share of the budget": (works(50, 50), {"limits": [rule(of="budget", max_share=0.5)]}, 50, [f"{HELD}the rule", LAST]),
    "least spending": (works(40, 50), {"minimise": "spending", "limits": [rule(min=1)]}, 60,
                       ["spending is minimised", SPARE, LAST]),
}  # fmt: skip
"""Candidates, what else the plan says, what lapses, and why."""


@pytest.mark.sweep(1)
@pytest.mark.parametrize("case", CASES)
def test_the_cause_is_what_holds_money_back(tmp_path: Path, case: str) -> None:
    """The last plan year is told as a fact and never as the cause; less money is worth the same only where it is."""
    projects, more, lapses, causes = CASES[case]
    done = allocator.run(write_plan(tmp_path, {**CONFIG, **more}, projects=projects), out=tmp_path / "runs")
    assert done.folder is not None
    run = read(done.folder)
    told = leftover(View(run, "en"))
    assert told is not None
    brief = [line for _, lines in memo.build(sections.build(run, "en")).parts for line in lines]

    assert [(lapses, "; ".join(causes))] == list(zip(told.rows["lapse"], told.rows["cause"], strict=True))
    assert any(causes[0] in line for line in brief)
    poorer = {**CONFIG, **more, "sources": {"fiscal": {"budget": 90, "pays": ["grant"]}}}
    less = allocator.solve(allocator.load(write_plan(tmp_path / "less", poorer, projects=projects)))
    assert (SPARE in causes) == (less.objective == done.objective)


def test_without_that_floor_more_is_spent_and_reached(tmp_path: Path) -> None:
    """The rule named as the cause is one: 40 of 100 are spent with it, and all without."""
    projects, more, _, _ = CASES["floor on a share"]
    plans = [
        allocator.solve(allocator.load(write_plan(tmp_path / name, {**CONFIG, **rules}, projects=projects)))
        for name, rules in (("with", more), ("without", {}))
    ]

    assert [(40, 40), (100, 100)] == [(float(p.awards["award"].sum()), float(p.objective)) for p in plans]


def test_what_was_not_examined_is_said_so(tmp_path: Path) -> None:
    """A run that stored no prices, as one that the clock ended, names no cause."""
    projects, more, _, _ = CASES["cap"]
    done = allocator.run(write_plan(tmp_path, {**CONFIG, **more}, projects=projects), out=tmp_path / "runs")
    assert done.folder is not None
    run = read(done.folder)
    run.manifest.update({"priced": {}, "spare": []})
    for language, words in (
        ("en", f"not examined further; {LAST}"),
        ("zh", "原因未进一步查证；2021 年为规划最后一年，不再结转"),
    ):
        told = leftover(View(run, language))
        assert told is not None

        assert [words] == told.rows["cause"].tolist()


def test_a_candidate_may_have_another_instrument_than_its_best(tmp_path: Path) -> None:
    """The project left out does best with a grant of the fund, but may have the aid that the fiscal money pays, too."""
    grant = CONFIG["instruments"]["grant"]
    config = CONFIG | {
        "sources": {"fiscal": {"budget": 30, "pays": ["aid"]}, "fund": {"budget": 90, "pays": ["grant"]}},
        "instruments": {"grant": grant, "aid": grant | {"rate": 0.09}},
        "goals": {"terms": [{"measure": "award"}]},
    }
    done = allocator.run(write_plan(tmp_path, config, projects=works(90, 40)), out=tmp_path / "runs")
    assert done.folder is not None
    told = leftover(View(read(done.folder), "en"))

    assert told is not None
    assert [(30, "fiscal")] == list(zip(told.rows["lapse"], told.rows["source"], strict=True))
    assert "every candidate" not in told.rows["cause"].iloc[0]
