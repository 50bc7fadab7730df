"""The review of fair competition that belongs to an instrument: warnings F2 by its state and by what it covers."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest
from planning import Row, write_plan

import allocator
from allocator.report import sections
from allocator.runs import folder as run_folder
from allocator.verify import verify

STATES: Row = {"seen": ("passed", 60), "open": ("pending", 70), "never": ("none", None), "free": ("exempt", None), "old": (None, None)}  # fmt: skip
"""Instrument → how its review stands, and the largest award that it covers."""
CASES: dict[str, Row] = {
    "seen1": {}, "seen2": {"fcr_passed": "待审"}, "seen3": {"base": 60}, "seen4": {"base": 60.01}, "seen5": {"firm_size": "小型"},
    "open1": {}, "open2": {"fcr_passed": "待审", "note": "仅限本地", "base": 99}, "never1": {}, "never2": {"fcr_passed": ""},
    "free1": {}, "free2": {"firm_size": "小型"}, "old1": {}, "old2": {"fcr_passed": "待审"},
    "old3": {"fcr_passed": ""},
}  # fmt: skip
EXPECTED = {
    "seen4": ("seen: 60.01", "60"),
    "seen5": ("seen_small: firm_size", "lawful"),
    "open1": ("open: 待审", "通过"),
    "open2": ("open: 待审;仅限本地;open: 99", "通过;lawful;70"),
    "never1": ("never: 未审", "通过"),
    "never2": ("never: 未审", "通过"),
    "old2": ("待审", "通过"),
    "old3": ("blank", "通过"),
}
"""The review of the policy takes the place of the project's; without one the project's column counts as before."""


def plan(folder: Path, flags: Row | None) -> Path:
    """Each project has its own instrument's award, which the name of the project begins with."""
    rows = [
        {"project_id": name, "region": "甲", "category": name.rstrip("12345"), "base": 50, "fixed_investment": 1000,
         "fcr_passed": "通过", "firm_size": "大型", "note": "", **case}
        for name, case in CASES.items()
    ]  # fmt: skip
    instruments = {
        key: {"kind": "grant", "base": "base", "rate": 1, "name": f"{key}补助", "where": {"category": key}}
        | ({"fair_competition": state} if state else {})
        | ({"review_covers": most} if most else {})
        for key, (state, most) in STATES.items()
    }
    for key in ("seen", "free"):
        small = {"category": key, "firm_size": "小型"}
        instruments[key]["where"], instruments[f"{key}_small"] = (
            {"category": key, "firm_size": {"not": "小型"}},
            {**instruments[key], "where": small},
        )
    config: Row = {
        "years": [2021],
        "sources": {"f": {"budget": 9000, "pays": [*instruments]}},
        "instruments": instruments,
        "goals": {"terms": [{"measure": "award"}]},
    }
    return write_plan(folder, config | ({} if flags is None else {"flags": flags}), projects=rows)


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("review")
    run = allocator.run(plan(folder, {"firm_share": 1}), out=folder / "runs").folder
    assert run is not None
    assert [] == [message.text("en") for message in verify(run).violations]
    return run


def test_awards_are_told_by_the_review_of_their_policy(stored: Path) -> None:
    """Pending and none; more than it covers; firms picked out, but not where the policy is exempt."""
    rows = pd.read_csv(stored / "flags.csv", dtype=str, keep_default_na=False, encoding="utf-8-sig")

    assert EXPECTED == {row["scope"]: (row["value"], row["threshold"]) for row in rows.to_dict("records") if row["flag"] == "F2"}  # fmt: skip


def test_the_report_names_instruments_and_columns(stored: Path) -> None:
    """In Chinese a warning has neither the key of an instrument nor that of a column."""
    table = next(t for t in sections.build(run_folder.read(stored), "zh").tables if t.key == "flags")
    told = table.rows.set_index("scope")["value"]

    assert "open补助: 待审;仅限本地;open补助: 99" == told["open2"]
    assert "seen补助: 企业规模" == told["seen5"]


@pytest.mark.parametrize("words", [("never: 未审", "never: 待审"), ("60.01,60", "60.01,61"), ("open2", "open1")])
def test_a_changed_warning_is_found(words: tuple[str, str], stored: Path, tmp_path: Path) -> None:
    """Another state, another sum that the review covers, another project."""
    run = shutil.copytree(stored, tmp_path / "run")
    text = (run / "flags.csv").read_text(encoding="utf-8-sig")
    assert words[0] in text
    (run / "flags.csv").write_text(text.replace(*words), encoding="utf-8-sig")

    assert not verify(run).ok


def test_a_policy_without_a_review_is_told_before_anything_is_solved(tmp_path: Path) -> None:
    """Only that one, whether or not warnings are asked for."""
    told = [notice for notice in allocator.load(plan(tmp_path, None)).notices if notice.code == "config.unreviewed"]

    assert ["instruments.never.fair_competition"] == [notice.path for notice in told]
