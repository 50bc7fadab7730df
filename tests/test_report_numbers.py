"""Every number a page shows is the number of the run's tables."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import pytest
from made_runs import made_run
from page_tables import parsed, tables_of
from planning import decide, write_plan

from allocator.pipeline import store
from allocator.runs import folder as run_folder

pytestmark = pytest.mark.reports

Row = dict[str, str]
INVESTMENTS = ("supported_investment", "certified_investment", "counterpart_investment", "additional_investment")
FIGURES = (*INVESTMENTS, "upgrading")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with everything in it."""
    return made_run(tmp_path_factory.mktemp("numbers"), many=7).folder


def stored(folder: Path, name: str) -> list[Row]:
    """A table of the run as it is stored."""
    with (folder / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def same(shown: str, exact: str | float) -> None:
    """A number as it is shown equals the exact one, rounded to the decimals shown; a dash is a blank."""
    if shown == "–":
        assert exact == ""
        return
    scale = 100 if shown.endswith("%") else 1
    text = shown.replace(",", "").removesuffix("%")
    places = len(text.partition(".")[2])

    assert pytest.approx(float(exact) * scale, abs=0.51 * 10.0**-places) == float(text)


def sums(rows: list[Row], by: Callable[[Row], str], column: str) -> dict[str, float]:
    """Sums of a column."""
    totals: dict[str, float] = defaultdict(float)
    for row in rows:
        totals[by(row)] += float(row[column])
    return totals


def test_awards_are_those_of_the_table(folder: Path) -> None:
    """Every award stands on the page with its exact amount, who pays it and what it brings."""
    page = tables_of(folder / "report.html")["awards"][1:]
    rows = {row["project_id"]: row for row in stored(folder, "awards")}

    assert sorted(rows) == sorted(cells[0] for cells in page)
    for cells in page:
        row = rows[cells[0]]
        assert (row["project_name"], row["region"], row["category"], row["start_year"]) == (*cells[1:4], cells[5])
        for shown, column in zip(cells[6:], ("award", "fiscal", "bond", *FIGURES), strict=True):
            same(shown, row[column])


@pytest.mark.parametrize("key", ["region", "category"])
def test_groups_are_sums_of_the_awards(folder: Path, key: str) -> None:
    """Money and investment by group are the sums of the award table."""
    awards = stored(folder, "awards")
    totals = {column: sums(awards, lambda row: row[key], column) for column in ("award", *FIGURES)}
    everything = sum(totals["award"].values())
    for cells in tables_of(folder / "report.html")[f"by_{key}"][1:]:
        group = cells[0]
        same(cells[3], totals["award"][group])
        same(cells[4], totals["award"][group] / everything)
        for shown, column in zip((*cells[5:9], cells[11]), FIGURES, strict=True):
            same(shown, totals[column][group])


def test_the_grid_is_region_by_category(folder: Path) -> None:
    """Every cell of the grid is the money of that region in that category."""
    head, *rows = tables_of(folder / "report.html")["grid"]
    totals = sums(stored(folder, "awards"), lambda row: f"{row['region']}|{row['category']}", "award")

    assert {"南宁", "柳州", "桂林"} == {cells[0] for cells in rows}
    for cells in rows:
        for name, shown in zip(head[1:3], cells[1:3], strict=True):
            same(shown, totals[f"{cells[0]}|{name}"])


def test_sources_are_those_of_the_payments(folder: Path) -> None:
    """What a source pays in a year is the sum of its payments."""
    names = {"财政资金": "fiscal", "专项债券": "bond"}
    paid = sums(stored(folder, "payments"), lambda row: row["source"] + row["year"], "amount")
    for cells in tables_of(folder / "report.html")["sources"][1:]:
        same(cells[4], paid[names[cells[0]] + cells[1]])


def test_rules_are_those_of_the_table(folder: Path) -> None:
    """Have, bounds and slack of every rule."""
    page = tables_of(folder / "report.html")["limits"][1:]
    rows = stored(folder, "limits")

    assert [(row["limit"], row["group"]) for row in rows] == [tuple(cells[:2]) for cells in page]
    for cells, row in zip(page, rows, strict=True):
        for shown, column in zip(cells[3:7], ("value", "lower", "upper", "slack"), strict=True):
            same(shown, row[column])


def test_every_candidate_without_support_is_listed_with_its_reason(folder: Path) -> None:
    """The losers of the table, each once."""
    page = tables_of(folder / "report.html")["losers"][1:]
    rows = [row for row in stored(folder, "projects") if row["funded"] == "0"]

    assert [(row["project_id"], row["reason"]) for row in rows] == [(cells[0], cells[5]) for cells in page]


def test_the_headline_is_the_sum_of_the_awards(folder: Path) -> None:
    """Support and the three leverages at the head are the sums, as people write them."""
    awards = stored(folder, "awards")
    shown = [figure[1] for figure in parsed(folder / "report.html").figures][1:]
    wanted = [sum(float(row[column]) for row in awards) for column in ("award", *FIGURES)]
    units = {"元": 0.0001, "万元": 1, "亿元": 10000}

    assert str(len(awards)) == shown[0]
    for text, value in zip(shown[1:7], wanted, strict=True):
        number, unit = text.split()
        assert pytest.approx(value / units[unit], abs=0.005) == float(number.replace(",", ""))


def test_every_judgement_is_listed_with_where_it_was_written(tmp_path: Path) -> None:
    """Factors, response and score points of the demo's config, each with file and line."""
    folder = tmp_path / "plan"
    config = {
        "years": [2026],
        "sources": {"pot": {"budget": 500, "pays": ["grant"]}},
        "instruments": {"grant": {"kind": "grant", "name": "Grant", "rate": 0.1}},
        "leverage": {
            "realisation": {"by": "stage", "values": {"filed": 0.55}, "default": 0.4},
            "additionality": {"by": ["instrument", "stage"], "values": {"grant": {"filed": 0.3, "other": 0.2}}},
            "response": [[0, 0], [0.5, 0.7], [1, 1]],
        },
        "upgrading": {"criteria": {"is_sei": 30}},
    }
    rows = [{"project_id": "1", "region": "A", "category": "B", "stage": "filed", "is_sei": 1, "fixed_investment": 100}]
    run = run_folder.read(store.write(decide(write_plan(folder, config, projects=rows)), tmp_path / "runs"))
    shown = tables_of(run.folder / "report.html")["judgements"][1:]

    assert [
        ("Probability of realisation", "filed", "0.55"),
        ("Probability of realisation", "any other", "0.4"),
        ("Additionality", "Grant / filed", "0.3"),
        ("Additionality", "Grant / other", "0.2"),
        ("Response (share of the effect)", "0% of the entitlement", "0"),
        ("Response (share of the effect)", "50% of the entitlement", "0.7"),
        ("Response (share of the effect)", "100% of the entitlement", "1"),
        ("Structure score (points)", "Strategic emerging industries", "30"),
    ] == [tuple(row[:3]) for row in shown]
    assert all(re.fullmatch(r"plan\.yaml:\d+:\d+", row[3]) for row in shown)
