"""Warnings F1–F14: each is given for its cause, told in both languages, and found by verification when it is missing."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pandas as pd
import pytest
from planning import Row, write_plan

import allocator
from allocator import store
from allocator.report import summary
from allocator.verify import verify

SOUND: Row = {
    "region": "甲", "category": "plant", "fixed_investment": 1000, "base": 50, "done_investment": 10, "stage": "在建",
    "fcr_passed": "通过", "note": "", "gb4754_code": "C3985", "is_energy_heavy": 0, "other_public": 0, "debt_grade": "绿",
    "catalog_class": "鼓励", "clean_record": 1, "group_id": "", "chain": "", "bond_need": "", "revenue_total": "",
    "cost_total": "",
}  # fmt: skip
"""Nothing to warn of: 50 of support for 1,000."""
BOND: Row = {
    "category": "园区基础设施",
    "base": "",
    "bond_need": 100,
    "revenue_total": 400,
    "cost_total": 20,
    "stage": "备案",
}
CASES: dict[str, Row] = {
    "A": {},
    "B": {"fcr_passed": "待审", "note": "要求区内配套采购"},
    "C": {"gb4754_code": "C3841", "is_energy_heavy": 1, "other_public": 7.5},
    "D": {**BOND, "debt_grade": "橙", "revenue_total": 200, "cost_total": 0},
    "E": {**BOND},
    "F": {"done_investment": 0},
    "G": {"done_investment": 700, "base": 10},
    "H": {"catalog_class": "限制", "clean_record": 0, "group_id": "一"},
}
EXPECTED = {
    ("F2", "B"): "待审", ("F3", "B"): "区内配套", ("F4", "C"): "C3841", ("F5", "C"): "C3841", ("F6", "C"): "7.5",
    ("F7", "D"): "橙", ("F8", "D"): "0.9722", ("F9", "F"): "0", ("F10", "G"): "0.7", ("F12", "G"): "100",
    ("F11", "group_id=一"): "0.1087", ("F13", "H"): "限制", ("F14", "H"): "0",
}  # fmt: skip
"""D owes 144 and earns 0.7 × 200; H has 50 of 460."""


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("flags")
    config: Row = {
        "years": [2021],
        "flags": {},
        "sources": {
            "fiscal": {"budget": 1000, "pays": ["grant"]},
            "special_bond": {"budget": 1000, "pays": ["park"], "bond": {"rate": 0.022, "term": 20, "min_cover": 0}},
        },
        "instruments": {
            "grant": {"kind": "grant", "base": "base", "rate": 1, "where": {"category": "plant"}},
            "park": {"kind": "bond", "where": {"category": "园区基础设施"}},
        },
        "leverage": {"goal": "nominal"},
        "goals": {"terms": [{"measure": "award"}]},
    }
    path = write_plan(folder, config, projects=[{**SOUND, "project_id": p, **case} for p, case in CASES.items()])
    run = allocator.run(path, out=folder / "runs").folder
    assert run is not None
    return run


def test_every_warning_has_its_cause(stored: Path) -> None:
    """Each project has the warnings of its own faults and no others; values are told."""
    rows = pd.read_csv(stored / "flags.csv", dtype=str, keep_default_na=False, encoding="utf-8-sig")
    found = {(row["flag"], row["scope"]): row["value"] for row in rows.to_dict("records")}

    assert EXPECTED == found
    assert all(rows["basis"])


def test_summary_tells_them(stored: Path) -> None:
    """In both languages."""
    assert "F13 restricted class 1" in summary.text(store.read(stored), "en")
    assert "F13 限制或淘汰类 1" in summary.text(store.read(stored), "zh")


@pytest.mark.parametrize("change", ["removed", "value"])
def test_a_warning_that_is_hidden_is_found(change: str, stored: Path, tmp_path: Path) -> None:
    """A row taken out, or with another value, is a violation; the sound run has none."""
    run = shutil.copytree(stored, tmp_path / "run")
    assert verify(run).ok
    path = run / "flags.csv"
    rows = list(csv.reader(path.open(encoding="utf-8-sig")))
    at = next(number for number, row in enumerate(rows) if row[0] == "F8")
    changed = [] if change == "removed" else [[*rows[at][:2], "1.3", *rows[at][3:]]]
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([*rows[:at], *changed, *rows[at + 1 :]])

    assert not verify(run).ok
