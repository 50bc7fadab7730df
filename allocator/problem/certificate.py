"""Certificate: prices of money and rules from which anybody can add up a bound that no plan exceeds, without a solver.

At any prices a plan pays for what it uses; so none is worth more than what budgets and rules cost at their prices and what
the best option of every project brings beyond its own use of them. A payment is made by the source that makes it best;
a price with the wrong sign, or above what missing a soft rule costs, counts as far as it may. All numbers are exact.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from math import ceil, lcm
from typing import Final, NamedTuple

import numpy as np
import pandas as pd

from allocator.money.arrays import Flags, Floats, Ints
from allocator.money.rounding import as_written
from allocator.problem.case import Case
from allocator.problem.certificate_links import Link, links
from allocator.problem.groups import Group
from allocator.problem.limits import Bound

TABLE: Final = "certificate"
COLUMNS: Final = ("stage", "leaf", "kind", "rule", "member", "unit", "price")
ROOT, FIRST = "0", "1"
"""The only leaf there is, and the only stage."""
LIMIT, MONEY, CARRY = "limit", "money", "carry"
PLACES = (0, 2, 4, 6, 9)
"""Decimal places of the numbers that tables hold, as a rule."""
DIGITS = 1e15
"""Every decimal of so many digits has a float of its own."""


class Key(NamedTuple):
    """What a price is of, in the planner's words."""

    kind: str
    rule: str
    member: str
    unit: str


Prices = Mapping[Key, Fraction]
"""Fen of goal per fen or plain unit of what a rule or budget counts; above 0 for what is capped, below for floors."""


class Part(NamedTuple):
    """What some options add, each once: ``factor`` fen of goal per unit of their amounts."""

    rows: Ints
    amounts: Floats
    factor: Fraction


def covered(case: Case) -> bool:
    """Whether prices alone can speak of the whole goal: it is one sum of terms, and nothing in it turns out or falls."""
    ordered = case.loaded.config.goals.mode == "lexicographic"
    return not ordered and case.risk is None and case.robust is None


def limit_key(bound: Bound) -> Key:
    """The rule that a bound belongs to, as `limits.csv` names it."""
    return Key(LIMIT, bound.name, bound.label, bound.unit)


def bound_at(case: Case, prices: Prices) -> int:
    """The least whole number of fen of goal that these prices prove no plan to exceed.

    Raises:
        KeyError: a price is of nothing that the plan has.
    """
    found = _Sum(case, prices)
    unknown = prices.keys() - found.known
    if unknown:
        raise KeyError(min(unknown))
    return ceil(found.fixed + found.best())


def capped(bound: Bound, price: Fraction, penalty: Fraction) -> Fraction:
    """The price of a bound as far as its ends, and what missing it costs, allow one."""
    if (bound.upper if price > 0 else bound.lower) is None:
        return Fraction(0)
    return price if bound.price is None else max(-penalty, min(penalty, price))


