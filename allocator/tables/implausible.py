"""Rows of the project table that can hardly be meant, each told at its cell as long as there are few of a kind.

Parts above their whole, investment that is nothing, ends before the start, starts outside the plan, interest that
nobody pays, amounts that look typed in another unit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from allocator.money.arrays import Floats, Rows
    from allocator.tables.files.table import Table

    Said = Callable[[int], dict[str, object]]

FEW: Final = 5
"""Rows of one kind that are told one by one; the rest is told together."""
NAMED: Final = 10
"""Ids that are named in one message."""
WHOLE: Final = "total_investment"
PARTS: Final = {
    "total_investment": (
        "fixed_investment", "equipment_investment", "done_investment", "requested_amount", "own_funds", "bank_loan_committed",
        "bond_need", "bond_issued",
    ),
    "fixed_investment": ("equipment_investment", "done_investment", "requested_amount"),
    "bond_need": ("bond_as_capital",),
}  # fmt: skip
"""Column → columns that are a part of it."""
OTHER_BASES: Final = ("guarantee_amount", "bank_loan_committed", "bank_loan_planned", "bond_need")
"""What support may rest on instead of an investment."""
USUAL: Final = 0.5
"""Share of a category's projects that invest, above which one that does not was left blank."""
HIGHEST: Final = {"loan_rate": 15.0, "bond_rate": 10.0, "fee": 10.0, "claim_rate": 50.0}
"""Percentages above which a rate is a slip of the point."""
UNITS: Final = (1e4, 1e8)
"""Times by which units of money that are mistaken for each other differ: 万元 and 亿元, 元 and 亿元."""
LEAST: Final = 4
"""Amounts of which one may be told apart from the others."""
MOST_ODD: Final = 0.25
"""Share of the amounts that may be slips; more is another kind of project."""
FEWEST_OF_FILE: Final = 2
"""Amounts of a file that are held against those of the others."""
APART: Final = 100.0
"""Times by which a slip is away from all other amounts."""
AROUND: Final = 3.0
"""Times by which it may lie outside them when it is read in the unit that was meant."""


