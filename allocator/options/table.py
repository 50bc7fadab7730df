"""Projects × instruments × start years × award levels → the option table, with everything the model needs computed.

Options of the planner's own (the option file) and earlier promises (commitments) are rows like any other. All
amounts are whole fen. One loop over instruments, start years and levels; none over projects.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.types import union_categoricals

from allocator.config.loaded import Loaded
from allocator.messages import Message
from allocator.messages.errors import InputError
from allocator.money.arrays import Flags, Ints, Rows
from allocator.options.assumed_defaults import assumed_defaults
from allocator.options.block import Block, Payers, coded
from allocator.options.candidates import Candidates
from allocator.options.leverage import FACTORS, Factors
from allocator.options.offers import OptionBuilder
from allocator.options.packages import package_blocks
from allocator.options.ready_made import ReadyMade
from allocator.options.scores import Scores, structure_scores
from allocator.options.screening.capital import capital_notices
from allocator.options.screening.screen import Screening, instrument_problems, listed, screen, texts
from allocator.options.screening.stacking import allowed_packages
from allocator.tables.measures import INVESTMENTS, MEASURES
from allocator.tables.opened import Inputs
from allocator.tables.realised_shares import used

__all__ = ["OptionTable", "build_options", "structure_scores"]


@dataclass(frozen=True)
class OptionTable:
    """Every way to support every project."""

    table: pd.DataFrame
    """One row per option, by project and option name: project (row of the project table), option, instrument,
    start_year, award, the investments, upgrading (whole fen), committed, and the option file's own columns."""
    payments: pd.DataFrame
    """option (row of ``table``), payers (code), year, amount (fen, never zero), by option and year."""
    payers: tuple[tuple[str, ...], ...]
    """Code → sources that may pay, in the order of the config."""
    screening: pd.DataFrame
    """project_id, instrument, rule, value, threshold of everything excluded."""
    notices: tuple[Message, ...]
    assumptions: tuple[Message, ...]
    parts: Parts | None = None
    """The parts of all options; None where every option is its own only part."""


def build_options(loaded: Loaded, inputs: Inputs, open_to: Mapping[str, Rows] | None = None) -> OptionTable:
    """Screen the projects, unless it is known which ones each instrument is ``open_to``, and compute the option table.

    Raises:
        InputError: instruments, factors, criteria or fixed awards that do not fit the tables; all at once.
    """
    pool = Candidates.of(loaded, inputs)
    scores = structure_scores(loaded, inputs)
    blanks = {own: int(np.isnan(pool.column(own)).sum()) for own, _ in FACTORS.values() if own in pool.names}
    factors = Factors(loaded, inputs.factors, pool.names, blanks, used(inputs.extra))
    problems = [*(instrument_problems(pool) if open_to is None else ()), *scores.problems, *factors.problems]
    if problems:
        raise InputError(problems)
    building = _Building(pool, scores, factors, Payers(pool.config), Screening(pool), [], [], [], open_to)
    blocks, removed = building.blocks()
    problems = [*building.problems, *factors.missing()]
    if problems:
        raise InputError(problems)
    notices = [*scores.notices, *building.notices, *capital_notices(pool)]
    if removed:
        notices.append(Message("options.tail_removed", {"count": removed, "last": pool.config.years[-1]}))
    table, payments, parts = _together(pool, blocks)
    _refuse_twins(pool, table)
    found, assumptions = building.found.table(), (*building.assumptions, *assumed_defaults(loaded))
    return OptionTable(table, payments, building.payers.sets(), found, tuple(notices), assumptions, parts)


