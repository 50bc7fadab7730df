"""The tables of a run folder as they are written: text, line by line, and every fault a finding."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple, TypeVar

from allocator.messages import Message
from allocator.money import Money
from allocator.runs import schema

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


@dataclass
class Findings:
    """Counts checks and keeps one message for each that fails."""

    checks: int = 0
    violations: list[Message] = field(default_factory=list)

    def hold(self, holds: bool, key: str, where: str = "", path: str = "", **values: object) -> bool:
        """Record one check; ``key`` names the sentence to say when it fails."""
        self.checks += 1
        if not holds:
            self.violations.append(Message(f"verify.{key}", values, where, path))
        return holds

    def equal(self, stated: object, recomputed: object, where: str, path: str) -> bool:
        """Record that what a table states is what was recomputed."""
        if stated != recomputed:
            return self.hold(False, "differs", where, path, stated=plain(stated), recomputed=plain(recomputed))
        self.checks += 1
        return True

    def near(self, stated: Fraction | None, exact: Fraction, within: Fraction | int, where: str, path: str) -> bool:
        """Record that a number that was rounded when it was written is the exact one."""
        holds = stated is not None and abs(stated - exact) <= within
        return self.hold(holds, "differs", where, path, stated=plain(stated), recomputed=plain(exact))

    def same_fen(self, stated: int, recomputed: int, money: Money, where: str, path: str) -> bool:
        """Record that an amount in fen is what was recomputed; a violation shows both in the config's unit."""
        if stated != recomputed:
            return self.equal(money.text(stated), money.text(recomputed), where, path)
        self.checks += 1
        return True


def plain(value: object) -> str:
    """A value as it is shown in a message: numbers without exponent or trailing zeros."""
    if value is None or value == "":
        return "''"
    if isinstance(value, Fraction):
        value = Decimal(value.numerator) / Decimal(value.denominator)
    if isinstance(value, Decimal):
        text = format(value, "f")
        return text.rstrip("0").rstrip(".") if "." in text else text
    return str(value)


PLAIN_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
MOST_DIGITS = 40
"""A longer number is no amount anybody wrote."""


class Row(NamedTuple):
    """One line of a table."""

    place: str
    cells: Sequence[str]
    positions: Mapping[str, int]
    """Column → where it stands in the line."""
    findings: Findings
    money: Money

    def text(self, column: str) -> str:
        """The cell as written."""
        try:
            return self.cells[self.positions[column]]
        except LookupError:
            return ""

    def plain(self, column: str) -> str:
        """The cell as the text of a number; 0 and a finding where it is not a plain decimal."""
        text = self.text(column)
        is_plain = len(text) <= MOST_DIGITS and PLAIN_NUMBER.fullmatch(text) is not None
        self.findings.hold(is_plain, "not_a_number", self.place, column, got=text)
        return text if is_plain else "0"

    def number(self, column: str) -> Decimal:
        """The cell as a number; 0 and a finding where it is not a plain decimal."""
        return Decimal(self.plain(column))

    def fen(self, column: str) -> int:
        """The cell as an amount in whole fen; a finding where it is finer."""
        text = self.plain(column)
        before, _, after = text.partition(".")
        finest: int = 10 ** len(after)
        whole, rest = divmod(int(before + after) * self.money.fen_per_unit, finest)
        known = self.money.quantum_values if rest else {}
        self.findings.hold(not rest, "finer_than_fen", self.place, column, got=text, **known)
        return whole

    def whole(self, column: str) -> int:
        """The cell as a whole number."""
        amount = self.number(column)
        self.findings.hold(amount == int(amount), "not_whole", self.place, column, got=self.text(column))
        return int(amount)

    def flag(self, column: str) -> bool:
        """The cell as 0 or 1."""
        value = self.number(column)
        self.findings.hold(value in (0, 1), "not_a_flag", self.place, column, got=self.text(column))
        return value == 1


def project_of(row: Row) -> str:
    """The project that a row speaks of."""
    return row.text("project_id")


@dataclass(frozen=True)
class Table:
    """One table of the run folder."""

    name: str
    header: tuple[str, ...]
    rows: tuple[Row, ...]

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    @property
    def place(self) -> str:
        """Name of the file."""
        return f"{self.name}.csv"


def read_table(folder: Path, name: str, further: tuple[str, ...], findings: Findings, money: Money) -> Table:
    """Read ``<name>.csv``; a missing file, column or key is a finding and reading goes on."""
    path = folder / f"{name}.csv"
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = csv.reader(file, strict=True)
            return as_table(name, tuple(next(lines, ())), lines, further, findings, money)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        findings.hold(False, "unreadable", path.name, "", why=str(error) or type(error).__name__)
        return Table(name, (), ())


def as_table(
    name: str,
    header: tuple[str, ...],
    lines: Iterable[Sequence[str]],
    further: tuple[str, ...],
    findings: Findings,
    money: Money,
) -> Table:
    """A table as it is written to ``<name>.csv``, ``further`` columns at its end."""
    expected, rows = (*schema.columns(name), *further), _rows(f"{name}.csv", header, lines, findings, money)
    for column in expected:
        findings.hold(header.count(column) == 1, "column_missing", f"{name}.csv", column)
    for column in header:
        findings.hold(column in expected, "column_unknown", f"{name}.csv", column)
    _unique(rows, schema.TABLES[name].keys, findings)
    return Table(name, header, rows)


def matched(
    table: Table, expected: Mapping[K, T], key: Callable[[Row], K], path: str, findings: Findings
) -> Iterator[tuple[Row, T]]:
    """Every row with what is expected of it; one that nothing expects, and one that is missing, is a finding."""
    missing = dict(expected)
    for row in table:
        named = key(row)
        if findings.hold(named in missing, "not_expected", row.place, path, got=_named(named)):
            yield row, missing.pop(named)
    for named in missing:
        findings.hold(False, "row_missing", table.place, path, got=_named(named))


def _named(key: Hashable) -> str:
    return " / ".join(map(str, key)) if isinstance(key, tuple) else str(key)


def _rows(
    name: str, header: tuple[str, ...], lines: Iterable[Sequence[str]], findings: Findings, money: Money
) -> tuple[Row, ...]:
    rows, positions = [], {column: at for at, column in enumerate(header)}
    width = len(header)
    for number, cells in enumerate(lines, start=2):
        if not cells:
            continue
        place = f"{name}:{number}"
        if len(cells) == width:
            findings.checks += 1
        else:
            findings.hold(False, "cells_in_row", place, "", expected=width, got=len(cells))
        rows.append(Row(place, cells, positions, findings, money))
    return tuple(rows)


def _unique(rows: tuple[Row, ...], key: tuple[str, ...], findings: Findings) -> None:
    seen: dict[tuple[str, ...], str] = {}
    values = [tuple([row.text(column) for column in key]) for row in rows]
    if len(set(values)) == len(rows):
        findings.checks += len(rows)
        return
    for row, value in zip(rows, values, strict=True):
        first = seen.setdefault(value, row.place)
        findings.hold(first == row.place, "repeated", row.place, "/".join(key), first=first, got=" / ".join(value))
