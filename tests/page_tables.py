"""The tables of a page as people read them: texts by table and row."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path


class Tables(HTMLParser):
    """Collects the cells of every table with an id, and the figures of the headline."""

    def __init__(self) -> None:
        super().__init__()
        self.tables: dict[str, list[list[str]]] = {}
        self.figures: list[list[str]] = []
        self.rows: list[list[str]] | None = None
        self.cell: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self.rows = self.tables.setdefault(str(dict(attrs).get("id", "")).removeprefix("t-"), [])
        elif tag == "tr" and self.rows is not None:
            self.rows.append([])
        elif tag in {"td", "th", "dt", "dd"}:
            self.cell = []
        elif tag == "div" and dict(attrs).get("class") == "figure":
            self.figures.append([])

    def handle_data(self, data: str) -> None:
        if self.cell is not None:
            self.cell.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "table":
            self.rows = None
        elif tag in {"td", "th"} and self.rows is not None and self.cell is not None:
            self.rows[-1].append("".join(self.cell))
        elif tag in {"dt", "dd"} and self.cell is not None:
            self.figures[-1] += self.cell
        if tag in {"td", "th", "dt", "dd"}:
            self.cell = None


def tables_of(page: Path) -> dict[str, list[list[str]]]:
    """Key of a table → its rows as texts, the headings first."""
    return parsed(page).tables


def parsed(page: Path) -> Tables:
    """Everything read from a page."""
    parser = Tables()
    parser.feed(page.read_text(encoding="utf-8"))
    return parser
