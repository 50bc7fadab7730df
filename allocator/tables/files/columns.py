"""Which columns a table may have, by what headers they are known, and what they mean: the data dictionary.

`data_dictionary.csv` documents the input tables (projects, regions, options, commitments, factors) and the
tables of a run folder (named as their files: awards.csv, …). Its unit 万元 stands for the config's own money
unit. Headers are matched by their words alone: width, case, spaces, underscores and a unit in brackets do not matter.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple

from allocator.tables.files.spellings import TRADITIONAL
from allocator.tables.files.units import money_of

MONEY_UNIT: Final = "万元"
OWN_NAME, OTHER_NAME = 0, 1
"""How well a header fits: the contract's own name, English or Chinese, before the other names in use."""

_SPACING: Final = re.compile(r"[\s_\-\ufeff\u200b]+")
_UNIT_AT_END: Final = re.compile(r"(.+?)[(\[【] *(?:单位:? *)?([^()\[\]【】]+?) *[)\]】]")
_UNITS: Final = frozenset(("%", "亩", "吨", "吨标准煤", "tce", "人", "个", "年", "倍", "分", "mu", "years", "percent"))


@dataclass(frozen=True)
class Column:
    """One column of one table."""

    table: str
    name: str
    header_zh: str
    unit: str
    type: str
    """id, name, text, list, flag, fraction, number, money, percent, integer, year or month."""
    required: bool
    meaning_zh: str
    meaning_en: str
    also: tuple[str, ...] = ()
    """Further headers it is known by."""

    @property
    def is_money(self) -> bool:
        """Whether its cells are amounts in the config's money unit."""
        return self.unit == MONEY_UNIT

    def meaning(self, language: str) -> str:
        """What it holds, in one sentence."""
        return self.meaning_zh if language == "zh" else self.meaning_en


@cache
def dictionary() -> Mapping[str, Mapping[str, Column]]:
    """Every documented column: table → name → column, in the order of the data dictionary."""
    text = files("allocator.tables").joinpath("data_dictionary.csv").read_text(encoding="utf-8-sig")
    tables: dict[str, dict[str, Column]] = {}
    for row in csv.DictReader(text.splitlines()):
        names = tuple(name for name in row.pop("also").split(";") if name)
        required = row.pop("required") == "1"
        column = Column(name=row.pop("column"), required=required, also=names, **row)
        tables.setdefault(column.table, {})[column.name] = column
    return tables


@cache
def money_columns(table: str) -> frozenset[str]:
    """Columns of a table that are amounts in the config's money unit."""
    return frozenset(column.name for column in dictionary()[table].values() if column.is_money)


def attribute_column(name: str) -> Column:
    """A column of a factor table: known by the same headers as in the other tables, and always text."""
    documented = dictionary()["projects"].get(name) or dictionary()["options"].get(name)
    return replace(documented, type="text") if documented else Column("factors", name, "", "", "text", True, "", "")


def header_form(header: str) -> str:
    """The form in which headers are compared."""
    return _SPACING.sub("", unicodedata.normalize("NFKC", header)).casefold().translate(TRADITIONAL)


def split_unit(header: str) -> tuple[str, str]:
    """A header and the unit in brackets at its end; the unit is '' when there is none."""
    folded = unicodedata.normalize("NFKC", header).strip()
    if folded[-1:] not in {")", "]", "】"}:
        return header, ""
    if (match := _UNIT_AT_END.fullmatch(folded)) and (match[2] in _UNITS or money_of(match[2]) is not None):
        return match[1].strip(), match[2]
    return header, ""


class Fit(NamedTuple):
    """The contract's column that a header stands for."""

    rank: int
    column: Column
    unit: str
    """The unit the header itself names in brackets, or ''."""


