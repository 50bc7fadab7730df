"""Why a project is in or out: one reason each, and every number of a counterfactual holds when the plan is made again.

Amounts in 万元, one year, 210 of money. Grants of 10 % of the investment; the goal is the value, a column of the
project table, so that the plan can be read off: A 90 for 100, B 60 for 60, C 40 for 40 use 200 and bring 190.

| | ask | value | region | |
|---|---|---|---|---|
| A | 100 | 90 | east | funded |
| B | 60 | 60 | west | funded |
| C | 40 | 40 | west | funded, must be |
| D | 50 | 30 | east | source_exhausted: with 260 the best is 220 with it |
| E | 40 | 80 | south | limit_cap: no more than 30 goes to the south |
| F | 50 | 20 | east | outranked: with 260 it is D that enters |
| G | 40 | 99 | west | excluded by C |
| H | 10 | 0.5 | none | needs F |
| I | 10 | −5 | none | lowers the goal |
| J | – | – | none | no instrument for its category |
| K | 10 | 99 | none | locked out |
"""

from __future__ import annotations

import json
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from planning import Row, write_plan
from typer.testing import CliRunner

import allocator
from allocator.cli.commands import app
from allocator.questions.explain import Explanation, explain_all
from allocator.questions.explain.threshold import boundary

ASKS = {"A": (1000, 90), "B": (600, 60), "C": (400, 40), "D": (500, 30), "E": (400, 80), "F": (500, 20), "G": (400, 99),
        "H": (100, 0.5), "I": (100, -5), "J": (100, 50), "K": (100, 99)}  # fmt: skip
REGION = {"A": "east", "B": "west", "C": "west", "D": "east", "E": "south", "F": "east", "G": "west"}
CODES = {"D": "source_exhausted", "E": "limit_cap", "F": "outranked", "G": "exclusive_with", "H": "dependency",
         "I": "negative_value", "J": "not_eligible", "K": "locked_out"}  # fmt: skip
CONFIG: Row = {
    "money": "万元",
    "years": [2021],
    "sources": {"fiscal": {"budget": 210, "pays": ["grant"]}},
    "instruments": {"grant": {"kind": "grant", "where": {"category": "works"}, "rate": 0.1, "award": {"step": 1}}},
    "goals": {"terms": [{"measure": "worth", "weight": 1}]},
    "limits": [
        {"name": "south at most", "measure": "award", "where": {"region": "south"}, "max": 30},
        {"name": "never binds", "measure": "count", "max": 9},
    ],
    "dependencies": [{"excludes": ["C", "G"]}, {"requires": ["H", "F"]}],
    "locks": {"must_fund": ["C"], "must_not": ["K"]},
    "solver": {"gap": 0, "threads": 1},
}


def projects(**asks: float) -> list[Row]:
    """The candidates; some ask for another amount."""
    return [
        {"project_id": p, "project_name": f"works {p}", "region": REGION.get(p, "none"),
         "category": "road" if p == "J" else "works", "fixed_investment": fixed, "worth": worth,
         "requested_amount": asks.get(p, "")}
        for p, (fixed, worth) in ASKS.items()
    ]  # fmt: skip


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The stored plan."""
    folder = tmp_path_factory.mktemp("explained")
    done = allocator.run(write_plan(folder, CONFIG, projects=projects()), out=folder / "runs")
    assert done.folder is not None
    return done.folder


@cache
def explained(run: Path, project: str) -> Explanation:
    """The explanation of one project, made once."""
    return allocator.explain(run, project)


def again(folder: Path, *overrides: str, **asks: float) -> allocator.Solution:
    """The plan made anew, with something changed."""
    path = write_plan(folder, CONFIG, projects=projects(**asks))
    return allocator.solve(allocator.load(path, overrides=overrides))


def funded(solution: allocator.Solution) -> set[str]:
    """Projects that get something."""
    return set(solution.awards["project_id"])


@pytest.mark.slow
def test_every_loser_has_exactly_one_reason(run: Path) -> None:
    """The codes are those worked out above, for all at once and one by one; the run's own files stay as they are."""
    before = {path: path.read_bytes() for path in run.iterdir() if path.is_file()}
    losers = explain_all(run)
    one_by_one = {p: explained(run, p).reason_code for p in ASKS}

    assert CODES == dict(zip(losers.table["project_id"], losers.table["reason_code"], strict=True))
    assert {p: CODES.get(p, "") for p in ASKS} == one_by_one
    assert before == {path: path.read_bytes() for path in before}
    assert "source_exhausted" in (run / "explain.csv").read_text(encoding="utf-8-sig")