class _Sum:
    """The terms of the bound: ``fixed`` ones, parts that options add, and what counts of groups and of money."""

    def __init__(self, case: Case, prices: Prices) -> None:
        self.case, self.prices = case, prices
        self.known: set[Key] = set()
        self.fixed = Fraction(0)
        self.weights = {n: Fraction(0) for n in range(len(case.rules.groups))}
        self.closed, self.joined = dict[int, Fraction](), dict[int, Fraction]()
        self._rules()
        weighed = [(case.rules.groups[n], weight) for n, weight in self.weights.items() if weight]
        weighed += [(term.group, Fraction(term.weight)) for term in case.terms if term.aim and term.weight]
        self.parts = [Part(group.rows, group.amounts, weight) for group, weight in weighed]
        for group, weight in weighed:
            self._together(group, weight)
        self.parts += self._paid(weighed, self._money())
        for each in links(case).values():
            for link in each:
                self._linked(link)
        for worth in (*self.closed.values(), *self.joined.values()):
            self.fixed += max(worth, Fraction(0))

    def price(self, key: Key) -> Fraction:
        """The price of something; 0 where there is none."""
        self.known.add(key)
        return self.prices.get(key, Fraction(0))

    def _rules(self) -> None:
        """What the bounds of limits cost, and what their groups use of them."""
        fen = self.case.money.fen_per_unit
        for bound in self.case.rules.bounds:
            money = self.case.rules.groups[bound.group].money
            penalty = Fraction(bound.price or 0) * (1 if money else fen)
            price = capped(bound, self.price(limit_key(bound)), penalty)
            if not price:
                continue
            end = Fraction((bound.upper if price > 0 else bound.lower) or 0)
            self.weights[bound.group] -= price
            if bound.of is not None:
                self.weights[bound.of] += price * end
            else:
                self.fixed += price * end * Fraction(1 if bound.of_amount is None else bound.of_amount)

    def _together(self, group: Group, weight: Fraction) -> None:
        """What chain nodes and bundles of a group add."""
        for node in group.nodes.tolist():
            self.closed[node] = self.closed.get(node, Fraction(0)) + weight
        for bundle, bonus in enumerate(group.bundles.tolist()):
            self.joined[bundle] = self.joined.get(bundle, Fraction(0)) + weight * as_written(bonus)

    def _money(self) -> dict[tuple[str, int], Fraction]:
        """The price of every source's money in every year, once all of it has been paid for."""
        config = self.case.loaded.config
        found = {}
        for source in config.sources:
            for year in self.case.years:
                key = Key(MONEY, source, str(year), "")
                found[source, year] = max(self.price(key), Fraction(0))
            self.fixed += self._budgets(source, [found[source, year] for year in self.case.years])
        return found

    def _budgets(self, source: str, price: Sequence[Fraction]) -> Fraction:
        """What the money of one source is worth at the most, however it is carried on."""
        config, fen = self.case.loaded.config, self.case.money.fen_per_unit
        plan, rule, opening = config.years, config.sources[source].carryover, config.sources[source].opening
        keep, share = (rule.years, Fraction(rule.max_share)) if rule else (0, Fraction(0))
        budgets = {year: Fraction(config.budget(source, year)) * fen for year in plan}
        pots = {year: Fraction(amount) * fen for year, amount in opening.items()}
        have = [budgets[year] for year in plan]
        have[0] += sum((amount for year, amount in pots.items() if year + keep >= plan[0]), Fraction(0))
        limit = [max(self.price(Key(CARRY, source, str(year), "")), Fraction(0)) for year in plan]
        tail = Fraction(config.sources[source].tail.max_share) * budgets[plan[-1]]
        total = sum((p * amount for p, amount in zip(price, have, strict=False)), Fraction(0))
        total += sum((p * tail for p in price[len(plan) :]), Fraction(0))
        total += sum((q * share * amount for q, amount in zip(limit, have, strict=True)), Fraction(0))
        for t, year in enumerate(plan[:-1]):
            gains = price[t + 1] - price[t] - limit[t] + share * limit[t + 1]
            young = sum((a for y, a in (pots | budgets).items() if year + 1 - keep <= y <= year), Fraction(0))
            total += max(gains, Fraction(0)) * young
        return total

    def _paid(
        self, weighed: Sequence[tuple[Group, Fraction]], price: Mapping[tuple[str, int], Fraction]
    ) -> Iterator[Part]:
        """What payments cost, each made by the source at which that costs least, and counts most in what asks who pays."""
        options = self.case.options
        table = options.payments
        of, code, year = (table[name].to_numpy(np.int64) for name in ("option", "payers", "year"))
        amount = table["amount"].to_numpy(float)
        kind = np.unique(np.stack([code, year]), axis=1, return_inverse=True)[1].ravel()
        asked = [(group, weight) for group, weight in weighed if len(group.lines)]
        for group, _ in asked:
            touched = np.zeros(len(table), np.int64)
            touched[group.lines] = 1
            kind = np.unique(2 * kind + touched, return_inverse=True)[1]
        order = np.argsort(kind, kind="stable")
        inside = [(frozenset(group.lines.tolist()), frozenset(group.sources), weight) for group, weight in asked]
        for lines in np.split(order, np.flatnonzero(np.diff(kind[order])) + 1) if len(order) else ():
            one = int(lines[0])
            worth = {s: -price.get((s, int(year[one])), Fraction(0)) for s in options.payers[code[one]]}
            for of_group, sources, weight in inside:
                if one in of_group:
                    worth = {s: w + weight if s in sources else w for s, w in worth.items()}
            rows, at = np.unique(of[lines], return_inverse=True)
            yield Part(rows, np.bincount(at, amount[lines]).astype(float), max(worth.values(), default=Fraction(0)))

    def _linked(self, link: Link) -> None:
        """What a rule between projects costs, and gives to some of them; one that is written twice counts once."""
        if link.key in self.known:
            return
        price = self.price(Key(*link.key))
        if not link.equal:
            price = max(price, Fraction(0))
        if price:
            self.fixed += price * link.end
            self.parts += [Part(rows, np.ones(len(rows)), -price * times) for rows, times in link.options]
            for into, times_of in ((self.closed, link.closed), (self.joined, link.joined)):
                for n, times in times_of.items():
                    into[n] = into.get(n, Fraction(0)) - price * times

    def best(self) -> Fraction:
        """What the best options of all projects add: all that were promised, else one, or none where that may be."""
        worth, unit = _added(self.parts, len(self.case.usable))
        m, count = self.case.measures, len(self.case.inputs.projects)
        open_ = self.case.usable
        promised, must = np.zeros((2, count), bool)
        promised[m.project[m.committed & open_]] = True
        must[list(self.case.links.must_fund)] = True
        fixed = sum(worth[m.committed & open_].tolist())
        return Fraction(fixed + _best(worth, m.project, open_ & ~promised[m.project], must), unit)


