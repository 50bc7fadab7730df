"""Fairness between regions: shares against quotas, money per head, Gini and Theil as their definitions say."""

from __future__ import annotations

from math import log

import pandas as pd
import pytest
from planning import decide, write_plan

from allocator.pipeline.store import write
from allocator.report.chapters.fairness import fairness, gini, inequality, theil
from allocator.report.view import View
from allocator.runs.folder import read

PROJECTS = [
    {"project_id": "P1", "region": "A", "category": "x", "fixed_investment": 3000, "ready": 1},
    {"project_id": "P2", "region": "B", "category": "x", "fixed_investment": 1000, "ready": 1},
    {"project_id": "P3", "region": "C", "category": "x", "fixed_investment": 10, "ready": 1},
    {"project_id": "P4", "region": "D", "category": "x", "fixed_investment": 9000, "ready": 0},
]
REGIONS = [
    {"region": name, "population": people, "gdp": 100, "industry": industry}
    for name, people, industry in (("A", 100, 60), ("B", 100, 20), ("C", 50, 10), ("D", 50, 10), ("E", 100, 0))
]
CONFIG = {
    "years": [2021],
    "sources": {"fiscal": {"budget": 400, "pays": ["grant"]}},
    "instruments": {"grant": {"kind": "grant", "rate": 0.1, "where": {"ready": True}, "award": {"min": 5}}},
    "factor_method": {"factors": {"industry": 1}},
    "solver": {"gap": 0},
}


@pytest.fixture(scope="module")
def view(tmp_path_factory):
    """The report's view of a plan that gives A 300 and B 100."""
    folder = tmp_path_factory.mktemp("fair")
    solution = decide(write_plan(folder, CONFIG, projects=PROJECTS, regions=REGIONS))
    return View(read(write(solution, folder / "runs")), "en")


def test_shares_quotas_and_why_nothing(view):
    """A has 75 % against a quota of 60 %; C's ask is too small, D's project not ready, E has no candidate."""
    rows = fairness(view).rows.set_index("region")

    assert (300, 0.75, 0.6, 3.0) == tuple(rows.loc["A", ["award", "share", "quota", "per_head"]])
    assert 0.25 == pytest.approx(rows.loc["A", "over"])
    assert ["no eligible project", "no eligible project", "no candidate"] == [rows.loc[name, "why"] for name in "CDE"]
    assert "" == rows.loc["B", "why"]


def test_indices_by_hand(view):
    """Per head: shares 3/4 and 1/4 of the money for a quarter of the people each."""
    rows = inequality(view).rows.set_index("basis")

    expected = 0.75 * log(0.75 / 0.25) + 0.25 * log(0.25 / 0.25)
    assert expected == pytest.approx(rows.loc["Head by head", "theil"], abs=1e-4)
    assert 0.625 == pytest.approx(rows.loc["Head by head", "gini"], abs=1e-4)


def test_equal_treatment_has_no_inequality():
    """The same per unit gives 0 in both; all for one of four gives 0.75 and ln 4."""
    base = pd.Series([1.0, 2.0, 3.0, 4.0])

    assert (0, 0) == (pytest.approx(gini(base * 7, base)), pytest.approx(theil(base * 7, base)))
    one, same = pd.Series([8.0, 0.0, 0.0, 0.0]), pd.Series([1.0] * 4)
    assert (0.75, log(4)) == (pytest.approx(gini(one, same)), pytest.approx(theil(one, same)))