@dataclass(frozen=True)
class _Building:
    """The pieces of an option table and what turns up while they are made."""

    pool: Candidates
    scores: Scores
    factors: Factors
    payers: Payers
    found: Screening
    problems: list[Message]
    assumptions: list[Message]
    notices: list[Message]
    open_to: Mapping[str, Rows] | None

    def blocks(self) -> tuple[list[Block], int]:
        """Commitments, ready-made options and the options of every instrument; how many were removed as too late."""
        inputs, blocks, removed = self.pool.inputs, [], 0
        ready = ReadyMade(self.pool, self.scores, self.payers, self.found, self.problems, self.assumptions)
        open_to = ~self.pool.late
        if inputs.commitments is not None:
            blocks.append(ready.commitments(inputs.commitments))
            open_to &= self._screen_committed(ready, blocks[0])
        self._screen_late(ready, self.pool.late & open_to_new(self.pool.size, blocks))
        if inputs.options is not None:
            block, count = ready.options(inputs.options, open_to)
            blocks.append(block)
            removed += count
        offers = OptionBuilder(
            self.pool, self.factors, self.scores.score, self.payers, self.found, self.problems, self.notices
        )
        granted: dict[str, Block] = {}
        at = self.open_to
        for key, instrument in self.pool.config.instruments.items():
            projects = screen(self.pool, key, instrument, open_to, self.found) if at is None else at[key]
            granted[key], count = offers.of(key, projects)
            removed += count
        blocks += [*granted.values(), *package_blocks(offers, allowed_packages(self.pool, self.notices), granted)]
        self._assume()
        return blocks, removed

    def _screen_committed(self, ready: ReadyMade, block: Block) -> Flags:
        """Exclude projects with a commitment from everything new; the projects that are left."""
        left = open_to_new(self.pool.size, [block])
        names = pd.Series(np.asarray(block.option, dtype=object)).groupby(block.project).agg(listed)
        rows = names.index.to_numpy(dtype=np.int64)
        for instrument, among in self._instruments(ready):
            here = among[rows]
            self.found.exclude(rows[here], instrument, "committed", names.to_numpy(dtype=object)[here], "")
        return left

    def _screen_late(self, ready: ReadyMade, late: Flags) -> None:
        """Exclude projects that are planned to start after the plan."""
        last = str(self.pool.config.years[-1])
        for instrument, among in self._instruments(ready):
            rows = np.flatnonzero(late & among)
            self.found.exclude(rows, instrument, "start_after_horizon", texts(self.pool.planned_start[rows]), last)

    def _instruments(self, ready: ReadyMade) -> list[tuple[str, Flags]]:
        """Every instrument with the projects it could have had: all, or those the option file has it for."""
        whole = [(key, np.ones(self.pool.size, dtype=bool)) for key in self.pool.config.instruments]
        frame = self.pool.inputs.options
        if frame is None:
            return whole
        project = ready.projects(frame)
        instrument = frame["instrument"].to_numpy(dtype=object) if "instrument" in frame else np.full(len(frame), "")
        for key in sorted(set(instrument) - set(self.pool.config.instruments)):
            among = np.zeros(self.pool.size, dtype=bool)
            among[project[instrument == key]] = True
            whole.append((key, among))
        return whole

    def _assume(self) -> None:
        if not self.pool.config.instruments:
            return
        self.assumptions.extend([*self.factors.assumptions, *self.scores.assumptions])
        if "fixed_investment" not in self.pool.names:
            self.assumptions.append(Message("options.no_investment", {}, "", "fixed_investment"))


def open_to_new(size: int, commitments: Sequence[Block]) -> Flags:
    """The projects that nothing was promised to."""
    result = np.ones(size, dtype=bool)
    for block in commitments:
        result[block.project] = False
    return result


def _together(pool: Candidates, blocks: Sequence[Block]) -> tuple[pd.DataFrame, pd.DataFrame, Parts | None]:
    """All blocks as one table in the order of project and option name, their payments, and the parts of packages."""
    if not blocks:
        raise InputError([Message("options.nothing")])
    project = np.concatenate([block.project for block in blocks])
    option = _united([block.option for block in blocks])
    order = np.lexsort((option.codes, project))
    columns: dict[str, Any] = {
        "project": project[order],
        "option": option.take(order),
        "instrument": _united([block.instrument for block in blocks]).take(order),
        "start_year": np.concatenate([block.start_year for block in blocks])[order],
        "award": np.concatenate([block.award for block in blocks])[order],
    }
    for name in MEASURES:
        columns[name] = np.concatenate([block.measures[name] for block in blocks])[order]
    committed = [np.full(len(block.project), block.committed) for block in blocks]
    columns["committed"] = np.concatenate(committed)[order]
    table = pd.DataFrame(columns)
    extra = _extra_columns(pool, blocks, project, order)
    table = pd.concat([table, extra], axis=1) if extra is not None else table
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    payments, number = _payments(blocks, place)
    return (
        table,
        payments,
        None if number is None else Parts.of_blocks(blocks, place, payments["option"].to_numpy(np.int64), number),
    )


def _united(parts: Sequence[pd.Categorical]) -> pd.Categorical:
    """One categorical whose categories are the texts in use, in text order."""
    objects = [coded(part.codes, [str(value) for value in part.categories]) for part in parts]
    united: pd.Categorical = union_categoricals(objects, sort_categories=True)
    return united.remove_unused_categories()


