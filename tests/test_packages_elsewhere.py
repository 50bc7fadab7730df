"""Packages among the other rules: outcomes, deviations and spending profiles by instrument. A run verifies itself."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from planning import write_table
from test_packages import BY_HAND, write

import allocator

BAD: dict[str, Any] = {"solver": {"gap": 0}, "goals": {"terms": [{"measure": "leveraged_investment"}]}}
"""A brings 820 as a package of 80 (grant) and 30 (aid), B 360 with 40; a floor makes A take the package."""
BOTH = [{"name": "aid", "measure": "award", "where": {"instrument": "aid"}, "min": 30},
        {"name": "grants", "measure": "award", "where": {"instrument": "grant"}, "min": 120}]  # fmt: skip


def run(folder: Path, **changes: Any) -> allocator.Solution:
    return allocator.run(write(folder, **BAD, limits=BOTH, **changes), out=folder / "runs")


@pytest.mark.parametrize(("instrument", "touched"), [("grant", 820 + 360), ("aid", 0)])
def test_what_happens_to_the_first_part_happens_to_the_investment(
    tmp_path: Path, instrument: str, touched: int
) -> None:
    """Half of what the instrument brings is lost with probability 0.5; the investment stands with the grant."""
    effects = [{"on": "leverage", "where": {"instrument": instrument}, "factor": 0.5}]
    outcomes = {"bad": {"probability": 0.5, "effects": effects}}
    solution = run(tmp_path, uncertainty={"outcomes": outcomes}, risk={"alpha": 0.5, "weight": 0.5})

    assert Fraction(1180) - Fraction(touched) * (Fraction(1, 4) + Fraction(1, 2)) / 2 == Fraction(solution.objective)


@pytest.mark.parametrize(("instrument", "missing"), [("grant", 4), ("aid", 0)])
def test_what_happens_to_the_cost_of_a_part_happens_to_its_payments(
    tmp_path: Path, instrument: str, missing: int
) -> None:
    """Grants fall due with 72 of 74 in 2021: a cost of 1.0556 times that misses 2, at a price of 2 each."""
    effects = [{"on": "cost", "where": {"instrument": instrument}, "year": 2021, "factor": 1.0556}]
    sources = {
        "fiscal": {"budget": {2021: 74, 2022: 60}, "pays": ["grant"]},
        "fund": {"budget": {2021: 60, 2022: 0}, "pays": ["aid"]},
    }
    uncertainty = {"shortage_price": 2, "outcomes": {"bad": {"probability": 0.5, "effects": effects}}}
    solution = run(tmp_path, sources=sources, uncertainty=uncertainty, risk={"alpha": 0.5, "weight": 0})
    lost = Fraction(2) * Fraction(1, 2) * max(Fraction("72") * Fraction("1.0556") - 74, Fraction(0))

    assert Fraction(1180) - (lost if missing else 0) == Fraction(solution.objective)


def test_a_deviation_by_instrument_goes_by_the_first_part(tmp_path: Path) -> None:
    """The largest of 0.1 × 820 and 0.1 × 360 is lost."""
    robust = {"gamma": 1, "deviation": {"by": "instrument", "values": {"grant": 0.1, "aid": 0.9}}}

    assert 1180 - 82 == run(tmp_path, robust=robust).objective


def test_investment_is_spent_by_the_profile_of_the_first_part(tmp_path: Path) -> None:
    """Half of what a grant brings is spent a year later."""
    spending = {"by": "instrument", "profile": {"grant": [0.5, 0.5], "aid": [1.0]}}
    spent = {"name": "later", "measure": "nominal_investment", "year": 2022, "min": 700}
    solution = allocator.run(
        write(tmp_path, **BAD, limits=[*BOTH, spent], spending=spending), out=tmp_path / "runs"
    )  # fmt: skip

    assert [700] == solution.limits.loc[solution.limits["limit"] == "later", "value"].tolist()


def test_a_year_later_what_was_paid_is_shared_by_the_parts(tmp_path: Path) -> None:
    """Of 48 + 15 due in 2021 one source has paid 60: the grant has its 48, the aid 12, and 32 + 18 are left."""
    aid = BY_HAND["instruments"]["aid"] | {"payments": [0.5, 0.5]}
    changes = BAD | {
        "instruments": BY_HAND["instruments"] | {"aid": aid},
        "sources": {"fiscal": {"budget": 200, "tail": {"max_share": 1}, "pays": ["grant", "aid"]}},
    }
    before = allocator.run(write(tmp_path / "first", **changes, limits=BOTH), out=tmp_path / "runs").folder
    assert before is not None
    copytree(before, tmp_path / "then" / "before")
    write_table(tmp_path / "then" / "progress.csv", [{"project_id": "A", "started": 1, "fiscal@2021": 60}])
    later = {"years": [2022, 2023], "previous": "before", "progress": "progress.csv"}
    solution = allocator.run(write(tmp_path / "then", **changes, **later), out=tmp_path / "runs")
    paid = solution.payments[solution.payments["project_id"] == "A"]

    assert {"grant@2021#2": 32, "aid@2021#1": 18} == paid.groupby(paid["option"].astype(str))["amount"].sum().to_dict()
