"""Real input: projects financed under the US New Markets Tax Credit, chosen anew with a third of the money.

Every project is one ready-made option: its public amount is the award, the other investment is what it brings.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

import pytest
from planning import DATA, Row, decide, write_plan

import allocator

FILE = DATA / "nmtc_2013_2017.csv"
YEARS = list(range(2013, 2018))
AREAS = {
    "West": "Alaska Arizona California Colorado Hawaii Idaho Montana Nevada|New Mexico|Oregon Utah Washington Wyoming",
    "Midwest": "Illinois Indiana Iowa Kansas Michigan Minnesota Missouri Nebraska|North Dakota|Ohio|South Dakota|Wisconsin",
    "Northeast": "Connecticut Maine Massachusetts|New Hampshire|New Jersey|New York|Pennsylvania|Rhode Island|Vermont",
}
AREA = {state: area for area, names in AREAS.items() for part in names.split("|") for state in (part, *part.split())}
AREA_FLOOR, AREA_CAP = Decimal("0.12"), Decimal("0.40")
PURPOSE_FLOOR, PURPOSE_CAP = Decimal("0.20"), Decimal("0.45")
STATE_CAP = Decimal("0.12")

pytestmark = pytest.mark.skipif(not FILE.exists(), reason="the public data set is not beside the project (shared/data)")


def purpose(text: str) -> str:
    """The eight purposes as three groups."""
    if "Housing" in text or "Other" in text:
        return "other"
    return "business" if text.startswith("Business") else "real estate"


def read() -> list[Row]:
    """The projects with exact amounts in USD and their groups."""
    with FILE.open(encoding="utf-8") as file:
        return [
            {
                "project_id": row["project_id"],
                "project_name": f"{row['city']} {row['project_id']}",
                "region": row["region_state"],
                "category": purpose(row["category_purpose"]),
                "area": AREA.get(row["region_state"], "South"),
                "year": int(row["year"]),
                "award": Decimal(row["public_backed_amount_usd"]),
                "brings": Decimal(row["other_investment_usd"]),
            }
            for row in csv.DictReader(file)
        ]


def budgets(rows: Iterable[Row]) -> dict[int, Decimal]:
    """A third of what is asked in each year, in whole dollars."""
    asked: dict[int, Decimal] = defaultdict(Decimal)
    for row in rows:
        asked[row["year"]] += row["award"]
    return {year: asked[year] // 3 for year in YEARS}


def rules(budget: dict[int, Decimal]) -> list[Row]:
    """Floors and caps in USD by group of states, purpose and state."""
    whole = sum(budget.values())
    areas = ("West", "Midwest", "Northeast", "South")
    made = [(f"area {a}", {"area": a}, AREA_FLOOR, AREA_CAP) for a in areas]
    made += [(f"purpose {p}", {"category": p}, PURPOSE_FLOOR, PURPOSE_CAP) for p in ("business", "real estate")]
    bands = [
        {"name": name, "measure": "award", "where": where, "min": int(low * whole), "max": int(high * whole)}
        for name, where, low, high in made
    ]
    return [*bands, {"name": "state", "measure": "award", "each": "region", "max": int(STATE_CAP * whole)}]


def as_plan(folder: Path, rows: list[Row]) -> Path:
    """The config and tables of the case."""
    budget = budgets(rows)
    about = ("project_id", "project_name", "region", "category", "area")
    projects = [{column: row[column] for column in about} for row in rows]
    options = [
        {"project_id": row["project_id"], "option": "as financed", "start_year": row["year"], "brings": row["brings"]}
        | {f"credit@{year}": row["award"] if year == row["year"] else 0 for year in YEARS}
        for row in rows
    ]
    config = {
        "title": "New markets, a third of the money",
        "money": "USD",
        "years": YEARS,
        "sources": {"credit": {"budget": {year: int(amount) for year, amount in budget.items()}}},
        "goals": {"terms": [{"measure": "brings"}]},
        "limits": rules(budget),
    }
    return write_plan(folder, config, projects=projects, options=options)


def ranked(rows: list[Row]) -> list[Row]:
    """What ranking by leverage gives under the same rules: best ratio first, floors served before the rest.

    While a floor is not reached, the best project that helps it and keeps every cap is taken; then the best of
    all the others, as long as they fit.
    """
    budget = budgets(rows)
    left = dict(budget)
    limits = [rule for rule in rules(budget) if "each" not in rule]
    state_cap = int(STATE_CAP * sum(budget.values()))
    spent: dict[str, Decimal] = defaultdict(Decimal)
    order = sorted(rows, key=lambda row: (-row["brings"] / row["award"], row["project_id"]))
    taken: list[Row] = []

    def touches(row: Row) -> list[Row]:
        return [rule for rule in limits if all(row[key] == value for key, value in rule["where"].items())]

    def take(row: Row) -> None:
        fits = all(spent[rule["name"]] + row["award"] <= rule["max"] for rule in touches(row))
        if not fits or row["award"] > left[row["year"]] or spent[row["region"]] + row["award"] > state_cap:
            return
        taken.append(row)
        left[row["year"]] -= row["award"]
        for name in [*(rule["name"] for rule in touches(row)), row["region"]]:
            spent[name] += row["award"]

    for rule in limits:
        for row in order:
            if spent[rule["name"]] >= rule["min"]:
                break
            if rule in touches(row) and row not in taken:
                take(row)
    known = {row["project_id"] for row in taken}
    for row in order:
        if row["project_id"] not in known:
            take(row)

    assert all(spent[rule["name"]] >= rule["min"] for rule in limits)
    return taken


@pytest.fixture(scope="module", params=[6, pytest.param(1, marks=pytest.mark.slow)], ids=["a sixth", "all"])
def rows(request: pytest.FixtureRequest) -> list[Row]:
    """All projects, or every sixth of them."""
    return read()[:: request.param]


@pytest.fixture(scope="module")
def solution(rows: list[Row], tmp_path_factory: pytest.TempPathFactory) -> allocator.Solution:
    """The plan, decided once."""
    return decide(as_plan(tmp_path_factory.mktemp("nmtc"), rows))


def test_beats_ranking_by_leverage(rows: list[Row], solution: allocator.Solution) -> None:
    """On real projects the plan is verified, proved within the gap, and brings more than ranking by ratio."""
    by_ratio = sum(row["brings"] for row in ranked(rows))

    assert solution.status == "optimal"
    assert solution.objective > by_ratio


def test_keeps_every_budget(rows: list[Row], solution: allocator.Solution) -> None:
    """What is paid in a year, recomputed from the public data, stays within a third of what was asked."""
    award = {row["project_id"]: row for row in rows}
    paid: dict[int, Decimal] = defaultdict(Decimal)
    for name in solution.awards["project_id"]:
        paid[award[name]["year"]] += award[name]["award"]

    assert [] == [year for year, amount in budgets(rows).items() if paid[year] > amount]
