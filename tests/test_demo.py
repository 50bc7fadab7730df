"""The shipped plans: their tables are drawn anew identically, and both are decided as they promise."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

import demo_data
import demo_year
import pytest
from planning import ROOT, chosen, decide

import allocator

CONFIGS = ROOT / "configs"


@pytest.fixture(scope="module")
def demo() -> allocator.Solution:
    """The demo, decided once."""
    return decide(CONFIGS / "guangxi.yaml")


def enterprises() -> list[dict[str, str]]:
    """The enterprise projects of the demo's table."""
    with (CONFIGS / "data" / "projects.csv").open(encoding="utf-8-sig") as file:
        return [row for row in csv.DictReader(file) if row["项目编号"].startswith("G")]


def test_tables_are_current(tmp_path: Path) -> None:
    """Drawing the demo's tables again gives the committed ones, byte for byte."""
    demo_data.main(tmp_path)
    drawn = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    assert {name: (CONFIGS / "data" / name).read_bytes() for name in drawn} == drawn


def test_progress_is_current(tmp_path: Path) -> None:
    """Drawing again how far the approved projects got gives the committed table; each payment adds up to its award."""
    demo_year.main(tmp_path)
    awards, payments = (
        demo_year.read(CONFIGS / "data" / "previous" / f"{name}.csv") for name in ("awards", "payments")
    )
    paid: dict[tuple[str, str], Decimal] = {}
    for row in payments:
        key = (row["project_id"], row["option"])
        paid[key] = paid.get(key, Decimal(0)) + Decimal(row["amount"])
    listed = {row["项目编号"] for row in demo_year.read(CONFIGS / "data" / "projects.csv")}

    assert (CONFIGS / "data" / "progress.csv").read_bytes() == (tmp_path / "progress.csv").read_bytes()
    assert {(row["project_id"], row["option"]): Decimal(row["award"]) for row in awards} == paid
    assert {row["project_id"] for row in awards} <= listed


def test_pool_has_the_published_sums() -> None:
    """686 enterprise projects have the published total and fixed investment, 81 of them in 桂林."""
    rows = enterprises()
    guilin = [int(row["总投资"]) for row in rows if row["设区市"] == "桂林"]
    sums = [sum(int(row[column]) for row in rows) for column in ("总投资", "固定资产投资")]

    assert (686, [119_771_100, 84_352_900], 81, 7_134_300) == (len(rows), sums, len(guilin), sum(guilin))


@pytest.mark.slow
def test_demo_is_proved(demo: allocator.Solution) -> None:
    """The demo has about 860 projects and over 2,000 options of whole projects, and is proved within 0.5 %."""
    assert demo.status == "optimal"
    assert demo.gap <= Decimal("0.005")
    assert demo.sizes["projects"] >= 800
    assert demo.sizes["options"] >= 2_000


@pytest.mark.slow
def test_bonds_pay_only_parks(demo: allocator.Solution) -> None:
    """Special bonds go to park infrastructure and nothing else."""
    paid = demo.awards.loc[demo.awards["special_bond"] > 0, "instrument"]

    assert {"park_infrastructure", "park_capital"} == set(paid)


@pytest.mark.slow
def test_the_pool_asks_for_more_than_there_is(demo: allocator.Solution) -> None:
    """Candidates that pass screening and are left out ask for as much fiscal money as there is; hardly any is unspent."""
    paid = demo.payments.groupby("source")["amount"].sum()
    eligible = ~demo.projects["reason_code"].isin(["not_eligible"])

    assert 0.97 * 1_050_000 <= demo.payments.query("source == 'fiscal' and year <= 2023")["amount"].sum() <= 1_050_000
    assert demo.projects.loc[eligible, "funded"].mean() < 0.65
    assert paid["special_bond"] < 9_000_000


@pytest.mark.slow
def test_financing_of_parks_closes_and_rooms_are_kept(demo: allocator.Solution) -> None:
    """Every new park is financed to the last yuan or beyond, whole, and no city borrows beyond its room; by the table alone."""
    new = demo.awards[(demo.awards["special_bond"] > 0) & (demo.awards["committed"] == 0)]
    sheets = demo.extra["closing"].set_index("project_id").loc[new["project_id"]]
    rooms = demo.limits[demo.limits["limit"].str.startswith("debt: room")]
    with (CONFIGS / "data" / "projects.csv").open(encoding="utf-8-sig") as file:
        table = {row["项目编号"]: row for row in csv.DictReader(file)}

    assert (sheets["gap"] <= 0).all()
    assert [
        float(table[key]["专项债需求"]) for key in new.query("instrument == 'park_infrastructure'")["project_id"]
    ] == list(new.query("instrument == 'park_infrastructure'")["award"])
    assert len(rooms) == 14 and (rooms["slack"] >= 0).all()


@pytest.mark.slow
@pytest.mark.parametrize("scenario", ["cut10", "nominal", "no_delay"])
def test_scenarios_have_plans(scenario: str) -> None:
    """Each what-if of the demo has a plan (within 0.5 %, to be quick)."""
    loaded = allocator.load(CONFIGS / "guangxi.yaml", scenario=scenario, overrides=["solver.gap=0.005"])

    assert allocator.solve(loaded).status == "optimal"


@pytest.mark.slow
def test_gaps_close_and_land_suffices() -> None:
    """The scenario of chains closes the gaps asked for, says what nodes and synergies bring, and keeps to the parks' land."""
    solution = decide(CONFIGS / "scenarios" / "chains.yaml", "solver.gap=0.01")
    rules = solution.limits.set_index("limit")
    land = solution.limits[solution.limits["limit"].str.contains("熟地")]

    assert rules.loc["补齐缺失节点", "value"] >= 15
    assert {"closed_nodes", "synergy"} <= set(solution.goals["measure"])
    assert len(land) and (land["slack"] >= 0).all()


@pytest.mark.slow
def test_investment_grows_by_spending_year() -> None:
    """The scenario of volume reaches what must be spent by 2023, and spreads investment beyond the plan's years."""
    solution = decide(CONFIGS / "scenarios" / "volume.yaml", "solver.gap=0.01")
    spent = solution.totals[solution.totals["dimension"] == "spending"].groupby("year")["value"].sum()

    assert {"2021", "2022", "2023", "2024"} <= set(spent.index)
    assert solution.limits.set_index("limit").loc["三年带动名义投资", "value"] >= 30_000_000


@pytest.mark.slow
def test_least_spending_comes_back(demo: allocator.Solution) -> None:
    """What 99 % of the demo's investment costs at least is proved within 3 %, and no more than what the demo spends."""
    reached = demo.awards["nominal_investment"].sum() * 0.99
    target = f"targets.三年带动名义投资.min={reached:.0f}"
    back = decide(CONFIGS / "scenarios" / "least_spending.yaml", target, "solver.gap=0.03")

    assert "optimal" == back.status
    assert back.awards["nominal_investment"].sum() >= reached - 1
    assert back.objective == back.payments["amount"].sum() <= demo.payments["amount"].sum()
    assert back.bound <= back.objective


def test_starter_is_as_explained() -> None:
    """The small plan's optimum is the one worked out by hand in its comments."""
    solution = decide(CONFIGS / "starter.yaml")

    assert ["A01", "A03", "A04", "A11"] == [project for project, _ in chosen(solution)]
    assert (17_900, "optimal") == (solution.objective, solution.status)