@pytest.mark.sweep(1)
@pytest.mark.parametrize("project", ["G", "E", "D", "F", "H", "I", "K"])
def test_forced_in_the_goal_falls_as_a_full_run_says(run: Path, tmp_path: Path, project: str) -> None:
    """The same plan made anew with the project locked in is worth exactly as much; or neither exists."""
    found = explained(run, project).counterfactual
    locks = f"locks.must_fund=[{'' if project == 'G' else 'C, '}{project}]"
    try:
        fresh = again(tmp_path, locks, f"locks.must_not=[{'' if project == 'K' else 'K'}]")
    except allocator.Infeasible:
        fresh = None
    assert found is not None

    if project == "G":  # C, locked in, excludes it
        assert found.falls is None
    elif fresh is None:
        assert found.falls is None
        assert found.impossible
    else:
        assert Decimal(190) - fresh.objective == found.falls
        assert {s.project_id for s in found.leaves} == {"A", "B", "C"} - funded(fresh)


@pytest.mark.parametrize("project", ["A", "B"])
def test_a_winner_can_be_replaced_at_a_price(run: Path, tmp_path: Path, project: str) -> None:
    """Left out, the goal falls by what a plan made anew without it loses, and its substitutes are named."""
    found = explained(run, project)
    fresh = again(tmp_path, f"locks.must_not=[K, {project}]")
    assert found.counterfactual is not None

    assert (Decimal(190) - fresh.objective, "funded") == (found.counterfactual.falls, found.standing)
    assert funded(fresh) - {"A", "B", "C"} == {s.project_id for s in found.counterfactual.enters}


def test_a_lock_makes_a_project_essential(run: Path) -> None:
    """C must be funded; without that lock G, which it excludes, takes its place."""
    found = explained(run, "C")

    assert "essential" == found.standing
    assert found.counterfactual is not None
    assert ["G"] == [s.project_id for s in found.counterfactual.enters]


def thresholds(run: Path, project: str) -> dict[str, Any]:
    """Thresholds by kind."""
    return {t.kind: t for t in explained(run, project).thresholds}


@pytest.mark.sweep(1)
@pytest.mark.parametrize("project", ["D", "F"])
def test_thresholds_hold_on_both_sides(run: Path, tmp_path: Path, project: str) -> None:
    """Asked for as told, or with as much more money, the project enters a plan made anew; one step off, it does not."""
    found = thresholds(run, project)
    ask, money = found["ask"], found["money"]

    assert ask.exact
    assert money.exact
    assert project in funded(again(tmp_path, **{project: float(ask.enters)}))
    assert project not in funded(again(tmp_path, **{project: float(ask.enters + ask.step)}))
    assert project in funded(again(tmp_path, *money.overrides))
    less = 210 + float(money.stays_out)
    assert project not in funded(again(tmp_path, f"sources.fiscal.budget={less}"))


@pytest.mark.sweep(1)
@pytest.mark.parametrize("project", ["D", "F"])
def test_value_threshold_holds_on_both_sides(run: Path, tmp_path: Path, project: str) -> None:
    """Worth as many times as much, the project enters a plan made anew; one hundredth less, it does not."""
    found = thresholds(run, project)["value"]
    rows = projects()
    inside = []
    for factor in (found.enters, found.stays_out):
        changed = [{**r, "worth": r["worth"] * float(factor)} if r["project_id"] == project else r for r in rows]
        path = write_plan(tmp_path, CONFIG, projects=changed)
        inside.append(project in funded(allocator.solve(allocator.load(path))))

    assert (True, [True, False]) == (found.exact, inside)


def test_the_limit_that_keeps_it_out_is_named(run: Path, tmp_path: Path) -> None:
    """Without that one limit E enters; its reason says so."""
    reason = explained(run, "E").reason
    assert reason is not None

    assert "limits.south at most" == reason.rule
    assert "E" in funded(again(tmp_path, "limits.south at most=null"))


def test_boundary_asks_both_of_its_ends() -> None:
    """In from 37 steps, out up to 20, open in between: both ends are found."""

    def verdict(k: int) -> str:
        return "in" if k >= 37 else "out" if k <= 20 else "open"

    assert (37, 20) == boundary(verdict, 1000)
    assert (37, 20) == boundary(verdict, 1000, 700)
    assert (None, None) == boundary(verdict, 30)
    assert (1, 0) == boundary(lambda k: "in" if k else "out", 5)


@pytest.mark.slow
def test_the_command_speaks_both_languages_and_json(run: Path) -> None:
    """Plain text on no terminal, everything for machines, and errors of one line with exit status 2."""

    def called(*arguments: str) -> Any:
        return CliRunner().invoke(app, ["explain", str(run), *arguments])

    english, chinese = called("E").stdout, explained(run, "E").text("zh")
    machine = json.loads(called("E", "--json").stdout)
    everyone = called("--all")
    nobody, unknown = called(), called("Z9")

    assert "kept out by one limit (limit_cap)" in english
    assert "limit_cap" not in chinese
    assert "受一条限额约束" in chinese
    assert "\x1b" not in english
    assert ("limit_cap", "E") == (machine["reason_code"], machine["project_id"])
    assert (0, 1) == (everyone.exit_code, everyone.stdout.count("(outranked)"))
    assert (2, 2) == (nobody.exit_code, unknown.exit_code)
    assert 1 == len(unknown.stderr.splitlines())
