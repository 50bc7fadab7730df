"""Who is not eligible is told which rules of which instrument kept it out, the instrument it came nearest to."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from planning import Row, write_plan

import allocator
from allocator.options.screening.near_miss import nearest
from allocator.report.chapters.projects import losers
from allocator.report.view import View
from allocator.runs.folder import read

CONFIG: Row = {
    "money": "万元",
    "years": [2021],
    "sources": {"fiscal": {"budget": 1000, "pays": ["build", "renew"]}},
    "instruments": {
        "build": {"kind": "grant", "name": "Build", "rate": 0.1, "where": {"category": "plant", "jobs": {"min": 50}}},
        "renew": {"kind": "grant", "name": "Renew", "rate": 0.1, "where": {"category": "renewal"}},
    },
    "screening": {"gates": [{"name": "filed", "filled": ["filing_no"]}]},
}
PROJECTS: list[Row] = [
    {"project_id": p, "region": "r", "category": c, "fixed_investment": 100, "jobs": jobs, "filing_no": filed}
    for p, c, jobs, filed in [
        ("A", "plant", 60, "1"), ("B", "plant", 20, "2"), ("C", "renewal", 10, ""), ("D", "renewal", 10, "3"),
    ]
]  # fmt: skip


def test_the_nearest_instrument_is_the_one_with_fewest_rules_failed() -> None:
    """Of two rules failed here and one there the one counts; of equals the instrument that the config names first."""
    rows = [("A", "x", "r1"), ("A", "x", "r2"), ("A", "y", "r1"), ("B", "y", "r3"), ("B", "x", "r3")]
    screening = pd.DataFrame(rows, columns=["project_id", "instrument", "rule"])

    found = nearest(screening, ["x", "y"])

    assert [("A", "y", "r1"), ("B", "x", "r3")] == list(found.itertuples(index=False, name=None))


@pytest.mark.parametrize(("language", "expected"), [
    ("en", {"B": "Build: jobs is 20, must be at least 50", "C": "Renew: gate 'filed': filing_no is blank, must be filled in"}),
    ("zh", {"B": "Build：就业，实际 20，要求 不低于 50", "C": "Renew：准入门槛“filed”的备案(核准)文号，实际 空白，要求 已填写"}),
])  # fmt: skip
def test_the_report_says_what_kept_a_project_out(tmp_path: Path, language: str, expected: dict[str, str]) -> None:
    """B has too few jobs, C is not filed; neither is told of the instrument for other projects."""
    run = allocator.run(write_plan(tmp_path, CONFIG, projects=PROJECTS), out=tmp_path / "runs").folder
    assert run is not None

    rows = losers(View(read(run), language)).rows
    told = allocator.explain(run, "B")

    assert expected == dict(zip(rows["project_id"], rows["detail"], strict=True))
    assert "build" == told.facts[0].values["instrument"]


def test_an_instrument_for_another_category_is_further_away_than_any_that_is_for_the_project() -> None:
    """Three rules of its own instrument are nearer than the one rule that another is for other projects."""
    rows = [("A", "x", "where.category"), ("A", "y", "cover"), ("A", "y", "rate"), ("A", "y", "term")]
    screening = pd.DataFrame(rows, columns=["project_id", "instrument", "rule"])

    assert {"y"} == set(nearest(screening, ["x", "y"])["instrument"])


def test_check_tells_what_is_meant_for_nobody(tmp_path: Path) -> None:
    """The guarantor's client is too large by the base; the column that says otherwise is not read; a category is misspelt."""
    support: Row = {"kind": "guarantee", "where": {"category": "guarantee"}}
    pot = {"budget": 1000, "pays": ["build", "renew", "cover"]}
    config = CONFIG | {"sources": {"fiscal": pot}, "instruments": {**CONFIG["instruments"], "cover": support}}
    more: Row = {"region": "r", "fixed_investment": 100, "jobs": 60, "filing_no": "9"}
    rows = [
        *PROJECTS,
        more | {"project_id": "E", "category": "guarantee", "guarantee_amount": 9000, "client_amount": 500},
        more | {"project_id": "F", "category": "plants"},
    ]

    told = [n.text("en") for n in allocator.load(write_plan(tmp_path, config, projects=rows)).notices]

    assert any(
        "of the 1 that it is meant for, rule client_amount keeps out 1, the first E: '9000', must be 2000" in line
        for line in told
    )
    assert any("goes by guarantee_amount here" in line for line in told)
    assert any(
        "category 'plants' has any option (projects: 1, the first F); is 'plant' meant?" in line for line in told
    )
