"""What report pages are made of: a run seen in one language, tables, charts and single figures."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from allocator.messages import catalogue, say
from allocator.report.amounts import unit_name
from allocator.report.chapters.assumption_names import message_text
from allocator.report.names import Names

if TYPE_CHECKING:
    import pandas as pd

    from allocator.messages import Message
    from allocator.runs.folder import StoredRun
    from allocator.tables.opened import Inputs

Made = TypeVar("Made")
INVESTMENTS = ("supported_investment", "certified_investment", "counterpart_investment", "additional_investment")
"""As reports show them: 名义, 核定, 公共配套 and 净新增."""
MOST_MESSAGES = 500
"""Notices or assumptions that a report lists."""
FILES = {
    "debt_regions": "debt",
    **dict.fromkeys(("candidates", "losers", "reasons", "nodes", "synergies"), "projects"),
    **dict.fromkeys(("sources", "spending"), "totals"),
    "parks": "limits",
    "tornado": "ranges",
}
"""The run folder's table that has every row of a report's table, where it is called otherwise."""


@dataclass(frozen=True)
class Column:
    """One column of a table."""

    key: str
    title: str
    kind: str = "text"
    """text, money (exact), estimate (money that was computed), count, year, share, times, number; `by_unit`: as the row's `unit` says."""


@dataclass(frozen=True)
class Table:
    """A table with its title; amounts in the config's unit, shares as fractions."""

    key: str
    title: str
    columns: tuple[Column, ...]
    rows: pd.DataFrame
    on_page: bool = True
    """Whether it is on the page as well as in the workbook."""
    bar: str = ""
    """Column drawn as a bar on the page."""
    heat: tuple[str, ...] = ()
    """Columns whose cells are shaded by their value on the page."""

    @property
    def file(self) -> str:
        """The table of the run folder that has every row."""
        return FILES.get(self.key, self.key) + ".csv"


@dataclass(frozen=True)
class Chart:
    """A drawing beside a table that says the same in numbers."""

    key: str
    title: str
    option: Mapping[str, Any]
    """What Apache ECharts is told, as plain data; colours of text, lines and series come from the page."""
    text: str
    """One sentence for those who do not see it."""
    height: int = 360
    """Height in pixels."""
    width: int = 0
    """Least width in pixels at which it can be read; on narrower screens it scrolls sideways."""


@dataclass(frozen=True)
class Figure:
    """One number of the headline."""

    label: str
    value: str
    note: str = ""
    meaning: str = ""
    """What the number means, in a sentence."""


@cache
def reason_pattern(code: str, language: str) -> re.Pattern[str] | None:
    """What a stored detail of a reason looks like, its values as groups; None for other codes."""
    template = catalogue("solve", language).get(f"reason_{code}")
    if template is None:
        return None
    parts = re.split(r"\{(\w+)\}", template)
    return re.compile(
        "".join(f"(?P<{part}>.*)" if n % 2 else re.escape(part) for n, part in enumerate(parts)), re.DOTALL
    )


class View:
    """A run seen in one language: names instead of keys, titles of columns."""

    def __init__(self, run: StoredRun, language: str) -> None:
        self.run = run
        self.language = language
        self.config = run.loaded.config
        self.tables = run.tables
        self.names = Names(self.config, language)
        self.source_names, self.instrument_names = self.names.sources, self.names.instruments
        self.made: dict[Any, Any] = {}

    def once(self, make: Callable[[View], Made]) -> Made:
        """What ``make`` gives for this view, made once."""
        if make not in self.made:
            self.made[make] = make(self)
        found: Made = self.made[make]
        return found

    def say(self, key: str, **values: object) -> str:
        """Entry of the report catalogue; `debt.lead` is the entry `lead` of the catalogue `debt`."""
        return say(key if "." in key else f"report.{key}", self.language, **values)

    def columns(self, *keys: str, kind: str = "text", area: str = "report") -> tuple[Column, ...]:
        """Columns of one kind, titled by the entries `column_…` of a catalogue."""
        return tuple(Column(key, self.say(f"{area}.column_{key}"), kind) for key in keys)

    def table(
        self, key: str, columns: Sequence[Column], rows: pd.DataFrame, *, area: str = "report", **more: Any
    ) -> Table:
        """A table titled by the entry `table_{key}` of a catalogue, with the columns that its rows have."""
        shown = tuple(column for column in columns if column.key in rows.columns)
        return Table(key, self.say(f"{area}.table_{key}"), shown, rows.reset_index(drop=True), **more)

    def name_instruments(self, keys: pd.Series) -> pd.Series:
        """Names of instruments; a ready-made option without one is said to be so."""
        return keys.map({**self.instrument_names, "": self.say("ready_made")}).fillna(keys)

    def name(self, kind: str, key: str, otherwise: str = "") -> str:
        """Entry `{kind}_{key}` of the report catalogue; a key without one stays as it is, or is said ``otherwise``."""
        return catalogue("report", self.language).get(f"{kind}_{key}", otherwise or key)

    @cached_property
    def unit(self) -> str:
        """Name of the config's money unit."""
        return unit_name(self.run.money.name, self.language)

    @cached_property
    def inputs(self) -> Inputs:
        """The tables the plan was made from, amounts in fen; read from the run's own copies."""
        from allocator.tables.inputs import read_inputs

        return read_inputs(self.run.loaded)

    def reason_text(self, code: str, text: str) -> str:
        """The detail of a reason, which the run stored in its own language."""
        pattern = reason_pattern(code, self.run.language)
        match = pattern.fullmatch(text) if pattern is not None and self.language != self.run.language else None
        return text if match is None else say(f"solve.reason_{code}", self.language, **match.groupdict())

    def told(self, messages: Sequence[Message]) -> tuple[str, ...]:
        """Messages in words; of very many the first ones, and how many more there are."""
        lines = [message_text(self.names, message) for message in messages[:MOST_MESSAGES]]
        left = len(messages) - len(lines)
        return (*lines, self.say("more_messages", count=f"{left:,}")) if left else tuple(lines)
