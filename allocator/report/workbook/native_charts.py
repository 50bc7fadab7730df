"""Charts of the workbook, drawn by the spreadsheet program from the sheets themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allocator.report.view import INVESTMENTS

if TYPE_CHECKING:
    from allocator.report.sections import Report
    from allocator.report.view import Table

CHARTS = (
    ("by_region", "column", "region", ("award",)),
    ("by_category", "bar", "category", ("award",)),
    ("by_instrument", "bar", "instrument", ("award",)),
    ("by_year", "column", "start_year", INVESTMENTS),
)
"""Table, shape, column of the labels, columns drawn."""
MOST_POINTS = 40
WIDE, TALL, ROWS = 720, 330, 18


def charts(report: Report, book: Any, formats: Any, name: str) -> None:
    """A sheet with a chart for each table that has few enough lines to be drawn."""
    tables = {table.key: table for table in report.tables}
    known = [chart for chart in CHARTS if chart[0] in tables and 0 < len(tables[chart[0]].rows) <= MOST_POINTS]
    if not known:
        return
    page = book.add_worksheet(name)
    page.hide_gridlines(2)
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.write_string(0, 0, name, formats.title)
    for number, (key, shape, label, columns) in enumerate(known):
        chart = drawn(book, tables[key], shape, label, columns, report.unit)
        page.insert_chart(2 + number * ROWS, 0, chart, {"description": tables[key].title})
    page.print_area(0, 0, 2 + len(known) * ROWS, 11)


def drawn(book: Any, table: Table, shape: str, label: str, columns: tuple[str, ...], unit: str) -> Any:
    """One chart that refers to the cells of its table's sheet."""
    chart = book.add_chart({"type": shape})
    sheet, last = table.title[:31], len(table.rows)
    at = {column.key: position for position, column in enumerate(table.columns)}
    for key in columns:
        if key in at:
            chart.add_series(
                {
                    "name": table.columns[at[key]].title,
                    "categories": [sheet, 1, at[label], last, at[label]],
                    "values": [sheet, 1, at[key], last, at[key]],
                    "gap": 60,
                }
            )
    chart.set_title({"name": f"{table.title} ({unit})", "name_font": {"size": 12}})
    amounts = {
        "num_format": "#,##0",
        "major_gridlines": {"visible": True, "line": {"color": "#D9DEE5"}},
        "line": {"none": True},
    }
    chart.set_y_axis(amounts) if shape == "column" else chart.set_x_axis(amounts)
    chart.set_size({"width": WIDE, "height": TALL})
    if shape == "bar":
        chart.set_y_axis({"reverse": True})
    if len(columns) == 1:
        chart.set_legend({"none": True})
    else:
        chart.set_legend({"position": "bottom"})
    return chart