@dataclass(frozen=True)
class Known:
    """The headers that one table may have."""

    columns: Mapping[str, Column]
    mapping: Mapping[str, str]
    """The config's `columns`: contract name → header."""
    forms: Mapping[str, tuple[int, Column]]

    @classmethod
    def of(cls, tables: Sequence[str], mapping: Mapping[str, str], extra: Iterable[Column] = ()) -> Known:
        """Know the columns of ``tables``, those of the first before those of the next, and ``extra`` before all."""
        columns: dict[str, Column] = {column.name: column for column in extra}
        forms: dict[str, tuple[int, Column]] = {
            header_form(header): (OWN_NAME, column)
            for column in columns.values()
            for header in (column.name, column.header_zh, *column.also)
            if header
        }
        for table in tables:
            for column in dictionary()[table].values():
                if column.name.startswith("<") or columns.setdefault(column.name, column) is not column:
                    continue
                for header in (column.name, column.header_zh):
                    forms.setdefault(header_form(header), (OWN_NAME, column))
            for column in dictionary()[table].values():
                if columns.get(column.name) is column:
                    for header in column.also:
                        forms.setdefault(header_form(header), (OTHER_NAME, column))
        return cls(columns, mapping, forms)

    def fit(self, header: str) -> Fit | None:
        """The column a header stands for by itself, without the config's `columns`."""
        if found := self.forms.get(header_form(header)):
            return Fit(*found, "")
        bare, unit = split_unit(header)
        found = self.forms.get(header_form(bare)) if unit else None
        return Fit(*found, unit) if found else None

    def recognised(self, headers: Iterable[str]) -> set[str]:
        """Contract names that a row of cells would give, were it the header."""
        wanted = {header_form(header): name for name, header in self.mapping.items()}
        names = {wanted[form] for header in headers if (form := header_form(header)) in wanted}
        words = [header for header in headers if header and not header[0].isdigit()]
        return names | {fit.column.name for header in words if (fit := self.fit(header))}


@dataclass
class Matching:
    """Which column of a sheet serves which name."""

    names: dict[str, int] = field(default_factory=dict)
    """Name → index of the header: contract names, and the written header for columns of the planner's own."""
    types: dict[str, Column] = field(default_factory=dict)
    """Contract column of a name; own columns have none."""
    twice: list[tuple[str, int, int]] = field(default_factory=list)
    """(name, first header, second header) where two headers claim one name."""
    spare: list[tuple[int, int]] = field(default_factory=list)
    """(header, header) where the first could have been the column that the second is, and stays a column of its own."""
    hidden: list[tuple[str, int]] = field(default_factory=list)
    """(name, header) of headers that `columns` gave away to another header."""
    units: list[tuple[int, str]] = field(default_factory=list)
    """(header, unit) where the header of a known column names a unit in brackets."""


def match(known: Known, headers: Sequence[str], canonical: Mapping[int, str]) -> Matching:
    """Give every header its name; ``canonical`` names those that the caller has read itself (payments)."""
    matching = Matching()
    forms = [header_form(header) for header in headers]
    mapped: set[int] = set()
    for name, header in known.mapping.items():
        served = [index for index, form in enumerate(forms) if form == header_form(header)]
        for index in served:
            mapped.add(index)
            claim(matching, name, index)
    explicit = set(matching.names)
    ranked: list[tuple[int, int, str, Column | None]] = []
    for index, header in enumerate(headers):
        fit = None if index in canonical else known.fit(header)
        if fit and fit.column.name not in explicit:
            ranked.append((fit.rank, index, fit.column.name, fit.column))
        elif index in canonical or index not in mapped:
            ranked.append((OTHER_NAME + 1, index, canonical.get(index, header.strip()), None))
        if fit and fit.unit:
            matching.units.append((index, fit.unit))
    for rank, index, name, column in sorted(ranked, key=lambda entry: entry[:2]):
        if name in explicit:
            matching.hidden.append((name, index))
        elif rank == OTHER_NAME and name in matching.names and column:
            matching.spare.append((index, matching.names[name]))
            claim(matching, headers[index].strip(), index)
        else:
            claim(matching, name, index)
    matching.types = {name: known.columns[name] for name in matching.names if name in known.columns}
    return matching


def claim(matching: Matching, name: str, index: int) -> None:
    """Let a header serve a name, unless another one does already."""
    if name in matching.names:
        matching.twice.append((name, matching.names[name], index))
    else:
        matching.names[name] = index
