"""Comparing stored runs: nothing that differs is missing, and the change of every figure is accounted for to the fen."""

from __future__ import annotations

import csv
import shutil
from decimal import Decimal

import openpyxl
import pytest
from browser import CHROMIUM, browser
from page_tables import tables_of
from planning import decide, write_plan
from typer.testing import CliRunner

import allocator
from allocator.cli.commands import app
from allocator.messages.errors import InputError
from allocator.pipeline.store import write

PROJECTS = [
    {
        "project_id": f"P{number}", "project_name": f"项目{number}", "region": "AB"[number % 2], "category": "x",
        "fixed_investment": 1000 + 370 * number, "sei": number % 3 == 0,
    }
    for number in range(8)
]  # fmt: skip
CONFIG = {
    "years": [2021, 2022],
    "sources": {"fiscal": {"budget": 300, "pays": ["grant"], "carryover": {"max_share": 0.2}}},
    "instruments": {"grant": {"kind": "grant", "rate": 0.1, "award": {"step": 5, "levels": 2}, "start": {"delay": 1}}},
    "leverage": {"response": [[0, 0], [0.5, 0.6], [1, 1]]},
    "limits": [
        {"name": "share of A", "measure": "award", "where": {"region": "A"}, "max_share": 0.6},
        {"name": "at least", "measure": "count", "min": 3, "soft": 20},
    ],
    "solver": {"gap": 0},
}


def changed(**parts):
    return {**CONFIG, **parts}


def without(number):
    return [row for row in PROJECTS if row["project_id"] != f"P{number}"]


def cell(number, **cells):
    return [{**row, **cells} if row["project_id"] == f"P{number}" else row for row in PROJECTS]


SOURCES, GRANT, LIMITS = CONFIG["sources"]["fiscal"], CONFIG["instruments"]["grant"], CONFIG["limits"]
PAIRS = {
    "budget": (changed(sources={"fiscal": {**SOURCES, "budget": 420}}), PROJECTS, "sources.fiscal.budget"),
    "limit": (changed(limits=[{**LIMITS[0], "max_share": 0.3}, LIMITS[1]]), PROJECTS, "limits.share of A.max_share"),
    "rule added": (
        changed(limits=[*LIMITS, {"name": "few", "measure": "count", "max": 3}]), PROJECTS, "limits.few.max",
    ),
    "soft price": (changed(limits=[LIMITS[0], {**LIMITS[1], "soft": 5000, "min": 7}]), PROJECTS, "limits.at least.soft"),
    "rate": (changed(instruments={"grant": {**GRANT, "rate": 0.08}}), PROJECTS, "instruments.grant.rate"),
    "weight": (
        changed(goals={"terms": [{"measure": "leveraged_investment", "weight": 2}]}), PROJECTS, "goals.terms.0.weight",
    ),
    "factor": (
        changed(leverage={**CONFIG["leverage"], "additionality": {"by": "region", "values": {"A": 0.3, "B": 0.9}}}),
        PROJECTS, "leverage.additionality.values.A",
    ),
    "project removed": (CONFIG, without(7), "P7"),
    "project added": (CONFIG, [*PROJECTS, {**PROJECTS[0], "project_id": "P9", "fixed_investment": 9000}], "P9"),
    "cell": (CONFIG, cell(3, fixed_investment=4000), "P3"),
    "lock": (changed(locks={"must_not": ["P7"]}), PROJECTS, "locks.must_not"),
}  # fmt: skip


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """The run that the others are compared with."""
    folder = tmp_path_factory.mktemp("base")
    return write(decide(write_plan(folder, CONFIG, projects=PROJECTS)), folder / "runs")


def stored(folder, config, projects):
    return write(decide(write_plan(folder, config, projects=projects)), folder / "runs")


@pytest.mark.sweep(1)
@pytest.mark.parametrize("name", PAIRS)
def test_nothing_that_differs_is_missing(name, base, tmp_path):
    """The changed key or row is told with both values, and the terms of every figure sum exactly to its change."""
    config, projects, item = PAIRS[name]

    found = allocator.compare(base, stored(tmp_path, config, projects)).differences[0]

    differences, figures, terms = (found.tables[key] for key in ("differences", "figures", "attribution"))
    assert item in set(differences["item"])
    for row in figures[figures["figure"] != "per_award"].itertuples():
        assert sum(terms[terms["figure"] == row.figure]["amount"], Decimal(0)) == row.difference, row.figure


