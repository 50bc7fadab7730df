"""Options exchanged in pairs, so that they fill what a plan leaves unused of the rows that have a price.

What parts a good plan from the bound is seldom what its choices cost at the prices: hundreds of options cost next to
nothing. It is what is left of caps, floors and budgets, which single options are too coarse to use up, while two that
are exchanged together often fit to the cent. All pairs of the options that cost least to change to are rated at once,
by what they use and free of every priced row; the best pair is made, then the next one, until what is left is small.
All this is arithmetic on the prices; whether the plan so found holds, and which of the pairs seen fit even better
together, an integer program over the projects touched decides: it holds a few hundred options.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from allocator.money.arrays import Flags, Floats, Ints
from allocator.optimise.search.engine import Engine
from allocator.optimise.search.neighbourhoods import Calls
from allocator.optimise.search.program import ZERO, Search
from allocator.optimise.search.sifting import Relaxation

TRIED = 1_000
"""Options of which all pairs are rated."""
LOOKED_AT = 20_000
"""Options, those that cost least, among which these are found."""
COSTS = 0.4
"""Share of the distance to the bound that the change to one option may cost."""
COARSE = 2.0
"""Times of what is left of a row, or of the distance, by which one option may move it."""
STEPS = 20
PAYS = 0.01
"""Share of the distance that a pair must close to be followed by another one."""
ENOUGH = 0.5
"""Share of the distance allowed that may be left."""
SEEN = 40
"""Pairs of every step whose options the integer program may choose."""
BY_LOT = 0.5
"""Share of the options looked at, drawn anew, once an exchange around the same plan did not pay."""
HAIR = 1e-9


@dataclass(eq=False)
class Choice:
    """The option of every project that is exchanged, what that is worth at the prices, and what is left of the rows."""

    option: Ints
    worth: Floats
    left: Floats
    touched: set[int]
    """Projects."""


class Exchanges:
    """What options use of the priced rows of many projects, at their prices."""

    def __init__(self, s: Search, engine: Engine, calls: Calls, relaxed: Relaxation) -> None:
        p, self.s, self.calls, self.size = s.program, s, calls, len(calls.x)
        self.luck = np.random.default_rng(s.case.loaded.config.solver.seed)
        sifted = engine.sifted(p, s.case, s.instance)
        prices = np.append(relaxed.prices, np.zeros(len(p.row_lower) - len(relaxed.prices)))
        self.profit = sifted.profit(prices)
        self.most = sifted.best(self.profit)
        same = (p.row_lower == p.row_upper) & ~sifted.local
        priced = np.abs(prices) > HAIR
        self.rows = np.flatnonzero(priced & ~same & ~sifted.local)
        self.price = prices[self.rows]
        matrix = sp.csr_array(p.matrix)
        options, others = sp.csr_array(matrix[:, : self.size]), sp.csc_array(matrix[:, self.size :])
        told = _defined_by(others, same & (np.diff(options.indptr) > 0), same)
        asked = sp.csr_array(sp.diags_array(self.price) @ (options[self.rows] - others[self.rows] @ (told @ options)))
        paid = np.where(same & ~(np.abs(told).sum(axis=0) > 0), prices, 0.0) @ options
        self.use = sp.csc_array(sp.vstack([asked, sp.csr_array(paid[None, :])]))
        """By row, and last of money: what an option uses, in what the goal is worth."""
        whole = p.integer[: self.size] & (p.column_lower[: self.size] == 0)
        self.exchanged = np.ones(calls.projects, bool)
        self.exchanged[calls.project[~whole]] = False
        self.open_ = (p.column_upper[: self.size] > 0) & self.exchanged[calls.project]

    def around_best(self, *, by_lot: bool = False) -> Flags | None:
        """Options to free around the best plan; None where no exchange, or none of those drawn ``by_lot``, is seen to pay."""
        s, calls = self.s, self.calls
        assert s.best is not None
        distance = s.bound - s.best.value
        allowed = ENOUGH * s.gap * abs(s.best.value)
        chosen = s.options(s.best.x) > 0.5
        choice, seen = self._choice(chosen, distance), np.zeros(self.size, bool)
        drawn = self.open_ & (self.luck.random(self.size) < BY_LOT) if by_lot else self.open_
        gained = 0.0
        for _ in range(STEPS):
            gain = self._step(choice, distance, drawn, seen)
            gained += gain
            if gain < PAYS * distance or distance - gained <= allowed:
                break
        if not seen.any():
            return None
        mine = calls.of_projects(seen)
        mine[choice.option[sorted(choice.touched)]] = True
        near = calls.of_projects(mine) & (chosen | calls.decided | calls.undecided)
        new = np.zeros(self.size, bool)
        new[choice.option[sorted(choice.touched)]] = True
        return np.asarray(seen | new | near)

    def _choice(self, chosen: Flags, distance: float) -> Choice:
        """The plan; −1 is no option. What parts it from the bound and is neither cost nor left of a row, is money."""
        option = np.full(self.calls.projects, -1)
        option[self.calls.project[chosen]] = np.flatnonzero(chosen)
        p, x = self.s.program, self.s.best.x if self.s.best is not None else np.zeros(0)
        used = (p.matrix @ x)[self.rows]
        end = np.where(self.price > 0, p.row_upper[self.rows], p.row_lower[self.rows])
        left = np.where(np.isfinite(end), end - used, np.inf) * np.abs(self.price) * np.sign(self.price)
        left = np.where(np.isfinite(left), np.maximum(left, 0.0), np.inf)
        worth = np.where(option >= 0, self.profit[option], 0.0)
        money = distance - left.sum(where=np.isfinite(left)) - (self.most - worth[: len(self.most)]).sum()
        return Choice(option, worth, np.append(left, max(money, 0.0)), set())

    def _step(self, choice: Choice, distance: float, drawn: Flags, seen: Flags) -> float:
        """Make the best exchange of two options, or of one, and mark the best ones as seen; what it gains."""
        project = self.calls.project
        tried, use, cost = self._tried(choice, distance, drawn)
        gain = use.sum(axis=0) - cost
        fits = np.ones((len(tried), len(tried)), bool)
        for row in np.flatnonzero(np.isfinite(choice.left)).tolist():
            fits &= use[row][:, None] + use[row][None, :] <= choice.left[row] + HAIR
        own = np.where(tried >= 0, project[tried], -1)
        fits &= own[:, None] != own[None, :]
        both = np.triu(np.where(fits, gain[:, None] + gain[None, :], 0.0)).ravel()
        best = np.argpartition(-both, min(SEEN, len(both) - 1))[:SEEN]
        best = best[np.argsort(-both[best], kind="stable")]
        if both[best[0]] <= PAYS * PAYS * distance:
            return 0.0
        pairs = np.stack(np.divmod(best[both[best] > 0], len(tried)))
        some = tried[pairs.ravel()]
        seen[some[some >= 0]] = True
        for at in pairs[:, 0].tolist():
            if tried[at] >= 0:
                choice.option[own[at]], choice.worth[own[at]] = tried[at], self.profit[tried[at]]
                choice.touched.add(int(own[at]))
        choice.left -= use[:, pairs[0, 0]] + use[:, pairs[1, 0]]
        return float(both[best[0]])

    def _tried(self, choice: Choice, distance: float, drawn: Flags) -> tuple[Ints, Floats, Floats]:
        """Options, the first of them none, with what the change to each uses more, and costs at the prices."""
        project = self.calls.project
        now = choice.option[project]
        cost = choice.worth[project] - self.profit
        some = np.flatnonzero(drawn & (cost <= COSTS * distance) & (np.arange(self.size) != now))
        some = some[np.argsort(cost[some], kind="stable")[:LOOKED_AT]]
        before, has = now[some], now[some] >= 0
        use = self.use[:, some].toarray() - np.where(has, self.use[:, np.maximum(before, 0)].toarray(), 0.0)
        most = COARSE * max(distance, float(np.max(choice.left, where=np.isfinite(choice.left), initial=0.0)))
        kept = np.flatnonzero(np.abs(use).max(axis=0) <= most)[:TRIED]
        none = np.zeros((len(use), 1))
        return np.append(-1, some[kept]), np.hstack([none, use[:, kept]]), np.append(0.0, cost[some[kept]])


def _defined_by(others: sp.csc_array, by: Flags, same: Flags) -> sp.csr_array:
    """Columns that are no options, told by the one equation that each is in, if options are in it as well."""
    rows, columns = np.flatnonzero(same), others.shape[1]
    inside = sp.csc_array(others[rows])
    alone = np.flatnonzero(np.diff(inside.indptr) == 1)
    row, amount = rows[inside.indices[inside.indptr[alone]]], inside.data[inside.indptr[alone]]
    kept = by[row] & (np.abs(amount) > ZERO)
    return sp.csr_array((1.0 / amount[kept], (alone[kept], row[kept])), shape=(columns, others.shape[0]))
