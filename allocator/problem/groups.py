"""Groups of options whose sum is measured, for limits, targets, shares and goals."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from allocator.money.arrays import Flags, Floats, Ints
from allocator.problem.chain_nodes import CLOSED_NODES
from allocator.problem.clusters import SYNERGY
from allocator.problem.coefficients import coefficients, weighed
from allocator.problem.measures import Measures
from allocator.tables.measures import INVESTMENTS

NO_ROWS: Ints = np.zeros(0, np.int64)
NO_AMOUNTS: Floats = np.zeros(0)


@dataclass(frozen=True)
class Query:
    """What is to be measured: a measure, perhaps of some sources, up to or in one year, perhaps of new awards only."""

    measure: str
    sources: tuple[str, ...] = ()
    year: int | None = None
    cumulative: bool = False
    new_only: bool = False
    coefficient: str | None = None
    """Column with the share of each row that counts."""


@dataclass(frozen=True, eq=False)
class Group:
    """Options whose sum is measured: option ``rows[i]`` adds ``amounts[i]`` (whole fen, or a plain number).

    ``lines`` are rows of the payment table that ``sources`` may pay together with others: of these only what
    the sources really pay counts.
    """

    measure: str
    money: bool
    rows: Ints
    amounts: Floats
    lines: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    sources: tuple[str, ...] = ()
    nodes: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    """Chain nodes of which each adds 1 when it is closed."""
    bundles: Floats = field(default_factory=lambda: np.zeros(0))
    """What every bundle of projects adds when it is joined, in fen; empty where none does."""


class Aggregator:
    """Answers questions about one option table; masks have a row per part where options have several."""

    def __init__(self, measures: Measures) -> None:
        self.measures = measures = measures.by_part
        payments = measures.options.payments
        self.line_option = payments["option"].to_numpy(np.int64)
        self.line_year = payments["year"].to_numpy(np.int64)
        self.line_amount = payments["amount"].to_numpy(float)
        self.line_payers = payments["payers"].to_numpy(np.int64)
        self._known: dict[tuple[str, str | None], Floats] = {}
        self._paid: dict[tuple[tuple[str, ...], int | None, bool], tuple[Floats, Ints]] = {}

    def group(self, q: Query, mask: Flags | None = None) -> Group:
        """The options in ``mask`` (all when None) with what each adds to the question's measure.

        A year means the start year, for `payment` the year of payment, for investment with a profile that of spending.
        """
        m = self.measures
        at = np.arange(len(m.project)) if mask is None else np.flatnonzero(mask)
        if q.new_only:
            at = at[~m.committed[at]]
        by_payment = q.measure == "payment" and q.year is not None
        if q.year is not None and q.measure in INVESTMENTS and m.spread is not None:
            spent = m.spread.spent(q.measure, m.amount(q.measure), q.year, cumulative=q.cumulative)
            return Group(q.measure, True, *self._filled(at, self._counted(q, spent), once=False))
        if q.year is not None and not by_payment:
            started = m.start_year[at]
            at = at[started <= q.year if q.cumulative else started == q.year]
        if not by_payment and not q.sources:
            found = self._filled(at, self._amounts(q), once=m.is_once(q.measure))
            return Group(q.measure, m.is_money(q.measure), *found)
        sums, shared = self._payments(q.sources, q.year if by_payment else None, cumulative=q.cumulative)
        if len(shared):
            chosen = np.zeros(len(m.project), bool)
            chosen[at] = True
            shared = shared[chosen[self.line_option[shared]]]
        return Group(q.measure, True, *self._filled(at, sums, once=False), shared, q.sources)

    def _amounts(self, q: Query) -> Floats:
        """What every row adds to a measure, worked out once."""
        key = (q.measure, q.coefficient)
        if key not in self._known:
            self._known[key] = self._counted(q, self.measures.amount(q.measure))
        return self._known[key]

    def _counted(self, q: Query, amounts: Floats) -> Floats:
        """The part of the amounts that counts."""
        if q.coefficient is None:
            return amounts
        return weighed(amounts, coefficients(self.measures, q.coefficient), money=self.measures.is_money(q.measure))

    def _payments(self, sources: tuple[str, ...], year: int | None, *, cumulative: bool) -> tuple[Floats, Ints]:
        """What ``sources`` alone pay of every row (in a year), and the payments that they may make with others."""
        key = (sources, year, cumulative)
        if key not in self._paid:
            whole, part = self._payable(sources)
            line: Flags | None = None
            if year is not None:
                line = self.line_year <= year if cumulative else self.line_year == year
            alone, shared = (
                flags[self.line_payers] if line is None else flags[self.line_payers] & line for flags in (whole, part)
            )
            amounts = self.line_amount * alone
            sums = np.bincount(self.line_option, amounts, len(self.measures.project)).astype(float)
            self._paid[key] = sums, np.flatnonzero(shared)
        return self._paid[key]

    def _filled(self, rows: Ints, amounts: Floats, *, once: bool) -> tuple[Ints, Floats]:
        """The options of those ``rows`` that add something, and how much."""
        inside = amounts[rows]
        filled = inside != 0
        if not filled.all():
            rows, inside = rows[filled], inside[filled]
        return self._by_option(rows, inside, once=once)

    def _by_option(self, rows: Ints, amounts: Floats, *, once: bool) -> tuple[Ints, Floats]:
        """What the parts in ``rows`` add to each option; what counts once does so however many parts are meant."""
        option = self.measures.option
        if option is None:
            return rows, amounts
        options, first, at = np.unique(option[rows], return_index=True, return_inverse=True)
        return options, amounts[first] if once else np.bincount(at, amounts, len(options)).astype(float)

    def nodes(self, mask: Flags | None = None) -> Group:
        """The chain nodes in ``mask`` (all when None)."""
        count = len(self.measures.clusters.nodes)
        nodes = np.arange(count) if mask is None else np.flatnonzero(mask)
        return Group(CLOSED_NODES, False, NO_ROWS, NO_AMOUNTS, nodes=nodes)

    def bundles(self) -> Group:
        """All bundles with what they bring."""
        bonus = np.array([bundle.bonus for bundle in self.measures.clusters.bundles])
        return Group(SYNERGY, True, NO_ROWS, NO_AMOUNTS, bundles=bonus)

    def _payable(self, sources: tuple[str, ...]) -> tuple[Flags, Flags]:
        """Which payer codes are paid by ``sources`` alone, and which by them together with others."""
        codes = self.measures.options.payers or ((),)
        if not sources:
            return np.ones(len(codes), bool), np.zeros(len(codes), bool)
        whole = np.array([set(payers) <= set(sources) for payers in codes])
        some = np.array([not set(payers).isdisjoint(sources) for payers in codes])
        return whole, some & ~whole