@pytest.mark.slow
def test_the_goal_is_told_per_unit_awarded(base, tmp_path):
    """The goal of each plan ÷ what it awards; not where the goals differ, and no more certain than the goals are."""
    figures, other = (
        allocator.compare(base, stored(tmp_path / name, config, PROJECTS), attribution=False).differences[0].tables["figures"].set_index("figure")
        for name, config in (("money", PAIRS["budget"][0]), ("goal", changed(goals={"terms": [{"measure": "award"}]})))
    )  # fmt: skip

    for side in ("before", "after"):
        ratio = float(figures.loc["objective", side]) / float(figures.loc["award", side])
        assert float(figures.loc["per_award", side]) == pytest.approx(ratio, rel=1e-9)
    assert figures.loc["per_award", "distinguishable"] == figures.loc["objective", "distinguishable"]
    assert "per_award" not in other.index


def test_defaults_of_what_is_new_are_no_differences(base, tmp_path):
    """A rule of three keys is three differences; a part of which nothing is written is told as such."""
    rule, projects, _ = PAIRS["rule added"]

    found = allocator.compare(base, stored(tmp_path, {**rule, "flags": {}}, projects), attribution=False).differences[0]

    told = found.tables["differences"]
    assert ["limits.few.name", "limits.few.measure", "limits.few.max", "flags"] == told["item"].tolist()
    assert ["", "{}"] == told[told["item"] == "flags"][["before", "after"]].iloc[0].tolist()


@pytest.mark.slow
def test_the_whole_change_is_told(base, tmp_path):
    """Several changes at once: every one is in the list, and each has its part in the change."""
    config = changed(sources={"fiscal": {**SOURCES, "budget": 420}}, limits=[{**LIMITS[0], "max_share": 0.5}])

    found = allocator.compare(base, stored(tmp_path, config, without(6))).differences[0]

    told = {(row.item, row.before, row.after) for row in found.tables["differences"].itertuples()}
    assert {
        ("sources.fiscal.budget", "300", "420"),
        ("limits.share of A.max_share", "0.6", "0.5"),
        ("limits.at least.min", "3", ""),
        ("P6", "项目6", ""),
    } <= told
    assert {"sources.fiscal", "limits", "projects"} == set(found.tables["attribution"]["group"])
    assert "shapley" == found.method


def test_one_cause_has_the_whole_change(base, tmp_path):
    """With a single change the attribution is that change."""
    found = allocator.compare(base, stored(tmp_path, PAIRS["budget"][0], PROJECTS)).differences[0]

    figures = dict(found.tables["figures"][["figure", "difference"]].itertuples(index=False, name=None))
    terms = found.tables["attribution"]
    del figures["per_award"]  # a ratio has no parts that sum
    assert figures == dict(terms[["figure", "amount"]].itertuples(index=False, name=None))
    assert figures["objective"] > 0


def test_a_path_where_combinations_have_no_plan(base, tmp_path):
    """A renamed instrument needs the source that pays it: the two go together, and the terms still sum to the change."""
    config = changed(sources={"fiscal": {**SOURCES, "budget": 420, "pays": ["aid"]}}, instruments={"aid": GRANT})

    found = allocator.compare(base, stored(tmp_path, config, PROJECTS)).differences[0]

    terms = found.tables["attribution"]
    objective = found.tables["figures"].set_index("figure").loc["objective", "difference"]
    assert "path" == found.method
    assert ["sources.fiscal + instruments"] == terms["group"].unique().tolist()
    assert objective == sum(terms[terms["figure"] == "objective"]["amount"])
    assert ["compare.applied_together"] == [notice.code for notice in found.notices]


def test_other_years_are_aligned(base, tmp_path):
    """Plans of 2021–2022 and 2022–2023 share a year: compared with a notice that names the other two."""
    found = allocator.compare(base, stored(tmp_path, changed(years=[2022, 2023]), PROJECTS)).differences[0]

    assert ["compare.years_aligned"] == [notice.code for notice in found.notices]
    assert [2021, 2023] == found.notices[0].values["years"]
    assert "years" in set(found.tables["differences"]["item"])


def test_another_unit_is_aligned(base, tmp_path):
    """The same plan in 元: told in the first run's unit, with a notice, and nothing differs."""
    in_yuan = changed(
        money="元",
        sources={"fiscal": {**SOURCES, "budget": 3_000_000}},
        instruments={"grant": {**GRANT, "award": {"step": 50_000, "levels": 2}}},
    )
    projects = [{**row, "fixed_investment": row["fixed_investment"] * 10_000} for row in PROJECTS]
    limits = [LIMITS[0], {**LIMITS[1], "soft": 200_000}]

    found = allocator.compare(base, stored(tmp_path, {**in_yuan, "limits": limits}, projects)).differences[0]

    assert [0] * 9 == found.tables["figures"]["difference"].tolist()
    assert not len(found.tables["awards"])
    assert not len(found.tables["totals"])
    assert {"limits.at least.soft"} == set(found.tables["differences"]["item"])
    assert ["compare.unit_aligned", "compare.attribution_units"] == [notice.code for notice in found.notices]


