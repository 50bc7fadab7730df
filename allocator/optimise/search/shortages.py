"""Money missing in outcomes, for many outcomes at once, and by how much more each payment would make it.

A source pays from its money of the year and what it carried on, and carries on as much as its rules allow. What is
missing over the years is a convex function of what is drawn, so a plane that touches it at one plan is below it at
every other one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from allocator.money.arrays import Floats
from models.compiler import Compiled
from models.values import Values


@dataclass(frozen=True, eq=False)
class Plane:
    """What every replay lacks, at least: ``short + slope · (due - due at the plan it was made for)``."""

    short: Floats
    slope: Floats
    """By replay and plan year: money missing per unit more that falls due."""
    rest: Floats
    """What is left of every replay's plane where nothing falls due."""


class Replays:
    """Sources whose money or costs differ in an outcome."""

    def __init__(self, compiled: Compiled, values: Values) -> None:
        p, family = values.parameters, values.families["DRAWS_IN_REPLAY"]
        self.cost, self.money = np.asarray(p["replay_cost"]), np.asarray(p["replay_money"])
        self.age, self.share = np.asarray(p["replay_age"]), np.asarray(p["replay_share"])
        self.loss, self.priced = np.asarray(p["shortage_loss"]), np.asarray(p["may_be_short"]) > 0
        self.start, self.shape = compiled.columns.start["draw"], compiled.columns.shape["draw"]
        self.years = len(values.of("PLAN_YEARS")[0])
        count = len(self.money)
        owner = np.repeat(np.arange(count), np.diff(family.start))
        self.pays = np.zeros((self.shape[0], self.shape[1]), bool)
        """Which classes a source may pay."""
        self.pays[family.items[0], family.items[1]] = True
        self.source = np.full(count, -1)
        self.source[owner] = family.items[0]
        of = values.families["REPLAYS_OF"]
        self.outcome = np.zeros(count, np.int64)
        self.outcome[of.items[0]] = np.repeat(np.arange(len(of.start) - 1), np.diff(of.start))

    def due(self, x: Floats) -> Floats:
        """What falls due in every replay and plan year."""
        draw = x[self.start : self.start + int(np.prod(self.shape))].reshape(self.shape)[:, :, : self.years]
        found = np.zeros((len(self.money), self.years))
        for s in np.unique(self.source[self.source >= 0]).tolist():
            at = self.source == s
            k = self.pays[s]
            found[at] = np.einsum("dkt,kt->dt", self.cost[at][:, k, : self.years], draw[s][k])
        return found

    def plane(self, x: Floats) -> Plane:
        """The plane that touches what is missing at a plan."""
        due, size = self.due(x), len(self.money)
        carried = np.zeros(size)
        short, kept, bound = np.zeros((self.years, size)), [], []
        for t in range(self.years):
            have = self.money[:, t] + carried
            left = have - due[:, t]
            short[t] = np.maximum(0.0, -left)
            ends = np.stack([np.maximum(left, 0.0), self.share * have, self.age[:, t]])
            kept.append(left < 0)
            bound.append(np.argmin(ends, axis=0))
            carried = ends.min(axis=0)
        slope, worth = np.zeros((size, self.years)), np.zeros(size)
        """``worth``: what one unit more carried into the next year would save."""
        for t in reversed(range(self.years)):
            slope[:, t] = np.where(kept[t], 1.0, np.where(bound[t] == 0, worth, 0.0))
            by_share = ~kept[t] & (bound[t] == 1)
            worth = slope[:, t] + np.where(by_share, self.share * worth, 0.0)
        missing = short.sum(axis=0)
        return Plane(missing, slope, missing - (slope * due).sum(axis=1))

    def row(self, weight: Floats, plane: Plane, width: int) -> Floats:
        """The planes of all replays, each times its ``weight``, as coefficients of the columns."""
        draws = np.zeros(self.shape)
        part = weight[:, None] * plane.slope
        for s in np.unique(self.source[self.source >= 0]).tolist():
            at, k = self.source == s, self.pays[s]
            draws[s][np.ix_(k, np.arange(self.years))] = np.einsum(
                "dt,dkt->kt", part[at], self.cost[at][:, k, : self.years]
            )
        found = np.zeros(width)
        found[self.start : self.start + draws.size] = draws.ravel()
        return found