def _best(worth: np.ndarray, project: Ints, open_: Flags, must: Flags) -> int:
    """Sum over projects of the best open option, at least nothing where a project may go without."""
    rows = np.flatnonzero(open_)
    if not len(rows):
        return 0
    first = np.flatnonzero(np.append(True, np.diff(project[rows])))
    best = np.maximum.reduceat(worth[rows], first).tolist()
    forced = must[project[rows][first]].tolist()
    return sum(value if value > 0 or needed else 0 for value, needed in zip(best, forced, strict=True))


def _added(parts: Sequence[Part], size: int) -> tuple[np.ndarray, int]:
    """What every option is worth in whole numbers of any size, and of how many of them a fen is made."""
    wholes = [(part.rows, *_whole(part.amounts), part.factor) for part in parts if part.factor]
    unit = lcm(1, *(factor.denominator * places for _, _, places, factor in wholes))
    worth = np.zeros(size, object)
    for rows, amounts, places, factor in wholes:
        worth[rows] += amounts * int(factor * unit / places)
    return worth, unit


def _whole(amounts: Floats) -> tuple[np.ndarray, int]:
    """The decimals that were written for these floats as whole numbers, and how many of their unit make one."""
    for places in PLACES:
        scaled = np.rint(amounts * 10.0**places)
        if np.abs(scaled).max(initial=0) < DIGITS and (scaled / 10.0**places == amounts).all():
            return scaled.astype(np.int64).astype(object), 10**places
    exact = [as_written(amount) for amount in amounts.tolist()]
    unit = lcm(1, *(amount.denominator for amount in exact))
    return np.array([int(amount * unit) for amount in exact], object), unit


def table(case: Case, prices: Prices) -> pd.DataFrame:
    """Prices as `certificate.csv` holds them: in the config's unit, every one a plain decimal."""
    per = in_fen(case, dict.fromkeys(prices, Fraction(1)))
    lines = [(FIRST, ROOT, *key, _plain(price / per[key])) for key, price in prices.items() if price]
    return pd.DataFrame(lines, columns=list(COLUMNS), dtype=object)


def in_fen(case: Case, prices: Prices) -> dict[Key, Fraction]:
    """Prices in the config's unit, as a table holds them, in fen of goal."""
    money = {limit_key(bound) for bound in case.rules.bounds if case.rules.groups[bound.group].money}
    whole = case.money.fen_per_unit
    return {
        key: price if key.kind in (MONEY, CARRY) or key in money else price * whole for key, price in prices.items()
    }


def _plain(price: Fraction) -> Decimal:
    return Decimal(price.numerator) / Decimal(price.denominator)