class Implausible:
    """The project table, looked at row by row."""

    def __init__(self, table: Table, frame: pd.DataFrame, years: Sequence[int]) -> None:
        self.table, self.frame, self.years = table, frame, years
        self.ids = frame["project_id"].tolist()

    def look(self) -> None:
        """Tell of everything."""
        for whole, parts in PARTS.items():
            for part in parts:
                self.above(part, whole)
        self.nothing()
        self.months()
        self.starts()
        self.rates()
        self.units()
        self.files()

    def has(self, name: str) -> bool:
        """Whether the file has a column."""
        return name in self.table.values

    def tell(self, key: str, name: str, rows: Sequence[int], said: Said | None = None) -> None:
        """A notice for each of a few rows, with what is ``said`` of it, and one for all further ones."""
        header, problems = self.table.header(name), self.table.problems
        for row in rows[:FEW]:
            values = {"project": self.ids[row], "got": self.table.got(name, row), **(said(row) if said else {})}
            problems.notice(key, self.table.place(row, name), header, **values)
        if len(rows) > FEW:
            problems.notice("like_these", self.table.place(rows[FEW], name), header, **self.named(rows[FEW:]))

    def named(self, rows: Sequence[int]) -> dict[str, object]:
        """How many rows, and the ids of the first."""
        ids = [str(self.ids[row]) for row in rows[:NAMED]]
        return {"count": len(rows), "ids": [*ids, "…"] if len(rows) > NAMED else ids}

    def above(self, part: str, whole: str) -> None:
        """Parts that are more than their whole."""
        if not (self.has(part) and self.has(whole)):
            return
        amounts, wholes = self.table.values[part], self.table.values[whole]
        rows = np.flatnonzero((wholes > 0) & (amounts > wholes))
        if whole != WHOLE and part in PARTS[WHOLE] and self.has(WHOLE):
            total = self.table.values[WHOLE]
            rows = rows[~(amounts[rows] > total[rows])]  # told already
        name = self.table.header(whole)
        self.tell("above_whole", part, rows.tolist(), lambda row: {"whole": name, "most": self.table.got(whole, row)})

    def nothing(self) -> None:
        """Rows that ask for money and invest nothing, or that invest nothing where most of their category do."""
        name = next((name for name in ("fixed_investment", WHOLE) if self.has(name)), None)
        if name is None:
            return
        invested = sum(np.nan_to_num(self.table.values[c]) for c in ("fixed_investment", WHOLE) if self.has(c))
        other = sum((np.nan_to_num(self.table.values[c]) for c in OTHER_BASES if self.has(c)), np.zeros(len(self.ids)))
        nothing = (np.asarray(invested) == 0) & (other == 0)
        asks = np.nan_to_num(self.table.values.get("requested_amount", np.zeros(len(self.ids)))) > 0
        self.tell("no_investment", name, np.flatnonzero(asks & nothing).tolist())
        usual = pd.Series(~nothing).groupby(self.frame["category"].to_numpy()).transform("mean").to_numpy() > USUAL
        self.tell("without_investment", name, np.flatnonzero(usual & nothing & ~asks).tolist())

    def months(self) -> None:
        """Ends before the start."""
        if not (self.has("end_ym") and self.has("start_year")):
            return
        ends = self.table.values["end_ym"]
        if "start_ym" in self.table.matching.names:
            starts = self.table.values["start_ym"]
            rows = [row for row, (a, b) in enumerate(zip(starts, ends, strict=True)) if a and b and b < a]
        else:
            starts = self.table.values["start_year"]
            rows = [row for row, (a, b) in enumerate(zip(starts, ends, strict=True)) if b and int(b[:4]) < a]
        self.table.faults("end_before_start", "end_ym", [(row, self.dates(row)) for row in rows])

    def dates(self, row: int) -> dict[str, object]:
        """A project, its end and its start, as written."""
        return {
            "project": self.ids[row],
            "got": self.table.got("end_ym", row),
            "start": self.table.got(self.start, row),
        }

    @property
    def start(self) -> str:
        """The column that says when a project starts."""
        return next(name for name in ("start_ym", "start_year") if name in self.table.matching.names)

    def starts(self) -> None:
        """Starts before and after the plan."""
        if not self.has("start_year"):
            return
        name = "start_year" if "start_year" in self.table.matching.names else "start_ym"
        starts = self.table.values["start_year"]
        for key, odd, year in (
            ("start_moved", starts < self.years[0], self.years[0]),
            ("start_beyond", starts > self.years[-1], self.years[-1]),
        ):
            rows = np.flatnonzero(odd).tolist()
            if rows:
                place, header = self.table.place(rows[0], name), self.table.header(name)
                self.table.problems.notice(key, place, header, year=year, **self.named(rows))

    def rates(self) -> None:
        """Interest and fees that nobody pays: 35 where 3.5 is meant, or a cell that shows 350 %."""
        for name, highest in HIGHEST.items():
            if self.has(name):
                rows = np.flatnonzero(self.table.values[name] > highest).tolist()
                self.tell("rate_high", name, rows, self.rate(name, highest))

    def rate(self, name: str, highest: float) -> Said:
        """A percentage as it is read, and the highest that is believed."""
        return lambda row: {"got": f"{self.table.values[name][row]:.10g}", "most": f"{highest:g}"}

    def units(self) -> None:
        """Amounts that are far from all others, and among them when they are read 10⁴ or 10⁸ times as large or small."""
        categories = self.frame["category"].to_numpy(dtype=object)
        groups = [np.flatnonzero(categories == one) for one in dict.fromkeys(categories.tolist())]
        for name, column in self.table.matching.types.items():
            if not column.is_money or name not in self.table.values:
                continue
            values, found = self.table.values[name], dict[int, float]()
            for rows in (*groups, np.arange(len(values))):
                found.update(
                    {int(rows[row]): factor for row, factor in unit_outliers(values[rows])} if not found else {}
                )
            by_factor: dict[float, list[int]] = {}
            for row, factor in sorted(found.items()):
                by_factor.setdefault(factor, []).append(row)
            for factor, rows_of in by_factor.items():
                self.tell("unit_slip", name, rows_of, self.read_as(name, factor))

    def files(self) -> None:
        """Files of a list whose amounts are in the middle 10⁴ or 10⁸ times as large or small as those of the others."""
        ends = np.cumsum([part.size for part in self.table.parts])
        for part, end in zip(self.table.parts, ends.tolist(), strict=True):
            for name, column in self.table.matching.types.items():
                if not column.is_money or name not in self.table.values or name not in part.matching.names:
                    continue
                values = self.table.values[name]
                own, rest = np.split(values, [end - part.size, end])[1], np.delete(values, np.s_[end - part.size : end])
                own, rest = own[own > 0], rest[rest > 0]
                if min(len(own), len(rest)) < FEWEST_OF_FILE:
                    continue
                middle, others = float(np.median(own)), float(np.median(rest))
                times = max(middle / others, others / middle)
                if any(unit / AROUND <= times <= unit * AROUND for unit in UNITS):
                    said = {
                        "file": part.sheet.file,
                        "got": self.table.money.text(np.rint(middle)),
                        "others": self.table.money.text(np.rint(others)),
                    }
                    self.table.problems.notice(
                        "unit_of_file", part.sheet.header_place(part.matching.names[name]), part.header(name), **said
                    )

    def read_as(self, name: str, factor: float) -> Said:
        """An amount in the unit that was meant."""
        times = f"{factor:,.0f}" if factor > 1 else f"1/{1 / factor:,.0f}"
        amounts = self.table.values[name]
        return lambda row: {"times": times, "near": self.table.money.text(float(np.rint(amounts[row] * factor)))}


def unit_outliers(values: Floats) -> Iterator[tuple[int, float]]:
    """Rows of the amounts that look typed in another unit, and by what to multiply them."""
    rows = np.flatnonzero(values > 0)
    order: Rows = rows[np.argsort(values[rows], kind="stable")]
    if len(order) < LEAST or values[order[-1]] < APART * values[order[0]]:
        return
    most = int(len(order) * MOST_ODD)
    for turned in (order, order[::-1]):  # too small, too large
        sorted_ = values[turned]
        with np.errstate(divide="ignore"):
            steps = np.abs(np.log(sorted_[1 : most + 1] / sorted_[:most]))
        count = int(np.argmax(steps)) + 1
        if steps[count - 1] < np.log(APART):
            continue
        rest = sorted_[count:]
        for unit in UNITS:
            factor = unit if turned is order else 1 / unit
            meant = sorted_[:count] * factor
            if bool(((meant >= rest.min() / AROUND) & (meant <= rest.max() * AROUND)).all()):
                yield from ((int(row), factor) for row in turned[:count])
                return
