"""Packages worked out again: which options may be joined, and what they bring together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product

from allocator.config.keys.plan import Config
from allocator.tables.measures import MEASURES
from allocator.verify.awards import Offer
from allocator.verify.gates import may_join, together_within
from allocator.verify.offers import Offers

JOINT = "+"
Named = tuple[str, "Offer"]
"""Name of an option, and what it offers."""


def in_order(config: Config, instruments: Sequence[str]) -> list[int] | None:
    """The order in which a package names these instruments, as positions; None when no package joins them."""
    for package in config.packages:
        if sorted(package) == sorted(instruments):
            return [list(instruments).index(key) for key in package]
    return None


def joined(offers: Offers, project: str, names: Sequence[str]) -> list[Named] | None:
    """Options joined to a package, in its order; None when they cannot be.

    Raises:
        NotOffered: one of them cannot be had.
    """
    singles = [(name, offers.offer(project, name, committed=False)) for name in names]
    if any((project, name) in offers.options.row_of for name in names):
        return None
    order = in_order(offers.config, [offer.instrument for _, offer in singles])
    if not allowed(offers, project, singles) or order is None or len({offer.start for _, offer in singles}) > 1:
        return None
    return together(offers, project, [singles[at] for at in order])


def allowed(offers: Offers, project: str, singles: Sequence[Named]) -> bool:
    """Whether the rules against stacking, and what it asked for, let a project have these options together."""
    awards, at = [(offer.instrument, offer.award) for _, offer in singles], offers.facts.row_of[project]
    within = together_within(offers.config, offers.facts, at, awards)
    asked = offers.facts.fen(at, "requested_amount")
    within = within and (asked is None or sum(award for _, award in awards) <= asked)
    return within and may_join(offers.config, [key for key, _ in awards])


def together(offers: Offers, project: str, singles: Sequence[Named]) -> list[Named]:
    """Options of one start year in the order of their package, with what they bring: all of it at the first."""
    at = offers.facts.row_of[project]
    entitled = [int(offers.claimed(at, offer.instrument)) for _, offer in singles]
    brings = [
        offers.brings(at, offer.instrument, offer.award, sum(entitled) - own)
        for own, (_, offer) in zip(entitled, singles, strict=True)
    ]
    best, nothing = {name: max(one[name] for one in brings) for name in MEASURES}, dict.fromkeys(MEASURES, 0)
    if offers.leveraging.by_elasticity(at):
        most = max(
            offers.leveraging.all_caused(at, offer.instrument, one["certified_investment"])
            for one, (_, offer) in zip(brings, singles, strict=True)
        )
        best["additional_investment"] = min(most, sum(one["additional_investment"] for one in brings))
        best = offers.leveraging.with_goal(at, best)
    return [(name, replace(offer, measures=nothing if n else best)) for n, (name, offer) in enumerate(singles)]


def every(offers: Offers, project: str, singles: Sequence[Named]) -> Iterator[list[Named]]:
    """Every package that the options of a project can be joined to."""
    own = [named for named in singles if (project, named[0]) not in offers.options.row_of]
    for package in offers.config.packages:
        for year in sorted({offer.start for _, offer in own if offer.instrument in package}):
            of_year = [named for named in own if named[1].start == year]
            members = ([named for named in of_year if named[1].instrument == key] for key in package)
            joint = (parts for parts in product(*members) if allowed(offers, project, parts))
            yield from (together(offers, project, parts) for parts in joint)
