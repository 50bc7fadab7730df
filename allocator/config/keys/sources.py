"""Config types of the pots of money."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from allocator.config.keys.instruments import BondTerms
from allocator.config.keys.parts import BOUNDS, READ_WHOLE, Amount, Name, Part, Share, Text, Whole, Yearly


class CarryOver(Part):
    """How much of a year's unspent money stays available, and for how long."""

    max_share: Share
    """Largest share of the year's budget plus what was carried in that may be carried out."""
    years: Annotated[int, Field(ge=1, le=50), READ_WHOLE] = 1
    """Money of year t may be paid until year t + years, oldest first."""


class Tail(Part):
    """Payments promised for years after the plan."""

    max_share: Amount
    """Largest share of the last plan year's budget that may fall due in each later year."""


class Source(Part):
    """A pot of money: its yearly budget and the instruments it may pay."""

    name: Text = ""
    """Name shown in reports; the key when left out."""
    budget: Annotated[Yearly, BOUNDS]
    """Money available in each plan year (every year named), or one number for all years; in the config's money unit."""
    carryover: Annotated[CarryOver | None, BOUNDS] = None
    """Whether unspent money may be used later; without it nothing is carried over."""
    opening: Annotated[dict[Whole, Amount], BOUNDS] = {}
    """Unspent money of years before the plan, by the year it belongs to; in the config's money unit. What `carryover.years`
    lets grow too old for the first plan year, all of it without `carryover`, is gone, which is noted."""
    tail: Annotated[Tail, BOUNDS] = Tail(max_share=Decimal(0))
    """Payments allowed after the last plan year; without it options that would pay later are removed. Bonds promised
    for later years, for which nobody has a quota, and more than a fifth of any other budget are told in a notice."""
    pays: list[Name] = []
    """Instruments this source may pay."""
    bond: BondTerms | None = None
    """Terms of the debt where the money is raised by special bonds."""
