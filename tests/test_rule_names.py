"""Rules that follow from a key are named in words; what is missed is told apart from what only has no room left."""

from __future__ import annotations

from pathlib import Path

import pytest
from planning import Row, write_plan

import allocator
from allocator.report.chapters.flows import leftover
from allocator.report.summary import text
from allocator.report.view import View
from allocator.runs.folder import StoredRun, read

PROJECTS: list[Row] = [
    {"project_id": "A", "region": "甲", "category": "plant", "group_id": "G", "fixed_investment": 1000},
    {"project_id": "B", "region": "甲", "category": "plant", "group_id": "G", "fixed_investment": 900},
    {"project_id": "P", "region": "甲", "category": "park", "fixed_investment": 900, "bond_need": 400,
     "revenue_total": 4000, "cost_total": 100},
    {"project_id": "Q", "region": "甲", "category": "park", "fixed_investment": 900, "bond_need": 300,
     "revenue_total": 4000, "cost_total": 100},
]  # fmt: skip
CONFIG: Row = {
    "years": [2026],
    "sources": {
        "fiscal": {"name": "省级资金", "budget": 500, "pays": ["grant"]},
        "bonds": {
            "name": "专项债",
            "budget": 1000,
            "pays": ["debt", "capital"],
            "bond": {"rate": 0.02, "term": 10, "max_capital_share": 0.0},
        },
    },
    "instruments": {
        "grant": {"kind": "grant", "rate": 0.1, "where": {"category": "plant"}},
        "debt": {"kind": "bond", "where": {"category": "park"}, "award": {"max": 350}},
        "capital": {"kind": "bond", "use": "capital", "where": {"category": "park"}},
    },
    "limits": [{"name": "单个集团", "measure": "award", "each": "group_id", "max": 100}],
    "targets": [{"name": "投资", "measure": "nominal_investment", "min": 9000, "shortfall_price": 0.1}],
    "locks": {"must_not": ["Q"]},
    "debt": {},
}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> StoredRun:
    """A group cap leaves B out, the park's lock leaves Q out, and the target is beyond all of them."""
    folder: Path = tmp_path_factory.mktemp("named")
    made = allocator.run(write_plan(folder, CONFIG, projects=PROJECTS), out=folder / "runs")
    assert made.folder is not None
    return read(made.folder)


def test_a_missed_target_is_not_told_as_a_rule_that_binds(run: StoredRun) -> None:
    """The target stands by itself, as missed, and the cap of the group as binding."""
    told = text(run, "zh").splitlines()
    short = next(line for line in told if line.startswith("未达到"))
    tight = told[told.index(short) + 1]

    assert "投资：实际 1,900，不低于 9,000" in short
    assert tight.startswith("起约束作用")
    assert any("单个集团 [G]：实际 100，不高于 100" in line for line in told[told.index(tight) :])


def test_money_lapses_only_for_rules_that_its_projects_meet(run: StoredRun) -> None:
    """No park is of the group: its cap is a cause for fiscal money and none for bonds."""
    told = leftover(View(run, "zh"))
    assert told is not None
    causes = dict(zip(told.rows["source"], told.rows["cause"], strict=True))

    assert "单个集团 [G]" in causes["省级资金"]
    assert "单个集团" not in causes["专项债"]


@pytest.mark.parametrize(
    ("name", "zh", "en"),
    [
        ("bonds: max_capital_share", "专项债用作资本金的占比", "专项债: share used as project capital"),
        ("debt: tier 红", "债务风险等级“红”地区新增专项债", "new bonds at debt grade 红"),
        ("debt: room", "债务限额空间", "room under the debt limit"),
        ("debt: quota 2026", "2026 年专项债额度", "bond quota of 2026"),
        ("debt: min_cover", "专项债总体覆盖倍数", "cover of all bonds together"),
        ("debt: service", "年度还本付息", "debt service of a year"),
        ("debt: service of all", "各地合计年度还本付息", "debt service of a year, all together"),
        ("单个集团", "单个集团", "单个集团"),
    ],
)
def test_rules_of_keys_have_names_in_words(run: StoredRun, name: str, zh: str, en: str) -> None:
    """The planner's own stay as they are; a group stands in brackets."""
    assert [zh, en] == [View(run, language).names.rule(name) for language in ("zh", "en")]
    assert f"{zh} [甲]" == View(run, "zh").names.rule(name, "甲")
