"""Everything wrong or odd that is found while tables are read, so that all of it is reported at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from allocator.errors import InputError
from allocator.messages import Message

if TYPE_CHECKING:
    from allocator.tables.sheets import Sheet

MANY: Final = 20
"""Faults of one kind in one column that are listed one by one; the rest is counted."""


@dataclass
class Problems:
    """Errors, which end the reading, and notices, which do not."""

    errors: list[Message] = field(default_factory=list)
    notices: list[Message] = field(default_factory=list)

    def error(self, key: str, where: str = "", path: str = "", **values: object) -> None:
        """Add an error of the catalogue ``tables``."""
        self.errors.append(Message(f"tables.{key}", values, where, path))

    def notice(self, key: str, where: str = "", path: str = "", **values: object) -> None:
        """Add a notice of the catalogue ``tables``."""
        self.notices.append(Message(f"tables.{key}", values, where, path))

    def forget(self, key: str, where: str) -> None:
        """Take an error back that is none for this file."""
        self.errors = [error for error in self.errors if (error.code, error.where) != (f"tables.{key}", where)]

    def cells(self, key: str, sheet: Sheet, column: int, faults: Sequence[tuple[int, dict[str, object]]]) -> None:
        """Add an error for each faulty cell (row, values) of a column; beyond `MANY` they are only counted.

        A blank is no further fault of a cell that is reported already (an error value reads as blank).
        """
        if key == "blank":
            known = {message.where for message in self.errors}
            faults = [fault for fault in faults if sheet.place(fault[0], column) not in known]
        for row, values in faults[:MANY]:
            self.error(key, sheet.place(row, column), sheet.headers[column], **values)
        if len(faults) > MANY:
            self.error("more_cells", sheet.file, sheet.headers[column], count=len(faults) - MANY)

    def check(self) -> None:
        """Raise everything found so far.

        Raises:
            InputError: there are errors.
        """
        if self.errors:
            raise InputError(self.errors)
