"""Names that begin like formulas or are markup come through as text in every file of a run."""

from __future__ import annotations

import csv
import shutil
from html import unescape
from pathlib import Path

import openpyxl
import pytest
from page_tables import tables_of
from planning import decide, write_plan
from shown import spoken

from allocator.pipeline import store
from allocator.report import write_reports
from allocator.runs import folder as run_folder

EVIL = ['=HYPERLINK("x","y")', "+1+1", "-2+3", "@SUM(1)", "<script>alert(1)</script>", "a\"'&<b>|*_[x](y)`"]
EVIL += [
    "=1+1",
    "-1",
    "+x",
    "@x",
    "=cmd|' /C calc'!A0",
    "[red]x[/red]",
    "[/]",
    "[bold",
    "[link=http://x]y[/link]",
    ":smile: [b]",
]
RULE, POT, TOOL, TITLE = (
    "=1+1 <script>rule</script>",
    "@pot <i>",
    "+tool & <b>",
    "=cmd|' /C calc'!A0 <script>t</script>",
)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> run_folder.StoredRun:
    """A plan whose every text is hostile."""
    folder = tmp_path_factory.mktemp("hostile")
    config = {
        "title": TITLE, "years": [2026],
        "sources": {"s": {"name": POT, "budget": 300, "pays": ["i"]}},
        "instruments": {"i": {"kind": "grant", "name": TOOL, "rate": 0.1}},
        "limits": [{"name": RULE, "measure": "award", "each": "region", "max": 150}],
    }  # fmt: skip
    rows = [
        {"project_id": f"P{n:02}", "project_name": text, "region": text, "category": text, "entity_name": text,
         "county": text, "fixed_investment": 1000 + n}
        for n, text in enumerate(EVIL)
    ]  # fmt: skip
    return run_folder.read(store.write(decide(write_plan(folder / "plan", config, projects=rows)), folder / "runs"))


@pytest.mark.slow
def test_pages_show_them_as_they_are(run: run_folder.StoredRun, tmp_path: Path) -> None:
    """Every text stands on the page as text, and no element is made of it."""
    for path in write_reports(run, tmp_path, "en"):
        if path.suffix not in {".html", ".md"}:
            continue
        text = path.read_text(encoding="utf-8")
        assert all(f"<script>{word}" not in text for word in ("alert", "rule", "t<"))
        assert all(tag not in text for tag in ("<i>", "<b>"))
    tables = tables_of(tmp_path / "report.html")
    names = {cell for row in [*tables["awards"], *tables["losers"]] for cell in row}

    assert set(EVIL) <= names
    assert {RULE} <= {row[0] for row in tables["limits"]}
    assert TITLE in unescape((tmp_path / "report.html").read_text(encoding="utf-8"))


def test_cells_of_the_workbook_are_texts(run: run_folder.StoredRun, tmp_path: Path) -> None:
    """No name is a formula or a link, in any sheet."""
    _, path, *_ = write_reports(run, tmp_path, "zh")
    cells = [cell for page in openpyxl.load_workbook(path) for row in page.iter_rows() for cell in row]
    texts = {cell.value for cell in cells if cell.data_type == "s"}
    formulas = [str(cell.value) for cell in cells if cell.data_type == "f"]

    assert {*EVIL, RULE, POT, TOOL, TITLE} <= texts
    assert [] == [text for text in formulas if not text.startswith(("=SUM", "=F", "=E", "=IF", "=ROUND"))]
    assert [] == [cell.coordinate for cell in cells if cell.hyperlink]


def test_csv_keeps_them_verbatim(run: run_folder.StoredRun) -> None:
    """The tables are data for programs: a name is there exactly as it was given."""
    with (run.folder / "projects.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))

    assert EVIL == [row["project_name"] for row in rows]
    assert EVIL == [row["region"] for row in rows]


MARKUP = [text for text in EVIL if text.startswith(("[", ":", "="))]


def test_a_terminal_shows_them_as_they_are(run: run_folder.StoredRun) -> None:
    """What commands print has every name letter by letter: no markup is taken out or acted upon."""
    told = "\n".join([*spoken("show", str(run.folder)), *spoken("list", "--out", str(run.folder.parent))])

    assert 2 == told.count(TITLE)


@pytest.mark.parametrize("name", MARKUP)
def test_faults_show_them_as_they_are(run: run_folder.StoredRun, name: str) -> None:
    """A name in an error is the one that was typed."""
    assert any(f"'{name} ?'" in line for line in spoken("explain", str(run.folder), f"{name} ?", "--language", "en"))


def test_a_comparison_keeps_them_as_texts(run: run_folder.StoredRun, tmp_path: Path) -> None:
    """No cell of compare.xlsx is a formula made of a name."""
    other = tmp_path / "runs" / "20260101-000000-aaaaaaaa"
    shutil.copytree(run.folder, other)
    spoken("compare", str(run.folder), str(other), "--out", str(tmp_path / "both"), "--no-attribution")
    cells = [
        c
        for page in openpyxl.load_workbook(tmp_path / "both" / "compare.xlsx")
        for row in page.iter_rows()
        for c in row
    ]
    texts = {str(cell.value) for cell in cells if cell.data_type == "s"}
    formulas = [str(cell.value) for cell in cells if cell.data_type == "f"]

    assert any(TITLE in text for text in texts)
    assert [] == [text for text in formulas if any(evil in text for evil in [*EVIL, TITLE, RULE])]
