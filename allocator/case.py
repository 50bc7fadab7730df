"""Everything known before the model: config, tables, options, rules; and which options can still be chosen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from allocator.config.locks import FixedAward
from allocator.dependencies import Links
from allocator.goals import Term
from allocator.limits import Rules
from allocator.load import Loaded
from allocator.measures import Flags, Ints, Measures
from allocator.messages import Message
from allocator.money import Money
from allocator.options import OptionTable
from allocator.tables.inputs import Inputs
from allocator.uncertainty.risk import Risk
from allocator.uncertainty.robust import Robust


@dataclass(frozen=True, eq=False)
class Case:
    """A plan to be made, with every rule resolved to rows of its tables."""

    loaded: Loaded
    inputs: Inputs
    options: OptionTable
    measures: Measures
    rules: Rules
    links: Links
    terms: tuple[Term, ...]
    usable: Flags
    """Options that locks and dependencies leave open."""
    notices: tuple[Message, ...]
    timings: dict[str, float]
    memory: dict[str, float]
    risk: Risk | None = None
    """What may turn out otherwise."""
    robust: Robust | None = None
    """Which values may fall at the same time."""

    def funded(self, rows: Ints) -> Flags:
        """Which projects have one of these option rows."""
        funded = np.zeros(len(self.inputs.projects), bool)
        funded[self.measures.project[rows]] = True
        return funded

    def closed(self, rows: Ints) -> Flags:
        """Which chain nodes are closed by these option rows."""
        return self.measures.clusters.closed(self.funded(rows))

    @property
    def money(self) -> Money:
        """The config's unit of money."""
        return self.measures.money


def usable(measures: Measures, links: Links) -> Flags:
    """Which options can be chosen at all under the locks and under what their projects require.

    An option goes when its project is locked out, when a fixed award is another one, when a required project
    has no option left, or when none of those starts the lag before it.
    """
    left = np.ones(len(measures.project), bool)
    rows = RowsOf(measures.project)
    for p in links.must_not:
        left[rows(p)] = False
    for p, fixed in links.fix.items():
        at = rows(p)
        left[at[~as_fixed(measures, at, fixed)]] = False
    left |= measures.committed
    while _drop_dependent(measures, links, rows, left):
        pass
    return left


def as_fixed(measures: Measures, at: Ints, fixed: FixedAward) -> Flags:
    """Which of the option rows ``at`` are what is fixed."""
    table = measures.options.table.iloc[at]
    keep = np.ones(len(at), bool)
    if fixed.instrument is not None:
        keep &= (table["instrument"] == fixed.instrument).to_numpy()
    if fixed.option is not None:
        keep &= (table["option"] == fixed.option).to_numpy()
    if fixed.start_year is not None:
        keep &= table["start_year"].to_numpy() == fixed.start_year
    if fixed.award is not None:
        keep &= table["award"].to_numpy() == float(fixed.award * measures.money.fen_per_unit)
    return keep


def _drop_dependent(measures: Measures, links: Links, rows: RowsOf, left: Flags) -> bool:
    """Drop options that come too early for, or without, what their project requires; whether any was dropped."""
    dropped = False
    for rule in links.requires:
        at = rows(rule.projects[0])
        at = at[left[at] & ~measures.committed[at]]
        for other in rule.projects[1:]:
            theirs = rows(other)
            theirs = theirs[left[theirs]]
            if measures.committed[theirs].any() or (len(theirs) and not rule.lag):
                continue
            earliest = measures.start_year[theirs].min() + rule.lag if len(theirs) else np.inf
            late = at[measures.start_year[at] < earliest]
            dropped |= bool(left[late].any())
            left[late] = False
    return dropped


class RowsOf:
    """Rows of a project in a table sorted by project."""

    def __init__(self, project: Ints) -> None:
        self.project = project

    def __call__(self, p: int) -> Ints:
        first, last = np.searchsorted(self.project, [p, p + 1])
        return np.arange(first, last)
