"""What stressed revenue leaves unpaid of bonds year by year, and its present value: by hand, verified, told."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from random import Random
from shutil import copytree

import pandas as pd
import pytest
from forging import reseal
from planning import Row, decide, write_plan, write_table
from reference import opinion

import allocator
from allocator.messages.errors import InputError
from allocator.options.instruments.loan import Loan
from allocator.options.instruments.shortfall import Works, missing
from allocator.report import summary
from allocator.runs import folder as run_folder
from allocator.verify import verify

PARK: Row = {
    "project_name": "p", "region": "甲", "category": "园区基础设施", "fixed_investment": 300, "bond_need": 100,
    "revenue_total": 150, "cost_total": 30, "build_years": 2, "operate_years": 3,
}  # fmt: skip
YEARLY: Row = {"rate": 0.1, "term": 3, "min_cover": 0.5, "revenue_haircut": 0.7, "shortfall": "yearly"}


def made(folder: Path, parks: list[Row], bond: Row = YEARLY, **changes: object) -> Path:
    config: Row = {
        "years": [2021, 2022],
        "sources": {"special_bond": {"budget": 1000, "pays": ["park"], "bond": bond}},
        "instruments": {"park": {"kind": "bond"}},
        "leverage": {"goal": "nominal"},
        "debt": {},
        "solver": {"gap": 0},
    }
    rows = [{"project_id": f"K{n}", **PARK, **cells} for n, cells in enumerate(parks, start=1)]
    return write_plan(folder, config | changes, projects=rows)


def stored(path: Path) -> Path:
    run = allocator.run(path, out=path.parent / "runs").folder
    assert run is not None
    assert [] == [message.text("en") for message in verify(run).violations]
    assert [] == opinion(run)[1]
    return run


def debt(run: Path, region: str = "") -> pd.DataFrame:
    table = pd.read_csv(run / "debt.csv", encoding="utf-8-sig", keep_default_na=False)
    return table[table["region"] == region].set_index("year")


def test_revenue_that_comes_late_is_missing_before() -> None:
    """Owed 10, 10, 110 in 2022–24; 25 a year from 2023 on: 10 are missing in 2022, 70 in 2024, and 25 of 2025 are late."""
    loan, works = Loan("bullet", Fraction(1, 10), 3), Works(2, 3, Fraction(25))

    assert {1: 10, 3: 70} == missing(loan, {0: 100}, works)
    assert {3: 55} == missing(loan, {0: 100}, Works(1, 3, Fraction(25)))
    assert {} == missing(loan, {0: 100}, Works(0, 4, Fraction(33)))


def test_by_year_and_as_present_value(tmp_path: Path) -> None:
    """The sum over all years says 55; year by year it is 80, worth 10 ÷ 1.1 + 70 ÷ 1.331 = 61.6829 at 10 %."""
    whole = decide(made(tmp_path / "a", [{}], {**YEARLY, "shortfall": "whole"}))
    run = stored(made(tmp_path / "b", [{}], discount=0.1))
    solution = decide(tmp_path / "b" / "plan.yaml")
    rows = debt(run, "甲")

    assert ["300", "-55"] == [f"{float(value):g}" for value in whole.goals["contribution"]]
    assert ["300", "-61.6829"] == [f"{float(value):g}" for value in solution.goals["contribution"]]
    assert {2022: 10, 2024: 70} == rows["shortfall"][rows["shortfall"] > 0].to_dict()
    assert [9.090909, 52.592036] == rows["shortfall_pv"][rows["shortfall"] > 0].tolist()


def test_nobody_passes_the_gate(tmp_path: Path) -> None:
    """Where no project may have bonds, nothing is missing."""
    closed = {"instruments": {"park": {"kind": "bond", "where": {"bond_need": {"min": 101}}}}}
    plant = {"category": "重大工业项目", "bond_need": 200}

    solution = decide(made(tmp_path, [{}, plant], **closed))

    assert 0 == solution.objective


def test_a_start_a_year_later_is_discounted_once(tmp_path: Path) -> None:
    """From 2022 on everything comes a year later: 300 ÷ 1.1 less 61.6829 ÷ 1.1."""
    solution = decide(made(tmp_path, [{"start_year": 2022}], discount=0.1))

    assert [round(300 / 1.1, 4), -56.0754] == [round(float(value), 4) for value in solution.goals["contribution"]]


def test_the_plan_prefers_revenue_in_time(tmp_path: Path) -> None:
    """K2 invests more but earns late: 20 more of investment against 25 more that is missing; whole sums see no difference."""
    parks: list[Row] = [{"build_years": 1}, {"fixed_investment": 320}]
    cap = {"limits": [{"name": "one", "measure": "count", "max": 1}]}
    whole = decide(made(tmp_path / "a", parks, {**YEARLY, "shortfall": "whole"}, **cap))
    yearly = decide(made(tmp_path / "b", parks, **cap))

    assert (["K2"], ["K1"]) == ([*whole.awards["project_id"]], [*yearly.awards["project_id"]])


def test_a_cap_on_the_present_value(tmp_path: Path) -> None:
    """At most 80 may be missing: one of two parks, or both by half."""
    levels = {"park": {"kind": "bond", "award": {"levels": 2}}}
    cap = [{"name": "缺口现值", "measure": "bond_shortfall", "max": 80}]
    solution = decide(made(tmp_path, [{}, {"build_years": 1}], instruments=levels, limits=cap))

    # whole awards miss 80 and 55, halves 5 + … : of 50 bonds 5, 5, 55 are owed, 25 a year earn 20 too much in 2023
    assert 80 >= solution.limits.set_index("limit").loc["缺口现值", "value"]
    assert {"K1": 50, "K2": 100} == solution.awards.set_index("project_id")["award"].to_dict()


@pytest.mark.sweep(1)
@pytest.mark.parametrize(
    ("park", "rule"),
    [
        ({"build_years": ""}, ("cell_missing", "", "build_years")), ({"operate_years": 0}, ("operate_years", "0", ">= 1")),
        ({"operate_years": ""}, ("cell_missing", "", "operate_years")),
    ],
)  # fmt: skip
def test_years_that_are_not_told_are_no_years(park: Row, rule: tuple[str, str, str], tmp_path: Path) -> None:
    """Without its years of building and operating nobody knows when a park earns: it has no bonds, and it is said why."""
    path = made(tmp_path, [park, {}])
    stored(path)

    assert [("K1", "park", *rule)] == [*decide(path).screening.itertuples(index=False, name=None)]


def test_ways_that_do_not_go_together(tmp_path: Path) -> None:
    """By year, but of no share of the revenue; two sources that count in two ways; no such column at all."""
    with pytest.raises(InputError, match="needs revenue_haircut"):
        allocator.load(made(tmp_path / "a", [{}], {**YEARLY, "revenue_haircut": None}))
    other = {"budget": 9, "pays": ["other"], "bond": {**YEARLY, "shortfall": "whole"}}
    bonds = {"budget": 9, "pays": ["park"], "bond": YEARLY}
    kinds = {"park": {"kind": "bond"}, "other": {"kind": "bond"}}
    with pytest.raises(InputError, match="counts its shortfall in another way"):
        allocator.load(made(tmp_path / "b", [{}], sources={"one": bonds, "two": other}, instruments=kinds))
    path = made(tmp_path / "c", [{}])
    table = path.parent / "projects.csv"
    table.write_text(table.read_text(encoding="utf-8").replace("build_years", "built"), encoding="utf-8")
    with pytest.raises(InputError, match="build_years"):
        allocator.load(path)


def test_the_summary_tells_it(tmp_path: Path) -> None:
    """Missing in all years, and what that is worth today; in both languages."""
    run = run_folder.read(stored(made(tmp_path, [{}], discount=0.1)))

    assert "800,000 yuan missing in 2022–2024, worth 616,829.45 yuan in 2021" in summary.text(run, "en")
    assert "options.revenue_evenly" in {said.code for said in decide(tmp_path / "plan.yaml").assumptions}
    assert "2022–2024年共缺80 万元，折合2021年现值61.68 万元" in summary.text(run, "zh")


@pytest.mark.sweep(1)
@pytest.mark.parametrize("seed", range(4))
def test_verification_agrees_and_finds_changes(seed: int, tmp_path: Path) -> None:
    """Random parks, own rates and terms, both repayments, two payments: the plan passes; a changed year does not."""
    rng = Random(seed)
    parks = [
        {"region": rng.choice("甲乙"), "bond_need": rng.randint(50, 200), "revenue_total": round(rng.uniform(100, 500), 2),
         "cost_total": round(rng.uniform(0, 60), 2), "bond_rate": rng.choice(["", 2.5]), "bond_term": rng.choice(["", 7]),
         "build_years": rng.randint(0, 4), "operate_years": rng.randint(1, 12)} for _ in range(8)
    ]  # fmt: skip
    terms = {**YEARLY, "rate": 0.022, "term": 10, "repayment": rng.choice(["bullet", "annuity"]), "min_cover": 0.4}
    kind = {"kind": "bond", "award": {"levels": 3, "step": 1}, "start": {"delay": 1}, "payments": [0.7, 0.3]}
    source = {"budget": 400, "pays": ["park"], "bond": terms, "tail": {"max_share": 1}}
    caps = [{"name": "missing", "measure": "bond_shortfall", "each": "region", "max": 90}]
    run = stored(
        made(tmp_path, parks, sources={"special_bond": source}, instruments={"park": kind}, limits=caps, discount=0.04)
    )
    copy = Path(copytree(run, tmp_path / "copy"))
    lines = (copy / "debt.csv").read_text(encoding="utf-8-sig").splitlines()
    at = rng.randrange(1, len(lines))
    cells = lines[at].split(",")
    cells[-rng.choice([1, 2])] = "7.77"
    lines[at] = ",".join(cells)
    (copy / "debt.csv").write_text("\n".join(lines) + "\n", encoding="utf-8-sig")

    assert not verify(copy).ok


def test_goals_in_order_do_not_price_it(tmp_path: Path) -> None:
    """In lexicographic order only the planner's own terms count: it is said that the shortfall is not among them."""
    order = {"mode": "lexicographic", "terms": [{"measure": "award"}]}
    told = [notice.code for notice in allocator.load(made(tmp_path / "a", [{}], goals=order)).notices]
    term = {"measure": "bond_shortfall", "weight": -1}
    other = made(tmp_path / "b", [{}], goals={**order, "terms": [*order["terms"], term]})

    assert "config.shortfall_unpriced" in told
    assert "config.shortfall_unpriced" not in [notice.code for notice in allocator.load(other).notices]


