"""The decision memo: one page, the same lines as page and as Markdown, nothing in it is markup of a name."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest
from made_runs import made_run

from allocator.report import memo, sections, write_reports
from allocator.runs.folder import StoredRun


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> StoredRun:
    """A run whose title is hostile."""
    return made_run(tmp_path_factory.mktemp("memo"), title='"# =1+1 <script>x</script> [a](b) *c*"')


@pytest.mark.sweep(1)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_page_and_markdown_say_the_same(run: StoredRun, tmp_path: Path, language: str) -> None:
    """Every line of the memo stands in both."""
    *_, page, text = write_reports(run, tmp_path, language, f".{language}")
    shown = [html.unescape(line) for line in re.findall(r"<li>(.*)</li>", page.read_text(encoding="utf-8"))]
    wanted = [line for _, lines in memo.build(sections.build(run, language)).parts for line in lines]

    assert wanted == shown
    assert [f"- {memo.plain(line)}" for line in wanted] == re.findall(
        r"^- .*$", text.read_text(encoding="utf-8"), re.MULTILINE
    )


def test_the_memo_says_what_is_needed(run: StoredRun, tmp_path: Path) -> None:
    """What is decided, what it brings, how sure, what binds, what was left out, risks: six short parts."""
    *_, text = write_reports(run, tmp_path, "en")
    lines = text.read_text(encoding="utf-8").splitlines()

    assert 6 == len([line for line in lines if line.startswith("## ")])
    assert "**Proved: within 0.032% of the best possible plan (by two solves that differ)**" in lines
    assert "- 总额: has 1,950.05, at most 1,950.05" in lines
    assert "- 1 candidate without support: Not examined further (1)" in lines
    assert len(lines) <= 60


def test_a_title_is_no_markup(run: StoredRun, tmp_path: Path) -> None:
    """A title that would be a script, a link or a heading is text."""
    *_, page, text = write_reports(run, tmp_path, "en")

    assert r"# \# =1+1 &lt;script&gt;x&lt;/script&gt; \[a\](b) \*c\*: decision memo" in text.read_text(encoding="utf-8")
    assert "<script>x" not in page.read_text(encoding="utf-8")
