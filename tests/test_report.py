"""Reports are made from a stored run alone, in both languages, and nothing in them can be executed."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import openpyxl
import pytest
from made_runs import made_run

from allocator.messages import catalogue
from allocator.money import Money
from allocator.report import html, sections, summary, view, write_reports
from allocator.report.amounts import amount, padded, width
from allocator.report.chapters import flows, groups
from allocator.report.workbook import excel

pytestmark = pytest.mark.reports


def test_what_a_page_shows_is_escaped(tmp_path: Path) -> None:
    """A project named in HTML is shown as text."""
    page = (made_run(tmp_path).folder / "report.html").read_text(encoding="utf-8")

    assert "&lt;b&gt;柳州&lt;/b&gt; &amp; 厂" in page
    assert "<b>柳州" not in page


def test_a_page_needs_no_network(tmp_path: Path) -> None:
    """The page refers to nothing outside itself; the drawing library only names its namespaces."""
    page = (made_run(tmp_path).folder / "report.html").read_text(encoding="utf-8")
    page = page.replace(html.script("vendored/echarts.min.js")["text"], "")

    assert re.findall(r"\s(?:src|href)=\"(?!#)|url\(|@import|https?://", page) == []


def test_a_page_is_well_formed(tmp_path: Path) -> None:
    """Every element that is opened is closed."""
    parser = Balance()
    parser.feed((made_run(tmp_path).folder / "report.html").read_text(encoding="utf-8"))

    assert parser.open == []


class Balance(HTMLParser):
    """Follows which elements are open."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.sweep(1)
@pytest.mark.parametrize(("language", "heading"), [("zh", "资金来源分年度平衡"), ("en", "Sources by year")])
def test_reports_speak_the_language_asked_for(tmp_path: Path, language: str, heading: str) -> None:
    """The page and the workbook are written in either language, whatever the config's is."""
    run = made_run(tmp_path, language="zh")

    page, book, *_ = write_reports(run, run.folder, language, f".{language}")

    assert heading in page.read_text(encoding="utf-8")
    assert heading in openpyxl.load_workbook(book).sheetnames


def test_a_workbook_holds_numbers_as_numbers_and_text_as_text(tmp_path: Path) -> None:
    """Amounts are exact numbers; an id keeps its zeros and a name that begins with = is no formula."""
    run = made_run(tmp_path)

    page = openpyxl.load_workbook(run.folder / "allocation.xlsx")["支持项目明细"]
    row = [cell.value for cell in page[2]][:7]
    types = [cell.data_type for cell in page[2]][:7]

    assert ["001", "=1+1 公司", "南宁", "重大", "补助", 2026, 1000] == row
    assert ["s", "s", "s", "s", "s", "n", "n"] == types


@pytest.mark.slow
def test_a_workbook_shows_every_table(tmp_path: Path) -> None:
    """All tables have their sheet with as many rows as the run has."""
    run = made_run(tmp_path)

    report = sections.build(run, "zh")
    book = openpyxl.load_workbook(run.folder / "allocation.xlsx")

    assert [table.title for table in report.tables] == book.sheetnames[-len(report.tables) :]
    assert "总览" == book.sheetnames[0]
    assert [len(table.rows) for table in report.tables] == [book[table.title].max_row - 1 for table in report.tables]


@pytest.mark.slow
def test_a_sheet_that_is_cut_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is more than a sheet can hold stays in the CSV, and the overview names it."""
    run = made_run(tmp_path, language="en", many=2)
    monkeypatch.setattr(excel, "ROWS_OF_A_SHEET", 4)
    excel.write(sections.build(run, "en"), tmp_path / "cut.xlsx")
    book = openpyxl.load_workbook(tmp_path / "cut.xlsx")
    overview = [str(row[0].value) for row in book["Overview"].iter_rows()]

    assert 1 + 4 == book["Awards"].max_row
    assert [
        "Sheet Awards shows the first 4 rows, as many as a sheet can hold; awards.csv has them all.",
        "Sheet All candidates shows the first 4 rows, as many as a sheet can hold; projects.csv has them all.",
    ] == [line for line in overview if "shows the first" in line]


def test_very_many_notices_are_counted_instead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A report stays readable; the manifest has every notice."""
    run = made_run(tmp_path, language="en")
    monkeypatch.setattr(view, "MOST_MESSAGES", 0)

    assert ("… and 1 more, all in manifest.json",) == sections.build(run, "en").notices


