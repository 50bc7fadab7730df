"""Flows, targets, structure and charts show the numbers of the run's tables and of the planner's own."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from page_tables import tables_of
from planning import Row, write_plan

import allocator
from allocator.report import sections
from allocator.report.chapters.flows import balances
from allocator.report.sections import Report
from allocator.runs import folder as run_folder

pytestmark = pytest.mark.reports

PROJECTS: list[Row] = [
    {
        "project_id": f"P{n}", "region": "南柳"[n % 2], "category": ("企业技改", "重大工业项目")[n % 2],
        "fixed_investment": 100 * (n + 1), "is_sei": n % 2, "chain_position": ("下游", "上游")[n // 2 % 2], "done_investment": 5,
    }
    for n in range(5)
]  # fmt: skip
CONFIG: Row = {
    "money": "元",
    "years": [2021, 2022],
    "sources": {
        "fiscal": {"budget": 20, "pays": ["g", "h"], "carryover": {"max_share": 0.5}},
        "other": {"budget": {2021: 12, 2022: 5}, "pays": ["h"]},
    },
    "instruments": {
        "g": {"kind": "grant", "rate": 0.1, "payments": [0.5, 0.5], "where": {"category": "企业技改"}},
        "h": {"kind": "grant", "rate": 0.05, "where": {"category": "重大工业项目"}, "start": {"delay": 1}},
    },
    "targets": [
        {"name": "T", "min": 5000, "shortfall_price": 0.1},
        {"name": "Y", "min": 200, "year": 2021, "cumulative": True, "shortfall_price": 0.1},
    ],
    "limits": [{"name": "s", "measure": "award", "each": "region", "max_share": 0.9}],
}
"""In yuan, so that charts show whole amounts."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("flows")
    run = allocator.run(write_plan(place, CONFIG, projects=PROJECTS), out=place / "runs").folder
    assert run is not None
    return run


@pytest.fixture(scope="module")
def report(folder: Path) -> Report:
    return sections.build(run_folder.read(folder), "en")


@pytest.mark.slow
def test_money_too_old_is_noted_and_not_shown(tmp_path: Path) -> None:
    """Of 30 of 2020 and 50 of 2019, kept for a year, the plan begins with 30; the years balance; 50 is spoken of."""
    pot = {"budget": 20, "pays": ["g"], "carryover": {"max_share": 0.5}, "opening": {2020: 30, 2019: 50}}
    config = CONFIG | {"sources": {"fiscal": pot}, "instruments": {"g": CONFIG["instruments"]["g"]}}
    solution = allocator.run(write_plan(tmp_path, config, projects=PROJECTS), out=tmp_path / "runs")
    assert solution.folder is not None

    table = balances(sections.build(run_folder.read(solution.folder), "en").view)

    assert 30 == table["carried_in"].iloc[0]
    assert list(table["budget"] + table["carried_in"]) == list(table["amount"] + table["carry"] + table["lapse"])
    assert ["sources.fiscal.opening.2019"] == [n.path for n in solution.notices if n.code == "config.opening_lapsed"]


