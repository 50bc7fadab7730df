"""A goal that is no money has no unit of money; what is maximised stands in the headline."""

from __future__ import annotations

from pathlib import Path

import pytest
from planning import Row, write_plan

import allocator
from allocator.questions.compare import compare
from allocator.questions.explain import explain, explain_all
from allocator.report import memo, sections
from allocator.report.summary import text
from allocator.runs import folder as run_folder
from allocator.verify import verify

PROJECTS: list[Row] = [
    {"project_id": p, "region": "N", "category": "x", "requested_amount": ask, "fixed_investment": 1000,
     "structure_score": score, "benefit": benefit, "jobs": jobs}
    for p, ask, score, benefit, jobs in (("A", 60, 10, 10.5, 3), ("B", 50, 10, 7, 2), ("C", 40, 10, 6.25, 2))
]  # fmt: skip
CONFIG: Row = {
    "language": "en",
    "money": "USD",
    "years": [2024],
    "sources": {"s": {"name": "Fund", "budget": 100, "pays": ["g"]}},
    "instruments": {"g": {"kind": "grant", "base": "requested_amount", "rate": 1}},
    "solver": {"gap": 0, "threads": 1},
}
GOALS: dict[str, tuple[Row, str, str, bool]] = {
    "points": ({"terms": [{"measure": "benefit"}]}, "benefit", "16.75", False),
    "count": ({"terms": [{"measure": "count", "weight": 2}]}, "2 × Projects", "4", False),
    "scores": ({"terms": [{"measure": "structure_score"}]}, "structure_score", "20", False),
    "weighed": ({"terms": [{"measure": "jobs", "weight": 0.5}, {"measure": "count", "weight": -0.01}]},
                "0.5 × jobs − 0.01 × Projects", "2.48", False),
    "where": ({"terms": [{"measure": "benefit", "where": {"region": ["N"], "jobs": {"min": 3}}}]},
              "benefit [region: N, jobs: ≥ 3]", "10.5", False),
    "mixed": ({"terms": [{"measure": "nominal_investment"}, {"measure": "benefit", "weight": 10}]},
              "Nominal investment (scaled by the award) + 10 × benefit", "2,167.5", False),
    "points last": ({"mode": "lexicographic", "terms": [{"measure": "nominal_investment"}, {"measure": "benefit"}]},
                    "Nominal investment (scaled by the award) (2,000 USD), then benefit (16.75)", "16.75", False),
    "money last": ({"mode": "lexicographic", "terms": [{"measure": "benefit"}, {"measure": "award"}]},
                   "benefit (16.75), then Award (100 USD)", "100 USD", True),
    "money": ({"terms": [{"measure": "nominal_investment"}]}, "Nominal investment (scaled by the award)", "2,000 USD", True),
    "column of money": ({"terms": [{"measure": "fixed_investment"}]}, "fixed_investment", "2,000 USD", True),
    "of a source": ({"terms": [{"measure": "award", "source": "s"}]}, "Award [Fund]", "100 USD", True),
}  # fmt: skip
"""Goal, what is said to be maximised, its value, and whether that is money."""


def stored(folder: Path, goals: Row, **more: object) -> Path:
    """The plan of a goal, stored."""
    done = allocator.run(write_plan(folder, {**CONFIG, "goals": goals, **more}, projects=PROJECTS), out=folder / "runs")
    assert done.folder is not None
    return done.folder


@pytest.mark.sweep(1)
@pytest.mark.parametrize("goal", GOALS)
def test_headline_says_what_is_maximised_in_its_own_unit(tmp_path: Path, goal: str) -> None:
    """In the page's headline, in the memo and on the terminal alike; the stored units are verified."""
    goals, aim, value, _ = GOALS[goal]
    run = run_folder.read(stored(tmp_path, goals))
    report = sections.build(run, "en")
    brief = [line for _, lines in memo.build(report).parts for line in lines]

    in_turn = " in turn" if goals.get("mode") == "lexicographic" else ""
    reached = f"; the last one reaches {value}, no plan that reaches the earlier goals can exceed {value}"
    reached = reached if in_turn else f"; reached {value}, no plan can exceed {value}"
    assert (value, f"Maximised{in_turn}: {aim}.") == (report.figures[0].value, report.figures[0].meaning)
    assert f"Maximised{in_turn}: {aim}{reached}" in brief
    lines = [" ".join(line.split()) for line in text(run, "en").splitlines()]
    assert f"Maximised{in_turn} {aim}" in lines
    assert bool(in_turn) == (
        "Proved: of the plans that reach the earlier goals, none reaches more of the last one" in lines
    )
    assert verify(run.folder).ok