def test_flows_of_a_source_balance(tmp_path: Path) -> None:
    """Budget and what is carried in equal what is paid, carried on and lapsed, in every plan year."""
    rows = flows.sources(view.View(made_run(tmp_path), "zh")).rows

    have = (rows["budget"] + rows["carried_in"]).tolist()

    assert [1050.0, 1050.0, 500.0, 500.0] == have
    assert [True] * 4 == ((rows["amount"] + rows["carry"] + rows["lapse"] - have).abs() < 1e-9).tolist()


@pytest.mark.slow
def test_groups_add_up(tmp_path: Path) -> None:
    """Regions, categories and instruments each add up to the whole award."""
    seen = view.View(made_run(tmp_path), "en")

    for by in (groups.by_region(seen), groups.by_category(seen), groups.by_instrument(seen)):
        assert pytest.approx(1950.05) == by.rows["award"].sum()
        assert pytest.approx(1.0) == by.rows["share"].sum()


def test_a_region_without_awards_is_shown(tmp_path: Path) -> None:
    """A region whose candidates all failed stands in the table with nothing."""
    rows = groups.by_region(view.View(made_run(tmp_path), "en")).rows.set_index("region")

    assert (1, 0, 0.0) == tuple(rows.loc["桂林", ["candidates", "funded", "award"]])


@pytest.mark.slow
def test_a_long_award_list_is_cut_on_the_page_only(tmp_path: Path) -> None:
    """The page shows the first rows and says how many more the workbook has."""
    run = made_run(tmp_path, many=html.ROWS_ON_PAGE)

    page = (run.folder / "report.html").read_text(encoding="utf-8")

    assert "其余 3 行见 allocation.xlsx" in page
    assert html.ROWS_ON_PAGE + 4 == openpyxl.load_workbook(run.folder / "allocation.xlsx")["支持项目明细"].max_row


@pytest.mark.sweep(1)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_summary_fits_on_one_screen(tmp_path: Path, language: str) -> None:
    """At most 24 lines; labels stand in one column even where characters are twice as wide."""
    text = summary.text(made_run(tmp_path, language=language))
    lines = text.splitlines()
    heads = [line for line in lines[3:] if not line.startswith(" ")]
    starts = {width(line[: re.search(r"\s{2,}", line).end()]) for line in heads if re.search(r"\S\s{2,}\S", line)}

    assert len(lines) <= 24
    assert max(width(line) for line in lines[:-1]) <= 120
    assert len(starts) == 1


def test_a_summary_calls_nothing_optimal_that_is_not_proved(tmp_path: Path) -> None:
    """A plan that the clock ended is feasible, with its distance from the bound."""
    run = made_run(tmp_path, language="en")
    run.manifest["status"] = "feasible"

    assert "Feasible, stopped early: at most 0.032% from the best possible plan" in summary.text(run)


@pytest.mark.parametrize(
    ("value", "unit", "language", "expected"),
    [
        (10000, "万元", "zh", "1 亿元"),
        (9999, "万元", "zh", "9,999 万元"),
        (0.5, "万元", "zh", "5,000 元"),
        (3.25, "亿元", "zh", "3.25 亿元"),
        (12400, "1000 EUR", "en", "12.4 million EUR"),
        (2_500_000, "1000 EUR", "en", "2.5 billion EUR"),
        (-20000, "万元", "zh", "-2 亿元"),
        (float("nan"), "万元", "zh", "–"),
    ],
)
def test_amounts_as_people_read_them(value: float, unit: str, language: str, expected: str) -> None:
    """From 1 亿元 on, amounts are in 亿元."""
    assert expected == amount(value, Money.of(unit), language)


def test_text_is_padded_by_what_it_takes_on_the_terminal() -> None:
    """A Chinese character takes two columns."""
    assert "南宁  |" == padded("南宁", 6) + "|"


def test_both_catalogues_have_the_same_entries() -> None:
    """Chinese and English say the same things with the same placeholders."""
    for area in ("report", "cli"):
        zh, en = catalogue(area, "zh"), catalogue(area, "en")

        assert sorted(zh) == sorted(en)
        for key in zh:
            assert sorted(re.findall(r"\{\w+\}", zh[key])) == sorted(re.findall(r"\{\w+\}", en[key]))


@pytest.mark.slow
def test_a_report_that_fails_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A report is replaced by a whole one or stays as it was."""
    run = made_run(tmp_path)
    before = (run.folder / "allocation.xlsx").read_bytes()

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(excel, "overview", fail)
    with pytest.raises(OSError, match="No space left"):
        write_reports(run, run.folder, "zh")

    assert before == (run.folder / "allocation.xlsx").read_bytes()
    assert [] == [path.name for path in run.folder.iterdir() if path.name.startswith(".")]
