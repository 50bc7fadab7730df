"""Limits and goal terms that follow from other keys, written out so that everything later sees ordinary rules."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from allocator.config.keys.instruments import Bond
from allocator.config.keys.plan import Config, GoalTerm, Limit
from allocator.config.keys.scalars import plain_number
from allocator.config.rules.debt_rules import DEBT, debt_limits
from allocator.config.rules.instrument_rules import Fault

CAPITAL = ": max_capital_share"


def with_implied(config: Config) -> Config:
    """The config with the rules that its bonds imply; a resolved config, which has them already, stays as it is."""
    limits = [limit for limit in implied_limits(config) if limit.name not in {other.name for other in config.limits}]
    terms = [] if any(term.measure == "bond_shortfall" for term in config.goals.terms) else priced_shortfall(config)
    if not limits and not terms:
        return config
    goals = config.goals.model_copy(update={"terms": [*config.goals.terms, *terms]})
    return config.model_copy(update={"limits": [*config.limits, *limits], "goals": goals})


def implied_limits(config: Config) -> list[Limit]:
    """What `debt` asks for; and of each source of bonds at most a share is used as project capital.

    State Council Document 52 of 2024: at most 30 % of a province's project bonds.
    """
    capital = [key for key, rule in config.instruments.items() if isinstance(rule, Bond) and rule.use == "capital"]
    shares = [
        Limit(
            name=f"{name}{CAPITAL}",
            measure="award",
            source=name,
            where={"instrument": [key for key in source.pays if key in capital]},
            max_share=source.bond.max_capital_share,
        )
        for name, source in config.sources.items()
        if source.bond is not None and source.bond.max_capital_share is not None and {*source.pays} & {*capital}
    ]
    return [*shares, *debt_limits(config)]


def check_shortfall(config: Config) -> Iterator[Fault]:
    """A yearly shortfall has a share of the revenue that is counted on; all bonds count theirs alike."""
    with_bonds = [(name, source.bond) for name, source in config.sources.items() if source.bond is not None]
    for name, bond in with_bonds:
        path = ("sources", name, "bond", "shortfall")
        if bond.shortfall == "yearly" and bond.revenue_haircut is None:
            yield Fault(path, "goes_with", {"other": "revenue_haircut"}, key=True)
        other, known = with_bonds[0]
        if known.shortfall != bond.shortfall:
            yield Fault(path, "shortfalls_differ", {"got": bond.shortfall, "other": other})


def strange_bonds(config: Config) -> Iterator[Fault]:
    """A least cover that no repayment needs, and a shortfall that no goal counts."""
    ordered = config.goals.mode == "lexicographic"
    counted = any(term.measure == "bond_shortfall" for term in config.goals.terms)
    for name, source in config.sources.items():
        if source.bond is not None and source.bond.min_cover < 1:
            values = {"got": plain_number(source.bond.min_cover)}
            yield Fault(("sources", name, "bond", "min_cover"), "cover_below_one", values)
        if source.bond is not None and source.bond.revenue_haircut is not None and ordered and not counted:
            yield Fault(("sources", name, "bond", "revenue_haircut"), "shortfall_unpriced", key=True)
    implied = priced_shortfall(config)
    for number, term in enumerate(config.goals.terms):
        if term.measure == "bond_shortfall" and implied and (term.weight != implied[0].weight or term.where):
            told = {"got": plain_number(term.weight), "price": plain_number(-implied[0].weight)}
            yield Fault(("goals", "terms", number), "shortfall_priced_here", told)


def check_implied(config: Config) -> Iterator[Fault]:
    """A limit of the planner's own named like one that follows from a key would take its place without a word.

    The resolved config of a run has those that follow, word for word.
    """
    known = {limit.name: limit for limit in implied_limits(config)}
    for index, limit in enumerate(config.limits):
        implied = known.get(limit.name)
        if implied is not None and limit.model_dump(mode="json") != implied.model_dump(mode="json"):
            yield Fault(("limits", index, "name"), "named_like_implied", {"got": limit.name, "key": origin(limit.name)})


def origin(name: str) -> str:
    """The key that a limit follows from."""
    if name.startswith(DEBT):
        kind, _, which = name.removeprefix(DEBT).partition(" ")
        return f"debt.tiers.{which}" if kind == "tier" else f"debt.{kind}"
    return f"sources.{name.removesuffix(CAPITAL)}.bond.max_capital_share"


def in_present_value(config: Config, measure: str) -> bool:
    """Whether a measure is a present value already and is not discounted once more."""
    terms = [source.bond for source in config.sources.values() if source.bond is not None]
    return measure == "bond_shortfall" and any(bond.shortfall == "yearly" for bond in terms)


def priced_shortfall(config: Config) -> list[GoalTerm]:
    """What stressed revenue leaves unpaid is a cost to the budget; one price for all bonds, the highest given."""
    if config.goals.mode == "lexicographic":
        return []
    prices = [
        source.bond.shortfall_price
        for source in config.sources.values()
        if source.bond is not None and source.bond.revenue_haircut is not None
        if any(isinstance(config.instruments.get(key), Bond) for key in source.pays)
    ]
    price = max(prices, default=Decimal(0))
    return [GoalTerm(measure="bond_shortfall", weight=-price)] if price else []
