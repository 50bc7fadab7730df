"""The report page in a browser without network: it draws, sorts and searches, prints whole, and runs nothing foreign."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import CHROMIUM, Browser, browser
from made_runs import made_run

from allocator.report import write_reports

pytestmark = pytest.mark.skipif(not CHROMIUM, reason="no Chromium on this machine")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for all tests of this file."""
    with browser() as page:
        yield page


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The report of one run in both languages; its names and title try to be markup."""
    run = made_run(tmp_path_factory.mktemp("page"), title="<script>document.title = 'taken'</script>", many=30)
    return {language: write_reports(run, run.folder, language, f".{language}")[0] for language in ("zh", "en")}


@pytest.mark.sweep(3)
@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(("width", "dark"), [(1280, False), (400, True)])
def test_a_page_opens_offline_without_complaint(
    chromium: Browser, pages: dict[str, Path], language: str, width: int, *, dark: bool
) -> None:
    """Nothing on the console, nothing fetched, every chart drawn, nothing wider than the screen."""
    chromium.open(pages[language], width=width, dark=dark)

    assert [] == chromium.complaints
    assert [pages[language].resolve().as_uri()] == chromium.requests
    assert chromium.ask("[...document.querySelectorAll('.chart')].every(c => c.querySelector('svg path'))")
    assert chromium.ask("document.querySelectorAll('.chart').length") >= 3
    assert width >= chromium.ask("document.documentElement.scrollWidth")


def test_names_that_are_markup_stay_names(chromium: Browser, pages: dict[str, Path]) -> None:
    """No script of a title or a project's name runs; it is read as it was written."""
    chromium.open(pages["zh"])

    assert "<script>document.title = 'taken'</script>" == chromium.ask("document.querySelector('h1').textContent")
    assert "taken" != chromium.ask("document.title")
    assert chromium.ask("document.querySelector('#t-awards').textContent.includes('<b>柳州</b> & 厂')")


def test_awards_are_sorted_by_a_click(chromium: Browser, pages: dict[str, Path]) -> None:
    """Numbers sort as numbers, and the heading tells a screen reader how."""
    chromium.open(pages["en"])
    column = "[...document.querySelectorAll('#t-awards tbody tr')].map(r => r.cells[6].textContent.replace(/,/g, ''))"
    chromium.ask("document.querySelectorAll('#t-awards thead button')[6].click()")
    falling = [float(text) for text in chromium.ask(column)]
    told = chromium.ask("document.querySelectorAll('#t-awards thead th')[6].getAttribute('aria-sort')")
    chromium.ask("document.querySelectorAll('#t-awards thead button')[6].click()")
    rising = [float(text) for text in chromium.ask(column)]

    assert "descending" == told
    assert sorted(falling, reverse=True) == falling
    assert sorted(rising) == rising


def test_awards_are_found_by_their_words(chromium: Browser, pages: dict[str, Path]) -> None:
    """Only rows with every word stay, and how many is said aloud."""
    chromium.open(pages["en"])
    field = "document.querySelector('input[data-table=t-awards]')"
    chromium.ask(f"{field}.value = '柳州 重大'; {field}.dispatchEvent(new Event('input'))")
    shown = (
        "[...document.querySelectorAll('#t-awards tbody tr')].filter(r => !r.hidden).map(r => r.cells[0].textContent)"
    )

    assert ["002"] == chromium.ask(shown)
    assert "1 of 33 rows" == chromium.ask(f"{field}.nextElementSibling.textContent")


@pytest.mark.slow
def test_a_page_prints_on_a4(chromium: Browser, pages: dict[str, Path]) -> None:
    """Sheets of paper are A4 upright, and the charts are on them."""
    chromium.open(pages["zh"])
    paper = chromium.paper()
    chromium.tell("Emulation.setEmulatedMedia", media="print")
    heights = chromium.ask("[...document.querySelectorAll('.chart svg')].map(s => s.getBoundingClientRect().height)")
    chromium.tell("Emulation.setEmulatedMedia", media="")
    boxes = {tuple(round(float(n)) for n in box) for box in re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", paper)}

    assert boxes <= {(595, 842), (596, 842), (595, 843)}
    assert boxes
    assert min(heights) > 50
