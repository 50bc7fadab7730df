"""Everything known before the model: config, tables, options, rules; and which options can still be chosen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from allocator.dependencies import Links
from allocator.goals import Term
from allocator.limits import Rules
from allocator.load import Loaded
from allocator.measures import Flags, Ints, Measures
from allocator.messages import Message
from allocator.money import Money
from allocator.options import OptionTable
from allocator.tables import Inputs


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

    @property
    def money(self) -> Money:
        """The config's unit of money."""
        return self.measures.money


def usable(measures: Measures, links: Links, first_year: int) -> Flags:
    """Which options can be chosen at all under the locks and under what their projects require.

    An option goes when its project is locked out, when a fixed award is another one, when a required project
    has no option left, or when none of those starts the lag before it.
    """
    project, start = measures.project, measures.start_year
    open_ = np.ones(len(project), bool)
    rows = RowsOf(project)
    for p in links.must_not:
        open_[rows(p)] = False
    table = measures.options.table
    for p, fixed in links.fix.items():
        at = rows(p)
        keep = np.ones(len(at), bool)
        if fixed.instrument is not None:
            keep &= (table["instrument"].iloc[at] == fixed.instrument).to_numpy()
        if fixed.option is not None:
            keep &= (table["option"].iloc[at] == fixed.option).to_numpy()
        if fixed.start_year is not None:
            keep &= start[at] == fixed.start_year
        if fixed.award is not None:
            keep &= table["award"].to_numpy()[at] == float(fixed.award * measures.money.fen_per_unit)
        open_[at[~keep]] = False
    open_ |= measures.committed
    changed = True
    while changed:
        changed = False
        for rule in links.requires:
            at = rows(rule.projects[0])
            at = at[open_[at] & ~measures.committed[at]]
            for other in rule.projects[1:]:
                theirs = rows(other)
                theirs = theirs[open_[theirs]]
                if measures.committed[theirs].any():
                    continue
                earliest = start[theirs].min() + rule.lag if len(theirs) else np.inf
                late = at[(start[at] < earliest) if rule.lag or not len(theirs) else np.zeros(len(at), bool)]
                changed |= bool(open_[late].any())
                open_[late] = False
    return open_


class RowsOf:
    """Rows of a project in a table sorted by project."""

    def __init__(self, project: Ints) -> None:
        self.project = project

    def __call__(self, p: int) -> Ints:
        first, last = np.searchsorted(self.project, [p, p + 1])
        return np.arange(first, last)
