"""Ready-made options and commitments: one row each, with payments in columns named source@year."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from allocator.config.source.months import folded
from allocator.messages import Message, nearest
from allocator.money.arrays import Rows
from allocator.tables.files.project_ids import ProjectIds
from allocator.tables.files.table import Table, Values, objects
from allocator.tables.measures import BOND_MEASURES, MEASURES
from allocator.tables.opened import report_twice, sorted_rows

if TYPE_CHECKING:
    from allocator.config.keys.plan import Config

_PAYMENT: Final = re.compile(r"(.+?)\s*@\s*(\d{4})\s*年?", re.ASCII)
DEFAULT_NAME: Final = "committed"


def payment(header: str) -> tuple[str, int] | None:
    """Source, as written, and year of a payment column."""
    match = _PAYMENT.fullmatch(unicodedata.normalize("NFKC", header).strip())
    return (match[1], int(match[2])) if match else None


def payment_headers(config: Config) -> Callable[[Sequence[str]], dict[int, str]]:
    """A function that names the payment columns of a header: source@year with the source's key."""

    def named(headers: Sequence[str]) -> dict[int, str]:
        read = {index: payment(header) for index, header in enumerate(headers)}
        return {index: f"{source_key(config, found[0])}@{found[1]}" for index, found in read.items() if found}

    return named


def source_key(config: Config, text: str) -> str:
    """The key of a source written as its key or its name; the text itself when there is none."""
    if text in config.sources:
        return text
    named = [key for key, source in config.sources.items() if folded(text) in {folded(key), folded(source.name)}]
    return named[0] if len(named) == 1 else text


@dataclass(frozen=True)
class OptionFile:
    """Reads and checks one table of options."""

    table: Table
    role: str
    config: Config
    ids: ProjectIds | None
    """None when the project table could not be read: references are not checked then."""
    demanded: frozenset[str]

    def read(self) -> tuple[pd.DataFrame, Rows]:
        """The rows sorted by project and option, and the file's row for each."""
        table = self.table
        payments = self.payments()
        amounts = frozenset(payments) | {"award", *MEASURES, *BOND_MEASURES}
        table.read_all(self.demanded, amounts, frozenset((*MEASURES, "bond_revenue")))
        table.report_blank("project_id")
        self.link()
        if self.role == "commitments" and "option" not in table.values:
            table.values["option"] = commitment_names(table.values["project_id"])
        else:
            table.report_blank("option")
        report_twice(table, ["project_id", "option"], "duplicate_option")
        self.years()
        for name, values in table.values.items():
            measured = name in amounts or name in self.demanded or name not in table.matching.types
            if (
                values.dtype != object
                and measured
                and name in table.matching.names
                and (name in amounts or not np.isnan(values).all())
            ):
                table.report_blank(name)
        self.award(payments)
        frame = table.frame()
        order = sorted_rows([frame["project_id"].to_numpy(), frame["option"].to_numpy()])
        return frame.take(order).reset_index(drop=True), order

    def payments(self) -> list[str]:
        """The payment columns; sources and years that do not exist are problems."""
        table, found = self.table, []
        for name, index in table.matching.names.items():
            written = payment(table.sheet.headers[index])
            if written is None:
                if "@" in folded(name):
                    table.problems.error("payment_header", table.sheet.header_place(index), table.sheet.headers[index])
                continue
            found.append(name)
            source, year = name.rpartition("@")[0], written[1]
            place, header = table.sheet.header_place(index), table.sheet.headers[index]
            if source not in self.config.sources:
                close = nearest(source, self.config.sources)
                sources = list(self.config.sources)
                advice = Message("tables.did_you_mean", {"nearest": close}) if close else ""
                if not close and sources:
                    advice = Message("tables.sources_are", {"sources": sources})
                table.problems.error("unknown_source", place, header, got=source, advice=advice)
            if year < self.config.years[0]:
                table.problems.error("early_payment", place, header, year=year, first=self.config.years[0])
        return found

    def link(self) -> None:
        """Every row belongs to a project of the project table, which is called by its id or by a name of its own."""
        if self.ids is None:
            return
        projects = self.table.values["project_id"]
        found = {project: self.ids.one(project) for project in set(projects) if project}
        unknown = [row for row, project in enumerate(projects) if project and found[project] is None]
        faults = [(row, self.ids.hint(projects[row], given)) for given, row in enumerate(unknown)]
        self.table.faults("unknown_project", "project_id", faults)
        self.table.values["project_id"] = objects([found.get(project) or project for project in projects])

    def years(self) -> None:
        """Support of an option starts within the plan; that of a commitment may have started before."""
        if "start_year" not in self.table.values:
            return
        years, first, last = self.table.values["start_year"], self.config.years[0], self.config.years[-1]
        with np.errstate(invalid="ignore"):
            outside = (years > last) | ((years < first) if self.role == "options" else False)
        values: dict[str, object] = {"first": first, "last": last}
        key = "start_outside" if self.role == "options" else "start_late"
        faults = [(row, {"got": int(years[row])} | values) for row in np.flatnonzero(outside).tolist()]
        self.table.faults(key, "start_year", faults)

    def award(self, payments: Sequence[str]) -> None:
        """The award is the sum of the payments unless the file gives it."""
        table = self.table
        if "award" not in table.values:
            found = [table.values[name] for name in payments]
            table.values["award"] = np.sum(found, axis=0) if payments else np.zeros(table.size)


def commitment_names(projects: Values) -> Values:
    """Commitments without names: 'committed', numbered where a project has several."""
    rows = pd.Series(projects, dtype=object)
    number, several = rows.groupby(rows).cumcount(), rows.duplicated(keep=False)
    return objects(
        [f"{DEFAULT_NAME}#{n + 1}" if many else DEFAULT_NAME for n, many in zip(number, several, strict=True)]
    )