def test_a_term_of_ones_own_is_told(tmp_path: Path) -> None:
    """A planner's own weight takes the place of the price of the bonds, and it is said so; the stored config is not told."""
    terms = {"terms": [{"measure": "award"}, {"measure": "bond_shortfall", "weight": -2}]}
    own = made(tmp_path / "a", [{}], goals=terms)
    run = stored(made(tmp_path / "b", [{}]))

    assert "config.shortfall_priced_here" in [notice.code for notice in allocator.load(own).notices]
    again = allocator.load(run / "config.resolved.yaml")
    assert "config.shortfall_priced_here" not in [notice.code for notice in again.notices]
    assert 1 == sum(term.measure == "bond_shortfall" for term in again.loaded.config.goals.terms)


def test_bonds_made_elsewhere_say_their_shortfall_or_that_it_is_unknown(tmp_path: Path) -> None:
    """A ready-made award of bonds costs the goal what its column says; without one it is told that nothing is known."""
    row = {"project_id": "K2", "option": "o", "special_bond@2021": 50, "nominal_investment": 100}
    parks = [{}, {"bond_need": 0}]
    silent = allocator.run(written(tmp_path / "a", parks, row), out=tmp_path / "runs")
    told = decide(written(tmp_path / "b", parks, {**row, "bond_shortfall": 30}))
    codes = [message.code for message in silent.assumptions]

    assert "options.shortfall_unknown" in codes
    assert "options.shortfall_unknown" not in [message.code for message in told.assumptions]
    assert 30 == float(silent.objective) - float(told.objective)
    assert silent.folder is not None
    path = silent.folder / "manifest.json"
    path.write_text(path.read_text(encoding="utf-8").replace("options.shortfall_unknown", "options.no_investment"))
    reseal(silent.folder)
    assert not verify(silent.folder).ok


def written(folder: Path, parks: list[Row], option: Row) -> Path:
    """A plan with one ready-made option of bonds."""
    path = made(folder, parks, options="options.csv")
    write_table(folder / "options.csv", [option])
    return path
