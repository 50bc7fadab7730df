"""How much of a park's revenue stands against a part of its bonds: all of it, or as much as the part; by hand, verified."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from planning import Row, write_plan
from reference import opinion

import allocator
from allocator.verify import verify

PARK: Row = {
    "category": "园区基础设施", "region": "甲", "fixed_investment": 300, "bond_need": 100, "bond_as_capital": 40,
    "revenue_total": 250, "cost_total": 50, "build_years": 2, "operate_years": 3,
}  # fmt: skip
TERMS: Row = {"rate": 0.022, "term": 20, "revenue_haircut": 0.7}
YEARLY: Row = {"rate": 0.1, "term": 3, "min_cover": 0.5, "revenue_haircut": 0.7, "shortfall": "yearly"}
EVENLY = {"revenue_total": 150, "cost_total": 30}


def made(folder: Path, parks: list[Row], bond: Row, budget: int = 50, **changes: object) -> allocator.Solution:
    """A stored plan that verification has nothing against; each park may have half of its bonds or all."""
    config: Row = {
        "years": [2021],
        "sources": {"special_bond": {"budget": budget, "pays": ["park"], "bond": bond}},
        "instruments": {"park": {"kind": "bond", "award": {"levels": 2}}},
        "leverage": {"goal": "nominal"},
        "goals": {"terms": [{"measure": "award"}]},
        "debt": {},
        "flags": {},
        "solver": {"gap": 0},
    }
    rows = [{"project_id": f"K{n}", **PARK, **cells} for n, cells in enumerate(parks, start=1)]
    solution = allocator.run(write_plan(folder, config | changes, projects=rows), out=folder / "runs")
    assert solution.folder is not None
    assert [] == [message.text("en") for message in verify(solution.folder).violations]
    assert [] == opinion(solution.folder)[1]
    return solution


def cover(solution: allocator.Solution) -> list[object]:
    """Revenue, and cover at 100 and 70 %, of all bonds together."""
    rows: pd.DataFrame = solution.extra["cover"]
    return rows.set_index("project_id").loc["", ["revenue", "cover_100", "cover_70"]].tolist()


def warned(solution: allocator.Solution) -> list[str]:
    """Cover at 70 % of the projects that are warned of it."""
    flags = solution.extra["flags"]
    return flags.loc[flags["flag"] == "F8", "value"].tolist()


@pytest.mark.parametrize(
    ("revenue", "told", "missing", "warnings"),
    [("whole", [250, 2.7778, 1.7361], 0, []), ("in_proportion", [125, 1.3889, 0.8681], 9.5, ["0.8681"])],
)
def test_half_of_the_bonds(
    revenue: str, told: list[float], missing: float, warnings: list[str], tmp_path: Path
) -> None:
    """Half of 100 owes 72. Revenue less cost is 200, at 70 % 125: enough; half of that is 62.5, and 9.5 are missing."""
    solution = made(tmp_path, [{}], {**TERMS, "revenue": revenue})

    assert told == cover(solution)
    assert warnings == warned(solution)
    assert 50 - missing == float(solution.objective)


def test_capital_counts_as_a_part_of_what_is_needed(tmp_path: Path) -> None:
    """40 of the 100 that are needed, used as capital, owe 57.6; 40 % of 200 covers that as all covers 144."""
    capital: Row = {"kind": "bond", "use": "capital", "base": "bond_as_capital"}
    solution = made(tmp_path, [{}], {**TERMS, "revenue": "in_proportion"}, instruments={"park": capital})

    assert [100, 1.3889, 0.8681] == cover(solution)
    assert pytest.approx(40 - 7.6) == float(solution.objective)


def test_half_of_the_bonds_by_year(tmp_path: Path) -> None:
    """Of 100 the years miss 10 and 70. Of 50: 5 and 10 with all revenue (25 a year), 5 and 35 with half of it."""
    plans = [
        made(tmp_path / revenue, [EVENLY], {**YEARLY, "revenue": revenue}) for revenue in ("whole", "in_proportion")
    ]
    gaps = [plan.extra["debt"].query("region == '甲' and shortfall > 0")["shortfall"].tolist() for plan in plans]

    assert [[5, 10], [5, 35]] == gaps
    assert [35, 10] == [float(plan.objective) for plan in plans]


@pytest.mark.parametrize(("revenue", "awarded"), [("whole", [100, 50]), ("in_proportion", [100])])
def test_a_least_cover_of_all_bonds_binds(revenue: str, awarded: list[int], tmp_path: Path) -> None:
    """Cover 2 and 1.25 alone, 1.8 wanted: with half of the second (288 + 180) ÷ 216 = 2.17, or (288 + 90) ÷ 216 = 1.75."""
    parks = [{"revenue_total": 338}, {"revenue_total": 230}]
    bond = {**TERMS, "revenue": revenue, "shortfall_price": 0}
    solution = made(tmp_path, parks, bond, 200, debt={"min_cover": 1.8})

    assert awarded == solution.awards["award"].tolist()


def test_revenue_that_does_not_count_is_found(tmp_path: Path) -> None:
    """A table that states all revenue beside half of the bonds does not verify."""
    solution = made(tmp_path, [{}], {**TERMS, "revenue": "in_proportion"})
    assert solution.folder is not None
    table = solution.folder / "cover.csv"
    table.write_text(table.read_text(encoding="utf-8-sig").replace(",125,", ",250,"), encoding="utf-8-sig")

    assert {"cover.csv"} == {message.text("en").partition(":")[0] for message in verify(solution.folder).violations}