@pytest.mark.slow
def test_other_currencies_and_years_are_refused(base, tmp_path):
    """Euro against yuan, and plans without a common year, are no comparison; nor is a single run."""
    euro = stored(tmp_path / "a", changed(money="10000 EUR"), PROJECTS)
    later = stored(tmp_path / "b", changed(years=[2031, 2032]), PROJECTS)

    for other, told in ((euro, "different currencies"), (later, "no common year")):
        with pytest.raises(InputError, match=told):
            allocator.compare(base, other)
    with pytest.raises(InputError, match="at least two"):
        allocator.compare(base)


def test_awards_say_what_happened(base, tmp_path):
    """In, out, more, less and moved are what the award tables say."""
    other = stored(tmp_path, PAIRS["budget"][0], PROJECTS)

    awards = allocator.compare(base, other, attribution=False).differences[0].tables["awards"]

    def given(run):
        with (run / "awards.csv").open(encoding="utf-8-sig", newline="") as file:
            return {row["project_id"]: (float(row["award"]), int(row["start_year"])) for row in csv.DictReader(file)}

    one, two = given(base), given(other)
    expected = {}
    for project in {*one, *two}:
        if project not in one or project not in two:
            expected[project] = "in" if project in two else "out"
        elif one[project][0] != two[project][0]:
            expected[project] = "more" if two[project][0] > one[project][0] else "less"
        elif one[project] != two[project]:
            expected[project] = "moved"
    assert expected == dict(awards[["project_id", "change"]].itertuples(index=False, name=None))


def test_runs_are_not_touched_and_may_have_moved(base, tmp_path):
    """Folders that were renamed and moved compare the same; no file in them changes."""
    other = stored(tmp_path, PAIRS["limit"][0], PROJECTS)
    moved = [shutil.copytree(run, tmp_path / "mailed" / f"n{number}") for number, run in enumerate((base, other))]
    before = {path: path.read_bytes() for run in moved for path in run.rglob("*") if path.is_file()}

    found = allocator.compare(*moved).differences[0]

    assert {"limits.share of A.max_share"} == set(found.tables["differences"]["item"])
    assert before == {path: path.read_bytes() for run in moved for path in run.rglob("*") if path.is_file()}


@pytest.mark.sweep(1)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_files_hold_what_the_tables_hold(language, base, tmp_path):
    """Page, workbook and CSV show the same figures; hostile names are text in all of them."""
    hostile = cell(7, project_name="=1+1<script>alert(1)</script>")
    other = stored(tmp_path, PAIRS["budget"][0], hostile)
    out = tmp_path / "out"

    result = CliRunner().invoke(app, ["compare", str(base), str(other), "--out", str(out), "--language", language])

    assert result.exit_code == 0, result.output
    with (out / "compare.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    shown = tables_of(out / "compare.html")["figures"][1:]
    for row, cells in zip((row for row in rows if row["section"] == "figures"), shown, strict=True):
        told = [float(cell.replace(",", "")) for cell in cells[1:4]]
        assert [float(row[key]) for key in ("before", "after", "difference")] == pytest.approx(told, abs=0.006)
    text = (out / "compare.html").read_text(encoding="utf-8")
    assert "<script>alert" not in text
    book = openpyxl.load_workbook(out / "compare.xlsx")
    assert not any(c.data_type == "f" for sheet in book for row in sheet.iter_rows() for c in row)
    assert any("=1+1" in str(c.value) for sheet in book for row in sheet.iter_rows() for c in row)


@pytest.mark.slow
def test_several_runs_against_the_first(base, tmp_path):
    """Three runs make two comparisons, both with the first one, in one page."""
    others = [stored(tmp_path / name, *PAIRS[name][:2]) for name in ("budget", "rate")]

    comparison = allocator.compare(base, *others, attribution=False)
    paths = comparison.write(tmp_path / "out")

    assert [other.name for other in others] == [one.pair.after.run_id for one in comparison.differences]
    assert all(path.is_file() for path in paths)


@pytest.mark.skipif(not CHROMIUM, reason="no Chromium on this machine")
@pytest.mark.sweep(1)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_opens_without_a_network(language, base, tmp_path):
    """Headless Chromium, offline: no message on the console."""
    other = stored(tmp_path, PAIRS["budget"][0], PROJECTS)
    page = allocator.compare(base, other, language=language).write(tmp_path / "out")[0]

    with browser() as chromium:
        for width, dark in ((1280, False), (400, True)):
            chromium.open(page, width=width, dark=dark)

            assert [] == chromium.complaints
            assert [page.resolve().as_uri()] == chromium.requests[-1:]
            assert width >= chromium.ask("document.documentElement.scrollWidth")
