"""Everything wrong or odd that is found while tables are read, so that all of it is reported at once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from allocator.messages import Message
from allocator.messages.errors import InputError
from allocator.money import COARSEST, quantum_for

if TYPE_CHECKING:
    from allocator.money import Money
    from allocator.tables.files.sheet import Sheet

MANY: Final = 20
"""Faults of one kind in one column that are listed one by one; of more, each pattern is listed with its rows."""
RANGES: Final = 8
"""Runs of rows that one message names."""
HUGE: Final = 1e40
"""Fen beyond which an amount is told no more exactly."""
_DIGITS: Final = re.compile(r"\d+(?:[.,]\d+)*")


def ranges(rows: Sequence[int]) -> str:
    """Rows as people write them: 2-5, 8."""
    runs: list[list[int]] = []
    for row in rows:
        if runs and row == runs[-1][1] + 1:
            runs[-1][1] = row
        else:
            runs.append([row, row])
    told = [str(first) if first == last else f"{first}-{last}" for first, last in runs[:RANGES]]
    return ", ".join([*told, *(["…"] if len(runs) > RANGES else [])])


class TooLarge(InputError):
    """A column adds up to more (``total``, in the config's unit) than is exact with the smallest amount."""

    def __init__(self, messages: Sequence[Message], total: Decimal) -> None:
        super().__init__(messages)
        self.total = total


@dataclass
class Problems:
    """Errors, which end the reading, and notices, which do not."""

    errors: list[Message] = field(default_factory=list)
    notices: list[Message] = field(default_factory=list)
    total: Decimal = Decimal(0)
    """The largest sum of amounts that is too large to be exact, in the config's unit."""

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
        """Add an error for each faulty cell (row, values) of a column; beyond `MANY` those like each other are told once.

        A blank is no further fault of a cell that is reported already (an error value reads as blank).
        """
        if key == "blank":
            known = {message.where for message in self.errors}
            faults = [fault for fault in faults if sheet.place(fault[0], column) not in known]
        if len(faults) <= MANY:
            for row, values in faults:
                self.error(key, sheet.place(row, column), sheet.headers[column], **values)
            return
        patterns: dict[str, list[int]] = {}
        for at, (_, values) in enumerate(faults):
            patterns.setdefault(_DIGITS.sub("0", str(values.get("got", ""))), []).append(at)
        shown = list(patterns.values())
        for like in shown[:MANY]:
            row, values = faults[like[0]]
            rows = ranges([int(sheet.rows[faults[at][0]]) for at in like])
            what: dict[str, object] = {"what": Message(f"tables.{key}", values), "count": len(like), "rows": rows}
            self.error(
                "pattern" if len(like) > 1 else key,
                sheet.place(row, column),
                sheet.headers[column],
                **(what if len(like) > 1 else values),
            )
        if len(shown) > MANY:
            self.error("more_cells", sheet.file, sheet.headers[column], count=sum(map(len, shown[MANY:])))

    def too_large(
        self, sheet: Sheet, column: int, money: Money, total: float, large: Sequence[tuple[int, str]]
    ) -> None:
        """Add the cells (row, text) of amounts, or else their sum (fen), beyond what is exact, with what holds them."""
        whole, header = money.to_unit(min(total, HUGE)), sheet.headers[column]
        self.total = max(self.total, whole)
        needed = quantum_for(money.name, whole)
        known: dict[str, object] = {"quantum": f"{needed:f}", **money.quantum_values}
        key = "out_of_scale" if needed <= COARSEST else "beyond_scale"
        self.cells(key, sheet, column, [(row, {"got": got, **known}) for row, got in large])
        if not large:
            values = {"got": f"{whole:.6g}", "largest": money.text(money.largest), **known}
            self.error("sum_too_large", sheet.header_place(column), header, **values)

    def check(self) -> None:
        """Raise everything found so far.

        Raises:
            InputError: there are errors; TooLarge: sums of amounts that are too large are among them.
        """
        if self.total:
            raise TooLarge(self.errors, self.total)
        if self.errors:
            raise InputError(self.errors)
