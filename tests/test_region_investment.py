"""What the projects supported invest, held against what is expected of the whole region."""

from __future__ import annotations

from pathlib import Path

import pytest
from planning import decide, write_plan

from allocator.pipeline import store
from allocator.report import summary
from allocator.report.headline import figures
from allocator.report.view import View
from allocator.runs import folder as run_folder

CODE = "solve.volume_beyond_region"
CONFIG = {
    "money": "万元",
    "years": [2021],
    "sources": {"fiscal": {"budget": 200, "pays": ["grant"]}},
    "instruments": {"grant": {"kind": "grant", "rate": 0.1}},
}
PROJECTS = [{"project_id": name, "region": "甲", "category": "技改", "fixed_investment": 1_000} for name in "ABC"]


@pytest.mark.sweep(5)
@pytest.mark.parametrize(
    ("report", "told"),
    [
        ({"region_investment": 4_000}, None),
        ({"region_investment": 3_333}, "60.0%"),
        ({"region_investment": 3_334}, None),
        ({"region_investment": 2_500}, "80.0%"),
        ({"region_investment": 1_000}, "200.0%"),
        ({"region_investment": 2_500, "region_share": 0.8}, None),
        ({"region_investment": 2_500, "region_share": 0.79}, "80.0%"),
        ({"region_share": 0.1}, None),
        ({}, None),
    ],
)
def test_more_than_a_share_of_the_region_is_warned_of(
    report: dict[str, object], told: str | None, tmp_path: Path
) -> None:
    """Two projects of 1,000 each are supported, unscaled by what they get."""
    run = decide(write_plan(tmp_path, {**CONFIG, "report": report}, projects=PROJECTS))
    found = [str(notice.values["share"]) for notice in run.notices if notice.code == CODE]

    assert found == ([] if told is None else [told])


@pytest.mark.parametrize(
    ("language", "said", "warned"),
    [
        ("en", "80% of the region's expected industrial investment", "(warning: beyond 60%)"),
        ("zh", "相当于全区预期工业投资的 80%", "（警告：超过 60%）"),
    ],
)
def test_terminal_and_report_say_it(language: str, said: str, warned: str, tmp_path: Path) -> None:
    """The share stands beside nominal investment, the warning in the terminal and among the notices."""
    config = {**CONFIG, "language": language, "report": {"region_investment": 2_500}}
    run = run_folder.read(
        store.write(decide(write_plan(tmp_path / "plan", config, projects=PROJECTS)), tmp_path / "runs")
    )
    lines = [line for line in summary.text(run).splitlines() if said in line]

    assert 1 == len(lines)
    assert warned in lines[0]
    assert [True, False] == [said in figure.note for figure in figures(View(run, language))[3:5]]
    assert CODE in {notice.code for notice in run.notices}
