"""Formats of cells of a workbook."""

from __future__ import annotations

from typing import Any

HEADER = {
    "bold": True,
    "bg_color": "#1F4E79",
    "font_color": "#FFFFFF",
    "text_wrap": True,
    "valign": "vcenter",
    "align": "center",
    "border": 1,
}


class Formats:
    """The formats of a workbook, each made once."""

    def __init__(self, book: Any) -> None:
        self.book = book
        self.made: dict[tuple[str, bool, bool], Any] = {}
        self.header = book.add_format(HEADER)
        self.title = book.add_format({"bold": True, "font_size": 16})
        self.strong = book.add_format({"bold": True, "bottom": 1})
        self.wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        self.centred = book.add_format({"bold": True, "font_size": 16, "align": "center", "valign": "vcenter"})
        self.right = book.add_format({"align": "right"})

    def number(self, pattern: str, *, framed: bool = False, bold: bool = False) -> Any:
        """A number format; in forms with a frame, and bold for totals."""
        key = (pattern, framed, bold)
        if key not in self.made:
            frame = {"border": 1, "border_color": "#B7BFC9", "valign": "vcenter", "text_wrap": pattern == "@"}
            frame |= {"align": "center"} if pattern == "0" else {}
            look = {"num_format": pattern, "bold": bold} | (frame if framed else {})
            self.made[key] = self.book.add_format(look)
        return self.made[key]
