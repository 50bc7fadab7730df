"""Groups of options whose sum is measured, for limits, targets, shares and goals."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from allocator.clusters import CLOSED_NODES, SYNERGY
from allocator.coefficients import coefficients, weighed
from allocator.measures import Flags, Floats, Ints, Measures
from allocator.spending import INVESTMENTS, Spread

NO_ROWS: Ints = np.zeros(0, np.int64)
NO_AMOUNTS: Floats = np.zeros(0)


@dataclass(frozen=True)
class Question:
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


class Meter:
    """Answers questions about one option table; masks have a row per part where options have several."""

    def __init__(self, measures: Measures) -> None:
        self.measures = measures = measures.by_part
        payments = measures.options.payments
        self.line_option = payments["option"].to_numpy(np.int64)
        self.line_year = payments["year"].to_numpy(np.int64)
        self.line_amount = payments["amount"].to_numpy(float)
        self.line_payers = payments["payers"].to_numpy(np.int64)

    def group(self, q: Question, mask: Flags | None = None) -> Group:
        """The options in ``mask`` (all when None) with what each adds to the question's measure.

        A year means the start year, for `payment` the year of payment, for investment with a profile that of spending.
        """
        m = self.measures
        chosen = np.ones(len(m.project), bool) if mask is None else mask.copy()
        if q.new_only:
            chosen &= ~m.committed
        by_payment = q.measure == "payment" and q.year is not None
        if q.year is not None and q.measure in INVESTMENTS and m.spread is not None:
            return self._spent(q, q.year, chosen, m.spread)
        if q.year is not None and not by_payment:
            chosen &= m.start_year <= q.year if q.cumulative else m.start_year == q.year
        if not by_payment and not q.sources:
            amounts = self._counted(q, m.amount(q.measure))
            rows, amounts = self._by_option(np.flatnonzero(chosen & (amounts != 0)), amounts, once=m.is_once(q.measure))
            return Group(q.measure, m.is_money(q.measure), rows, amounts)
        line = chosen[self.line_option]
        if by_payment:
            line &= self.line_year <= q.year if q.cumulative else self.line_year == q.year
        whole, part = self._payable(q.sources)
        direct = np.flatnonzero(line & whole[self.line_payers])
        sums = np.bincount(self.line_option[direct], self.line_amount[direct], len(m.project)).astype(float)
        rows, sums = self._by_option(np.flatnonzero(sums), sums, once=False)
        return Group(q.measure, True, rows, sums, np.flatnonzero(line & part[self.line_payers]), q.sources)

    def _spent(self, q: Question, year: int, chosen: Flags, spread: Spread) -> Group:
        """Investment by the year in which it is spent."""
        amounts = spread.spent(q.measure, self.measures.amount(q.measure), year, cumulative=q.cumulative)
        amounts = self._counted(q, amounts)
        rows, amounts = self._by_option(np.flatnonzero(chosen & (amounts != 0)), amounts, once=False)
        return Group(q.measure, True, rows, amounts)

    def _counted(self, q: Question, amounts: Floats) -> Floats:
        """The part of the amounts that counts."""
        if q.coefficient is None:
            return amounts
        return weighed(amounts, coefficients(self.measures, q.coefficient), money=self.measures.is_money(q.measure))

    def _by_option(self, rows: Ints, amounts: Floats, *, once: bool) -> tuple[Ints, Floats]:
        """What the parts in ``rows`` add to each option; what counts once does so however many parts are meant."""
        option = self.measures.option
        if option is None:
            return rows, amounts[rows]
        options, first, at = np.unique(option[rows], return_index=True, return_inverse=True)
        return options, amounts[rows][first] if once else np.bincount(at, amounts[rows], len(options)).astype(float)

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