@pytest.mark.slow
@pytest.mark.parametrize("goal", ["points last", "money", "points", "count", "mixed"])
def test_explain_and_compare_give_points_no_currency(tmp_path: Path, goal: str) -> None:
    """What forcing another project in or out costs is told in the goal's unit, what it asks for in money."""
    goals, _, _, in_money = GOALS[goal]
    run = stored(tmp_path, goals)
    lost = next(p for p in "ABC" if p not in set(run_folder.read(run).tables["awards"]["project_id"]))
    told = explain(run, lost).text("en")
    falls = next(line for line in told.splitlines() if "the goal falls by" in line or "the goal rises by" in line)
    other = compare(run, stored(tmp_path / "other", goals, title="other", locks={"must_not": ["A"]}))
    change = next(line for line in other.text().splitlines() if line.strip().startswith("Goal"))

    assert in_money == ("USD" in falls)
    assert in_money == ("USD" in change)
    assert "asks for" not in told or "USD" in told.split("asks for")[1]
    assert "USD" not in explain_all(run).text() or in_money


def test_points_are_the_same_in_any_unit_of_money(tmp_path: Path) -> None:
    """The same plan in 元 and in 万元 has the same points: compared, nothing changes."""
    goals = GOALS["points"][0]
    tables = [
        [{**p, **{k: p[k] * size for k in ("requested_amount", "fixed_investment")}} for p in PROJECTS]
        for size in (1, 10_000)
    ]
    runs = []
    for money, projects, budget in (("万元", tables[0], 100), ("元", tables[1], 1_000_000)):
        config = {**CONFIG, "money": money, "goals": goals, "sources": {"s": {"budget": budget, "pays": ["g"]}}}
        done = allocator.run(write_plan(tmp_path / money, config, projects=projects), out=tmp_path / "runs" / money)
        assert done.folder is not None
        runs.append(done.folder)
    figures = compare(*runs).differences[0].tables["figures"].set_index("figure")

    assert [16.75, 16.75, 0] == [float(v) for v in figures.loc["objective", ["before", "after", "difference"]]]
    assert [100, 100, 0] == [float(v) for v in figures.loc["award", ["before", "after", "difference"]]]


@pytest.mark.slow
def test_least_spending_is_money_whatever_is_measured(tmp_path: Path) -> None:
    """At least 12 of benefit are bought for 90, and what a project adds to that is money."""
    floor = [{"name": "benefit", "measure": "benefit", "min": 12}]
    run = stored(tmp_path, GOALS["points"][0], minimise="spending", limits=floor)
    figure = sections.build(run_folder.read(run), "en").figures[0]

    assert ("90 USD", "Minimised: spending.") == (figure.value, figure.meaning)
    assert "10 USD more is spent" in explain(run, "A").text("en")


@pytest.mark.slow
def test_options_may_bring_points(tmp_path: Path) -> None:
    """A measure of the option file is points; the Chinese page names it as the planner did, without a unit."""
    options: list[Row] = [
        {"project_id": p, "option": "o", "s@2024": ask, "得分": points}
        for p, ask, points in (("A", 60, 3), ("B", 50, 9))
    ]
    config = {key: value for key, value in CONFIG.items() if key != "instruments"}
    config |= {
        "language": "zh",
        "money": "万元",
        "goals": {"terms": [{"measure": "得分"}]},
        "sources": {"s": {"budget": 70}},
    }
    done = allocator.run(write_plan(tmp_path, config, projects=PROJECTS, options=options), out=tmp_path / "runs")
    assert done.folder is not None
    figure = sections.build(run_folder.read(done.folder), "zh").figures[0]

    assert ("目标值", "9", "最大化：得分。") == (figure.label, figure.value, figure.meaning)
    assert "目标值减少 6，已证明" in explain(done.folder, "A").text("zh")
