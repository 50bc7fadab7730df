"""How the money used to be split: the option each rule of thumb would take for every project, with no other rule in mind.

Each has the plan's own money: the budgets of all plan years, less what was promised before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from allocator.money.arrays import Floats, Ints
from allocator.problem.accounts import budgets
from allocator.tables.previous_plan import approved

if TYPE_CHECKING:
    from allocator.problem.case import Case

RuleOfThumb = dict[int, int]
"""Project row → option row."""


def fullest(case: Case) -> RuleOfThumb:
    """The largest award of every project that is not committed, earliest start first."""
    m = case.measures
    rows = np.flatnonzero(case.usable & ~m.committed)
    order = np.lexsort((rows, m.start_year[rows], -m.amount("award")[rows], m.project[rows]))
    first = np.unique(m.project[rows[order]], return_index=True)[1]
    return {int(m.project[row]): int(row) for row in rows[order][first]}


class Purse:
    """The money of all plan years by source, in fen."""

    def __init__(self, case: Case) -> None:
        config, fen = case.loaded.config, case.money.fen_per_unit
        self.left = {s: float(sum(budgets(config, fen, s).values())) for s in config.sources}
        payments = case.options.payments
        self.payers = case.options.payers
        option = payments["option"].to_numpy(np.int64)
        self.code = np.full(len(case.usable), -1)
        self.code[option] = payments["payers"].to_numpy(np.int64)
        promised = np.flatnonzero(case.measures.committed)
        award = case.measures.amount("award")
        for row in promised.tolist():
            self.pay(row, float(award[row]), anyhow=True)

    def sources(self, row: int) -> tuple[str, ...]:
        """Who may pay an option."""
        return self.payers[self.code[row]] if self.code[row] >= 0 else ()

    def pay(self, row: int, amount: float, *, anyhow: bool = False) -> bool:
        """Pay an option if there is money for all of it."""
        sources = self.sources(row)
        if not anyhow and sum(self.left[s] for s in sources) < amount:
            return not amount
        for source in sources:
            part = min(self.left[source], amount)
            self.left[source] -= part
            amount -= part
        return True


def ranked(case: Case, worth: Floats, among: Iterable[int] | None = None, purse: Purse | None = None) -> RuleOfThumb:
    """Whole awards from the top of a ranking down to where the money ends."""
    top, purse = fullest(case), purse or Purse(case)
    award = case.measures.amount("award")
    rows = [top[p] for p in (top if among is None else among) if p in top]
    rows.sort(key=lambda row: (-worth[row], row))
    return {int(case.measures.project[row]): row for row in rows if purse.pay(row, float(award[row]))}


def leverage(case: Case) -> Floats:
    """Leveraged investment per unit of money."""
    award = case.measures.amount("award")
    return np.asarray(case.measures.amount("leveraged_investment") / np.where(award > 0, award, 1.0))


def leverage_rank(case: Case, quota: dict[str, Fraction]) -> RuleOfThumb:
    """By leverage, whole awards down to a cut line."""
    del quota
    return ranked(case, leverage(case))


def structure(case: Case) -> Floats:
    """What the structure score counts for per unit of investment."""
    investment = case.measures.amount("leveraged_investment")
    return np.asarray(case.measures.amount("upgrading") / np.where(investment > 0, investment, 1.0))


def score_rank(case: Case, quota: dict[str, Fraction]) -> RuleOfThumb:
    """By structure score, whole awards down to a cut line."""
    del quota
    return ranked(case, structure(case))


def pro_rata(case: Case, quota: dict[str, Fraction]) -> RuleOfThumb:
    """Every eligible project the same share of what it is entitled to (撒胡椒面)."""
    del quota
    top, purse, award = fullest(case), Purse(case), case.measures.amount("award")
    asked: dict[tuple[str, ...], float] = {}
    for row in top.values():
        asked[purse.sources(row)] = asked.get(purse.sources(row), 0.0) + float(award[row])
    whole = {source: sum(ask for payers, ask in asked.items() if source in payers) for source in purse.left}
    share = {s: min(1.0, left / whole[s]) if whole[s] else 0.0 for s, left in purse.left.items()}
    found = {}
    for p, row in top.items():
        part = max((share[source] for source in purse.sources(row)), default=1.0)
        found[p] = nearest_level(case, p, row, part * float(award[row]))
    return found


def nearest_level(case: Case, p: int, top: int, amount: float) -> int:
    """The option of the same instrument and start whose award is nearest to an amount."""
    m = case.measures
    rows = np.flatnonzero(case.usable & (m.project == p) & (m.start_year == m.start_year[top]))
    instrument = case.options.table["instrument"].cat.codes.to_numpy()
    rows = rows[instrument[rows] == instrument[top]]
    return int(rows[np.argmin(np.abs(m.amount("award")[rows] - amount))])


def factor_method(case: Case, quota: dict[str, Fraction]) -> RuleOfThumb:
    """Each region its quota of every source, spent within it by leverage; what is left over goes by leverage."""
    method = case.loaded.config.factor_method
    by = "region" if method is None else method.by
    of = np.asarray(case.inputs.projects[by], dtype=object).astype(str)
    whole, worth = Purse(case), leverage(case)
    found: RuleOfThumb = {}
    for value, share in quota.items():
        purse = Purse(case)
        purse.left = {source: left * float(share) for source, left in whole.left.items()}
        found |= ranked(case, worth, np.flatnonzero(of == value).tolist(), purse)
    award = case.measures.amount("award")
    rest = Purse(case)
    for row in found.values():
        rest.pay(row, float(award[row]))
    others = [p for p in range(len(of)) if p not in found]
    return found | ranked(case, worth, others, rest)


def previous(case: Case, quota: dict[str, Fraction]) -> RuleOfThumb:
    """What the plan before gave to those of its projects that can still have something."""
    del quota
    top = fullest(case)
    row_of = {project: p for p, project in enumerate(case.inputs.projects["project_id"].astype(str))}
    found = {}
    for award in approved(case.loaded.config, case.inputs.extra):
        p = row_of.get(award.project, -1)
        if p in top:
            found[p] = nearest_level(case, p, top[p], float(award.award))
    return found


RULES: dict[str, Callable[[Case, dict[str, Fraction]], RuleOfThumb]] = {
    "factor_method": factor_method,
    "leverage_rank": leverage_rank,
    "score_rank": score_rank,
    "pro_rata": pro_rata,
    "previous": previous,
}


ORDERS: dict[str, Callable[[Case], Floats]] = {
    "factor_method": leverage,
    "leverage_rank": leverage,
    "score_rank": structure,
}
"""The order in which a rule goes on to further candidates; the others take them as they fit."""


def priorities(case: Case, name: str) -> Floats:
    """Weight of a yuan to every project: from 1 for the first in the order of a rule down to a half for the last."""
    weights = np.ones(len(case.inputs.projects))
    if name in ORDERS and (top := fullest(case)):
        worth = ORDERS[name](case)
        order = sorted(top.values(), key=lambda row: (-worth[row], row))
        weights[case.measures.project[order]] = np.linspace(1.0, 0.5, len(order))
    return weights


def option_rows(wanted: RuleOfThumb) -> Ints:
    """The option rows, ascending."""
    return np.array(sorted(wanted.values()), dtype=np.int64)
