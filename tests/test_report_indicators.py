"""Ratios before and after, and the parts of the structure score, as worked out by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from planning import Row, write_plan

import allocator
from allocator.messages.errors import InputError
from allocator.report import sections
from allocator.report.view import Table
from allocator.runs.folder import read
from allocator.verify import verify

pytestmark = pytest.mark.reports

PROJECTS: list[Row] = [
    {
        "project_id": project,
        "project_name": project,
        "region": "r",
        "category": "c",
        "chain": chain,
        "is_sei": sei,
        "chain_role": role,
        "fixed_investment": fixed,
        "energy_tce": energy,
        "new_va": added,
        "new_output": output,
        "rd_spend": research,
        "new_tax": tax,
        "land_mu": land,
    }
    for project, chain, sei, role, fixed, energy, added, output, research, tax, land in (
        ("A", "x", 1, "gap", 300, 10, 40, 100, 6, 8, 2),
        ("B", "y", 0, "gap", 100, 50, 10, 100, 1, 2, 3),
        ("C", "y", 1, "", 100, 30, "", 200, 1, "", 5),
    )
]
OPTIONS: list[Row] = [
    {"project_id": p, "option": "o", "start_year": 2021, "fiscal@2021": 1, "nominal_investment": n}
    for p, n in (("A", 300), ("B", 100), ("C", 90))
]


def tables(folder: Path, language: str, **more: object) -> dict[str, Table]:
    """The tables of a run that supports A and B."""
    config: Row = {
        "money": "万元",
        "years": [2021],
        "sources": {"fiscal": {"budget": 2}},
        "leverage": {"goal": "nominal"},
        "goals": {"terms": [{"measure": "nominal_investment"}]},
        "upgrading": {"criteria": {"is_sei": 70, "chain_role": {"gap": 40}}},
        "chains": {"node": "chain"},
        "solver": {"gap": 0, "threads": 1},
        **more,
    }
    solution = allocator.run(write_plan(folder, config, projects=PROJECTS, options=OPTIONS), out=folder / "runs")
    assert solution.folder is not None
    return {table.key: table for table in sections.build(read(solution.folder), language).tables}


def test_ratios_by_hand(tmp_path: Path) -> None:
    """What is known of only one side of a ratio, as C's value added, is left out of both of its sums."""
    rows = tables(tmp_path, "en")["indicators"].rows.set_index("name")[["before", "after"]]
    found = {name: tuple(row) for name, row in zip(rows.index, rows.to_numpy().tolist(), strict=True)}

    assert found == {
        "Energy per value added (tce per 10,000 yuan)": pytest.approx((60 / 50, 60 / 50)),
        "Energy per output (tce per 10,000 yuan)": pytest.approx((90 / 400, 60 / 200)),
        "R&D intensity (R&D ÷ output)": pytest.approx((8 / 400, 7 / 200)),
        "Value-added rate (value added ÷ output)": pytest.approx((50 / 200, 50 / 200)),
        "Tax per mu (10,000 yuan)": pytest.approx((10 / 5, 10 / 5)),
        "Concentration of investment over chains (HHI; reported only)": pytest.approx((0.52, 0.625)),
        "Chain nodes closed, of 2": (0, 2),
    }


def test_points_add_up_to_the_score(tmp_path: Path) -> None:
    """A has 70 + 40 points, which is held at 100; the workbook lists them under Chinese names."""
    table = tables(tmp_path, "zh")["score_parts"]

    assert [("A", 70, 40, 100), ("B", 0, 40, 40), ("C", 70, 0, 70)] == list(
        table.rows[["project_id", "points_is_sei", "points_chain_role", "score"]].itertuples(index=False, name=None)
    )
    assert ["是否战新", "链条作用"] == [column.title for column in table.columns[2:4]]
    assert not table.on_page


@pytest.mark.slow
def test_scores_are_stored_and_checked(tmp_path: Path) -> None:
    """`scores.csv` has a row for every candidate, and any changed cell of it, or a row less, is a violation."""
    tables(tmp_path, "en")
    run = next((tmp_path / "runs").iterdir())
    path = run / "scores.csv"
    text = path.read_text(encoding="utf-8-sig")

    assert "project_id,structure_score,is_sei,chain_role\nA,100,70,40\nB,40,0,40\nC,70,70,0\n" == text
    assert verify(run).ok
    for before, after in (
        ("A,100", "A,99"),
        ("70,40", "71,40"),
        ("B,40,0,40\n", ""),
        ("C,", "D,"),
        ("is_sei", "is_se"),
    ):
        path.write_text(text.replace(before, after), encoding="utf-8-sig")
        assert not verify(run).ok


@pytest.mark.slow
def test_ratios_and_shares_before_the_plan_may_be_given(tmp_path: Path) -> None:
    """Last year's energy per value added, R&D intensity and share of another category take the place of the pool's."""
    before = {"energy_per_va": 1.5, "rd_intensity": 0.01, "c": 0.4, "is_sei": 0.25}
    found = tables(tmp_path, "en", report={"before": before})
    ratios = found["indicators"].rows.set_index("key")[["before", "after", "change", "source"]]
    shares = found["structure"].rows.set_index("key")[["before", "after"]]

    assert [1.5, pytest.approx(1.2), pytest.approx(-0.3), "as given"] == ratios.loc["energy_per_va"].tolist()
    assert [0.01, pytest.approx(0.035), pytest.approx(0.025), "as given"] == ratios.loc["rd_intensity"].tolist()
    assert "all candidates" == ratios.loc["va_rate", "source"]
    assert [0.4, 1.0] == shares.loc["category=c"].tolist()
    assert [0.25, 0.75] == shares.loc["is_sei"].tolist()


def test_a_share_before_the_plan_is_at_most_1(tmp_path: Path) -> None:
    """A ratio may be above 1, a share may not; an unknown part is told."""
    with pytest.raises(InputError, match=r"report\.before\.is_sei: must be at most 1, got '25'; write 0\.25 if"):
        tables(tmp_path, "en", report={"before": {"is_sei": 25, "energy_per_va": 2}})
