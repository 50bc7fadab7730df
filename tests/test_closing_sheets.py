"""The closing sheets of ten awards, worked out by hand: who pays what of an investment of 1,000."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pytest
from planning import Row, write_plan

import allocator
from allocator.verify import verify

if TYPE_CHECKING:
    from pathlib import Path

PHASES = ["phase_1", "phase_2", "phase_3"]
CONFIG: Row = {
    "money": "万元", "years": [2021],
    "sources": {
        "bonds": {"budget": 10_000, "pays": ["park", "phased", "part"], "bond": {"rate": "0.02", "term": 10}},
        "fiscal": {"budget": 10_000, "pays": ["grant", "aid"]},
    },
    "instruments": {
        "park": {"kind": "bond", "where": {"kind": "whole"}},
        "phased": {"kind": "bond", "where": {"kind": "phased"}, "award": {"phases": PHASES}},
        "part": {"kind": "bond", "where": {"kind": "part"}, "award": {"levels": 2}},
        "grant": {"kind": "grant", "rate": 0.1, "where": {"kind": ["grant", "both"]}},
        "aid": {"kind": "grant", "rate": 0.05, "where": {"kind": "both"}},
    },
    "packages": [["grant", "aid"]],
    "closing": {"gate": False},
    "leverage": {"public_owner": {"owner": "city"}},
    "locks": {"fix": {"P05": {"award": 300}, "P06": {"award": 300}}},
    "goals": {"terms": [{"measure": "award"}]},
}  # fmt: skip
TOLD: Row = {"own_funds": 0, "bank_loan_committed": 0, "bank_loan_planned": 0}
PROJECTS: dict[str, Row] = {
    "P01": TOLD | {"kind": "whole", "done_investment": 100, "other_public": 50, "bond_need": 400, "own_funds": 300,
                   "bank_loan_committed": 100, "bank_loan_planned": 50},
    "P02": TOLD | {"kind": "whole", "owner": "city", "bond_need": 600, "own_funds": 300},
    "P03": TOLD | {"kind": "whole", "bond_need": 800, "own_funds": 500},
    "P04": TOLD | {"kind": "whole", "bond_need": 500, "own_funds": 200, "bank_loan_committed": 500},
    "P05": TOLD | {"kind": "part", "bond_need": 600, "own_funds": 200, "bank_loan_planned": 100},
    "P06": TOLD | {"kind": "phased", "bond_need": 600, "own_funds": 400, "phase_1": 100, "phase_2": 200, "phase_3": 300},
    "P07": TOLD | {"kind": "whole", "done_investment": 200, "other_public": 150, "bond_issued": 250, "bond_need": 300,
                   "own_funds": 500},
    "P08": TOLD | {"kind": "grant", "fixed_investment": 800, "done_investment": 100, "own_funds": 600,
                   "bank_loan_planned": 300},
    "P09": TOLD | {"kind": "both", "owner": "city", "fixed_investment": 600, "own_funds": 400},
    "P10": {"kind": "grant", "fixed_investment": 500, "done_investment": 10, "other_public": 20},
}  # fmt: skip
PAYING = ("own_private", "own_public", "loans", "other_public", "bond_issued", "award", "later_phases", "gap")
SHEETS = {
    "P01": "300 0 150 50 0 400 0 100",
    "P02": "0 300 0 0 0 600 0 100",
    "P03": "200 0 0 0 0 800 0 0",
    "P04": "200 0 300 0 0 500 0 0",
    "P05": "200 0 100 0 0 300 0 400",
    "P06": "400 0 0 0 0 300 300 0",
    "P07": "300 0 0 150 250 300 0 0",
    "P08": "600 0 300 0 0 80 0 20",
    "P09": "0 400 0 0 0 90 0 510",
    "P10": "- - - 20 0 50 - -",
}
"""What pays, in the order above; - where the table tells no financing."""
DONE = {"P01": "100", "P07": "200", "P08": "100", "P10": "10"}
"""What is done was paid by the same money, so that it stands in no sum."""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The stored run of the ten."""
    folder = tmp_path_factory.mktemp("closing")
    common = {"region": "甲", "category": "c", "start_year": 2021, "total_investment": 1000, "fixed_investment": 1000,
              "revenue_total": 1e6, "cost_total": 0, "owner": "firm"}  # fmt: skip
    columns = dict.fromkeys(name for row in PROJECTS.values() for name in row)
    rows = [
        {"project_id": p, "project_name": p, **dict.fromkeys(columns, ""), **common, **PROJECTS[p]} for p in PROJECTS
    ]
    found = allocator.run(write_plan(folder, CONFIG, projects=rows), out=folder / "runs").folder
    assert found is not None
    return found


def sheets(run: Path) -> dict[str, dict[str, str]]:
    """The rows of closing.csv by project."""
    with (run / "closing.csv").open(encoding="utf-8-sig") as file:
        return {row["project_id"]: row for row in csv.DictReader(file)}


def test_ten_sheets_are_those_worked_out_by_hand(run: Path) -> None:
    """Public money pays first, then own funds, then loans, then what later phases need; what is left is the gap."""
    found = {p: " ".join(row[name] or "-" for name in PAYING) for p, row in sheets(run).items()}

    assert found == SHEETS
    assert {p: row["done_investment"] for p, row in sheets(run).items() if row["done_investment"]} == DONE
    assert verify(run).ok


@pytest.mark.parametrize("project", [p for p in PROJECTS if p != "P10"])
def test_what_pays_adds_up_to_the_investment(run: Path, project: str) -> None:
    """To the last yuan, gap included."""
    row = sheets(run)[project]

    assert float(row["total_investment"]) == sum(float(row[name]) for name in PAYING)