def stored(folder: Path, name: str) -> list[dict[str, str]]:
    """A table of the run as it is stored."""
    with (folder / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def sums(rows: list[dict[str, str]], by: Callable[[dict[str, str]], Any], column: str) -> dict[Any, float]:
    """Sums of a column, without those that are 0."""
    totals: dict[Any, float] = defaultdict(float)
    for row in rows:
        totals[by(row)] += float(row[column])
    return {key: value for key, value in totals.items() if value}


def chart(report: Report, key: str) -> dict[str, Any]:
    """What a chart draws."""
    return next(chart.option for section in report.sections for chart in section.charts if chart.key == key)


def drawn(option: dict[str, Any]) -> dict[tuple[str, str], float]:
    """Series and category → value; what is 0 is left out."""
    names = option["xAxis"].get("data") or option["yAxis"]["data"]
    return {
        (series.get("name", ""), name): item["value"]
        for series in option["series"]
        for name, item in zip(names, series["data"], strict=True)
        if item["value"]
    }


@pytest.mark.slow
def test_money_flows_as_it_is_paid(folder: Path, report: Report) -> None:
    """Source, instrument, category and region: the table on the page and the links of the chart are sums of awards."""
    awards = stored(folder, "awards")
    paid = {source: sums(awards, lambda r: (r["instrument"], r["category"]), source) for source in ("fiscal", "other")}
    head, *rows = tables_of(folder / "report.html")["flow"]
    page = {
        (source, cells[0], cells[1]): float(cells[2 + at].replace(",", ""))
        for cells in rows
        for at, source in enumerate(head[2:])
        if cells[2 + at] not in ("–", "0")
    }
    links = {(link["source"], link["target"]): link["value"] for link in chart(report, "flow")["series"][0]["links"]}

    assert {(s, *key): value for s, of in paid.items() for key, value in of.items()} == pytest.approx(page)
    wanted = {(f"0|{s}", f"1|{i}"): v for s, of in paid.items() for i, v in sums_of(of, 0).items()}
    wanted |= {
        (f"1|{i}", f"2|{c}"): v
        for (i, c), v in sums(awards, lambda r: (r["instrument"], r["category"]), "award").items()
    }
    wanted |= {
        (f"2|{c}", f"3|{g}"): v for (c, g), v in sums(awards, lambda r: (r["category"], r["region"]), "award").items()
    }
    assert wanted == pytest.approx(links)


def sums_of(values: dict[tuple[str, str], float], part: int) -> dict[str, float]:
    """Sums by one part of the key."""
    totals: dict[str, float] = defaultdict(float)
    for key, value in values.items():
        totals[key[part]] += value
    return dict(totals)


def test_the_chart_of_payments_is_the_table_of_payments(folder: Path, report: Report) -> None:
    """Every bar is what a source pays in a year; the line is the budget."""
    payments = stored(folder, "payments")
    bars = {
        (f"Paid by {s}", y): v for (s, y), v in sums(payments, lambda r: (r["source"], r["year"]), "amount").items()
    }

    assert {**bars, ("Budget", "2021"): 32, ("Budget", "2022"): 25} == pytest.approx(drawn(chart(report, "spending")))


def test_investment_by_year_is_the_sum_of_the_awards(folder: Path, report: Report) -> None:
    """Chart and table of the page by start year."""
    awards = stored(folder, "awards")
    names = {"Nominal investment": "nominal_investment", "Certified investment": "certified_investment"}
    bars = {(n, y): v for n, c in names.items() for y, v in sums(awards, lambda r: r["start_year"], c).items()}
    page = {cells[0]: float(cells[3].replace(",", "")) for cells in tables_of(folder / "report.html")["by_year"][1:]}

    found = {key: value for key, value in drawn(chart(report, "investment")).items() if key[0] in names}
    assert bars == pytest.approx(found)
    assert sums(awards, lambda r: r["start_year"], "nominal_investment") == pytest.approx(page, abs=1)


def test_targets_are_those_of_the_limits(folder: Path, report: Report) -> None:
    """Have, need and missing of every target; the chart shows the share reached."""
    rows = {row["limit"]: row for row in stored(folder, "limits") if row["limit"] in ("T", "Y")}
    page = {cells[0]: cells for cells in tables_of(folder / "report.html")["targets"][1:]}
    bars = {name: value for (_, name), value in drawn(chart(report, "targets")).items()}

    assert {"T", "Y"} == set(rows) == set(page)
    for name, row in rows.items():
        have, need = float(row["value"]), float(row["lower"])
        shown = [float(text.replace(",", "")) for text in page[name][3:5]]
        assert pytest.approx([have, need]) == shown
        assert pytest.approx(100 * have / need, abs=0.01) == bars[name]
        missing = page[name][6]
        assert (pytest.approx(need - have) == float(missing.replace(",", ""))) if have < need else missing == "–"


def test_structure_is_worked_out_from_the_tables(folder: Path, report: Report) -> None:
    """Shares of the investment of all candidates and of the plan, from the planner's table and the awards alone."""
    brought = sums(stored(folder, "awards"), lambda r: r["project_id"], "nominal_investment")
    pool = {row["project_id"]: float(row["fixed_investment"]) for row in PROJECTS}
    parts = {
        "Strategic emerging industries": lambda row: row["is_sei"],
        "下游": lambda row: row["chain_position"] == "下游",
        "企业技改": lambda row: row["category"] == "企业技改",
        "重大工业项目": lambda row: row["category"] == "重大工业项目",
    }
    wanted = {}
    for name, part in parts.items():
        for title, amounts in (("Before (all candidates)", pool), ("After (the plan)", brought)):
            inside = sum(amounts.get(row["project_id"], 0) for row in PROJECTS if part(row))
            wanted[title, name] = 100 * inside / sum(amounts.values())
    page = {
        (title, cells[0]): float(shown.removesuffix("%"))
        for cells in tables_of(folder / "report.html")["structure"][1:]
        for title, shown in zip(("Before (all candidates)", "After (the plan)"), cells[1:3], strict=True)
    }

    assert wanted == pytest.approx(drawn(chart(report, "structure")), abs=0.005)
    assert wanted == pytest.approx(page, abs=0.051)


def test_the_chart_of_rules_is_the_table_of_limits(folder: Path, report: Report) -> None:
    """How much of each bound is used: value ÷ cap, or floor ÷ value."""
    bars = {name: value for (_, name), value in drawn(chart(report, "rules")).items()}
    for row in stored(folder, "limits"):
        name = f"{row['limit']} [{row['group']}]" if row["group"] else row["limit"]
        value, lower, upper = (float(row[key] or "nan") for key in ("value", "lower", "upper"))
        used = value / upper if row["upper"] else lower / value
        if name in bars and float(row["violation"] or 0) == 0:
            assert pytest.approx(100 * used, abs=0.006) == bars[name]
    assert len(bars) >= 3
