"""Every plan of a tiny problem, one by one: what the optimum must be, from the contract and nothing of the package.

A problem is the config's mapping with its project and option rows. Amounts are whole 元 and shares are fractions,
so everything is exact. Only what the generator of `test_brute_force.py` writes is known here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from itertools import product
from typing import Any

Row = dict[str, Any]
Plan = list[Row]


def split(column: str) -> tuple[str, int] | None:
    """Source and year of a payment column."""
    source, at, year = column.partition("@")
    return (source, int(year)) if at else None


def payments(plan: Iterable[Row]) -> Iterator[tuple[str, int, int]]:
    """Source, year and amount of every payment."""
    for row in plan:
        for column, amount in row.items():
            if key := split(column):
                yield *key, amount


def paid(plan: Plan, source: str, year: int) -> int:
    """What a source pays in a year."""
    return sum(amount for s, t, amount in payments(plan) if (s, t) == (source, year))


class Problem:
    """A plan to be made, and the best there is."""

    def __init__(self, config: Row, projects: list[Row], options: list[Row]) -> None:
        self.config = config
        self.years: list[int] = config["years"]
        about = {project["project_id"]: project for project in projects}
        self.projects = list(about)
        self.rows = [
            {**about[row["project_id"]], **row, "award": sum(amount for *_, amount in payments([row]))}
            for row in options
        ]
        self.options = {p: [row for row in self.rows if row["project_id"] == p] for p in self.projects}

    def plans(self) -> Iterator[Plan]:
        """Every plan that keeps every hard rule."""
        for combination in product(*([None, *self.options[p]] for p in self.projects)):
            plan = [row for row in combination if row is not None]
            if self.locked(plan) and self.linked(plan) and self.funded(plan) and self.limited(plan):
                yield plan

    def locked(self, plan: Plan) -> bool:
        """Locks are kept."""
        locks = self.config.get("locks", {})
        option = {row["project_id"]: row["option"] for row in plan}
        return (
            all(p in option for p in locks.get("must_fund", []))
            and not any(p in option for p in locks.get("must_not", []))
            and all(option.get(p) == fixed["option"] for p, fixed in locks.get("fix", {}).items())
        )

    def linked(self, plan: Plan) -> bool:
        """Dependencies are kept."""
        start = {row["project_id"]: row["start_year"] for row in plan}
        instrument = {row["project_id"]: row["instrument"] for row in plan}
        for rule in self.config.get("dependencies", []):
            kind = next(key for key in rule if key != "lag")
            members = rule[kind]
            inside = [p for p in members if p in start]
            lag = rule.get("lag", 0)
            kept = {
                "requires": members[0] not in start
                or all(p in start and (lag == 0 or start[p] + lag <= start[members[0]]) for p in members[1:]),
                "excludes": len(inside) <= 1,
                "one_of": len(inside) == 1,
                "all_or_none": len(inside) in (0, len(members)),
                "same_instrument": len({instrument[p] for p in inside}) <= 1,
            }[kind]
            if not kept:
                return False
        return True

    def funded(self, plan: Plan) -> bool:
        """Every source pays what falls due, carrying over the most it may, oldest money first."""
        for name, source in self.config["sources"].items():
            carry = source.get("carryover", {"max_share": 0, "years": 0})
            opening = {t: a for t, a in source.get("opening", {}).items() if t + carry["years"] >= self.years[0]}
            ages = {**opening, **source["budget"]}
            kept = sum(opening.values())
            for year in self.years:
                money = kept + source["budget"][year]
                left = money - paid(plan, name, year)
                if left < 0:
                    return False
                young = sum(amount for born, amount in ages.items() if year - carry["years"] < born <= year)
                kept = min(left, carry["max_share"] * money, young)
            cap = source.get("tail", {"max_share": 0})["max_share"] * source["budget"][self.years[-1]]
            later = {t for s, t, _ in payments(self.rows) if s == name and t > self.years[-1]}
            if any(paid(plan, name, year) > cap for year in later):
                return False
        return True

    def measure(self, plan: Iterable[Row], rule: Row) -> Fraction:
        """The rule's measure over ``plan``: its source, its year, not its `where`."""
        name, source = rule["measure"], rule.get("source")
        in_year = self.in_year(rule)
        if name == "payment" or (name == "award" and source):
            dated = name == "payment"
            rows = plan if dated else [row for row in plan if in_year(row["start_year"])]
            return Fraction(
                sum(amount for s, t, amount in payments(rows) if source in (None, s) and (not dated or in_year(t)))
            )
        return Fraction(sum(1 if name == "count" else row[name] for row in plan if in_year(row["start_year"])))

    def in_year(self, rule: Row) -> Callable[[int], bool]:
        """Whether a year counts for the rule."""
        year = rule.get("year")
        return lambda t: year is None or t == year or (rule.get("cumulative", False) and t < year)

    def spread(self, rule: Row) -> list[Row]:
        """The rule once for every value of its `each` that some option can have."""
        if "each" not in rule:
            return [rule]
        rest = {key: value for key, value in rule.items() if key != "each"}
        if rule["each"] == "year":
            return [{**rest, "year": year} for year in self.years]
        where = rule.get("where", {})
        values = {row[rule["each"]] for row in self.rows if all(row[key] == value for key, value in where.items())}
        return [{**rest, "where": {**where, rule["each"]: value}} for value in sorted(values)]

    def amiss(self, plan: Plan, rule: Row) -> Fraction:
        """By how much the plan violates a rule without `each`, in units of the measure."""
        where = rule.get("where", {})

        def inside(rows: Iterable[Row]) -> list[Row]:
            return [row for row in rows if all(row[key] == value for key, value in where.items())]

        value = self.measure(inside(plan), rule)
        bounds = []
        if "min" in rule or "min_share" in rule:
            bounds.append((rule["min"] if "min" in rule else rule["min_share"] * self.whole(plan, rule)) - value)
        if "max" in rule or "max_share" in rule:
            bounds.append(value - (rule["max"] if "max" in rule else rule["max_share"] * self.whole(plan, rule)))
        return max(Fraction(0), *bounds)

    def whole(self, plan: Plan, rule: Row) -> Fraction:
        """The denominator of a share."""
        of = rule.get("of")
        if of == "budget":
            in_year = self.in_year(rule)
            budget = self.config["sources"][rule["source"]]["budget"]
            return Fraction(sum(amount for year, amount in budget.items() if in_year(year)))
        rows = [row for row in plan if all(row[key] == value for key, value in of.items())] if of else plan
        return self.measure(rows, rule)

    def limited(self, plan: Plan) -> bool:
        """Hard limits and targets are kept."""
        rules = [rule for limit in self.config.get("limits", []) if "soft" not in limit for rule in self.spread(limit)]
        rules += [target for target in self.config.get("targets", []) if "shortfall_price" not in target]
        return all(self.grows(plan, rule) if "growth" in rule else self.amiss(plan, rule) == 0 for rule in rules)

    def grows(self, plan: Plan, target: Row) -> bool:
        """Each plan year reaches (1 + growth) times the year before."""
        values = [self.measure(plan, {**target, "year": year}) for year in self.years]
        before = [target["base"], *values] if "base" in target else values
        after = values if "base" in target else values[1:]
        return all(b >= (1 + target["growth"]) * a for a, b in zip(before, after, strict=False))

    def penalty(self, plan: Plan) -> Fraction:
        """Price of what soft rules are missed by."""
        soft = [
            (rule, limit["soft"])
            for limit in self.config.get("limits", [])
            if "soft" in limit
            for rule in self.spread(limit)
        ]
        soft += [(t, t["shortfall_price"]) for t in self.config.get("targets", []) if "shortfall_price" in t]
        return sum((price * self.amiss(plan, rule) for rule, price in soft), Fraction(0))

    def value(self, plan: Plan, term: Row) -> Fraction:
        """Weight × measure of one goal term."""
        return term.get("weight", 1) * self.measure(plan, term)

    def best(self) -> Fraction | None:
        """The best objective there is; None where no plan keeps the rules."""
        plans = list(self.plans())
        goals = self.config["goals"]
        if not plans:
            return None
        if goals.get("mode") != "lexicographic":
            return max(sum(self.value(plan, term) for term in goals["terms"]) - self.penalty(plan) for plan in plans)
        for term in goals["terms"]:
            best = max(self.value(plan, term) for plan in plans)
            plans = [plan for plan in plans if self.value(plan, term) >= best - abs(best) * term.get("tolerance", 0)]
        return best