def _payments(blocks: Sequence[Block], place: Rows) -> tuple[pd.DataFrame, Rows | None]:
    """All payments by option, year and payers; and the part of the option that causes each, where there are packages."""
    first = np.cumsum([0, *(len(block.project) for block in blocks)])
    pieces = [
        (place[block.payments.option + start], *block.payments[1:4])
        for block, start in zip(blocks, first, strict=False)
    ]
    option, payers, year, amount = (np.concatenate(piece) for piece in zip(*pieces, strict=True))
    turn = np.lexsort((payers, year, option))
    table = pd.DataFrame(
        {"option": option[turn], "payers": payers[turn], "year": year[turn].astype(np.int64), "amount": amount[turn]}
    )
    if not any(block.parts for block in blocks):
        return table, None
    numbers = [
        np.zeros(len(block.payments.option), np.int8) if block.payments.part is None else block.payments.part
        for block in blocks
    ]
    return table, np.concatenate(numbers)[turn].astype(np.int64)


def _extra_columns(pool: Candidates, blocks: Sequence[Block], project: Rows, order: Rows) -> pd.DataFrame | None:
    """The planner's own option columns; elsewhere the project's value of that name, else 0 or ''."""
    names = list(dict.fromkeys(name for block in blocks for name in block.extra.columns))
    if not names:
        return None
    return pd.DataFrame({name: _extra_column(pool, name, blocks, project)[order] for name in names})


def _extra_column(pool: Candidates, name: str, blocks: Sequence[Block], project: Rows) -> NDArray[Any]:
    of_project = pool.column(name) if name in pool.names else None
    parts: list[NDArray[Any] | None] = []
    start = 0
    for block in blocks:
        rows = project[start : start + len(block.project)]
        start += len(rows)
        if name in block.extra.columns:
            parts.append(block.extra[name].to_numpy())
        else:
            parts.append(None if of_project is None else of_project[rows])
    numeric = all(part is None or part.dtype.kind in "fiub" for part in parts)
    whole = []
    for block, part in zip(blocks, parts, strict=True):
        if part is None:
            size = len(block.project)
            whole.append(np.zeros(size) if numeric else np.full(size, "", dtype=object))
        else:
            whole.append(part.astype(np.float64) if numeric else texts(part))
    return np.concatenate(whole)


def _refuse_twins(pool: Candidates, table: pd.DataFrame) -> None:
    """Two options of a project may not have one name, or nobody could tell which was chosen."""
    project, option = table["project"].to_numpy(), table["option"].cat.codes.to_numpy()
    twins = np.flatnonzero((project[1:] == project[:-1]) & (option[1:] == option[:-1]))
    if len(twins):
        ids = pool.inputs.projects["project_id"].to_numpy(dtype=object)
        raise InputError(
            Message("options.twins", {"project": ids[project[row]], "option": table["option"].iloc[row]})
            for row in twins
        )


@dataclass(frozen=True, eq=False)
class Parts:
    """The parts of all options, by option; the parts of a package in the order in which it names its instruments."""

    option: Ints
    """Row in the option table of the option that the part belongs to."""
    single: Ints
    """Row of the option that the part would be on its own."""
    line: Ints
    """Part that causes each row of the payment table."""

    @staticmethod
    def of_blocks(blocks: Sequence[Block], place: Ints, line_option: Ints, number: Ints) -> Parts:
        """The parts of the options of ``blocks``, whose rows ``place`` gives one block after the other.

        ``line_option`` is the option of every payment, ``number`` which of its parts causes it.
        """
        first = np.cumsum([0, *(len(block.project) for block in blocks)])
        begin = {id(block): at for block, at in zip(blocks, first, strict=False)}
        found = []
        for block, at in zip(blocks, first, strict=False):
            rows = place[at : at + len(block.project)]
            members = [place[begin[id(of)] + part] for of, part in block.parts] or [rows]
            found += [(rows, single, np.full(len(rows), turn)) for turn, single in enumerate(members)]
        option, single, turn = (np.concatenate(column) for column in zip(*found, strict=True))
        order = np.lexsort((turn, option))
        return Parts(option[order], single[order], np.searchsorted(option[order], line_option) + number)

    @property
    def lead(self) -> Flags:
        """Which parts carry the investment of their option: the first of each."""
        return np.r_[True, self.option[1:] != self.option[:-1]] if len(self.option) else np.zeros(0, bool)

    def table(self, options: pd.DataFrame) -> pd.DataFrame:
        """The option table with a row per part; what a package brings stands at its first part, once."""
        frame = options.take(self.single).reset_index(drop=True)
        for name in (*INVESTMENTS, "upgrading"):
            whole = options[name].to_numpy(float)[self.option]
            frame[name] = np.where(self.lead, whole, 0.0)
        return frame

    def of(self, options: Ints) -> Ints:
        """The parts of some options (ascending)."""
        return np.flatnonzero(np.isin(self.option, options))
