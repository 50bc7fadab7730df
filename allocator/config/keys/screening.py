"""Gates that a project passes before any instrument is open to it, as config types."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from allocator.config.keys.capital import IndustryRatio
from allocator.config.keys.parts import Name, Part, Share, Where
from allocator.config.keys.stacking import OfInstruments


class Gate(OfInstruments):
    """A condition that a project must meet before instruments are open to it."""

    name: Name
    """Name of the gate; the rule is written `gate.<name>.<column>` in `screening.csv`."""
    where: Where = {}
    """Projects the gate is for; all when left out."""
    require: Where = {}
    """What must hold, such as {catalog_class: {not: [限制, 淘汰]}, clean_record: true}; every condition. A list of
    industry codes may name some that no project has, and `begins` names classes of them."""
    filled: list[Name] = []
    """Columns that must not be blank, such as `filing_no`."""


class CapitalRatio(Part):
    """The least share of own capital of some projects."""

    where: Where
    """Projects it is for, such as {gb4754_code: [C3110, C3120]}."""
    min: Share
    """Least share of the investment."""


class Capital(OfInstruments):
    """Own capital as a share of the investment, by the national minimum for projects' own capital."""

    where: Where = {}
    """Projects that are asked for it; all when left out."""
    min: IndustryRatio = Decimal("0.2")
    """Least share of the investment where none of `ratios` says otherwise; `by_industry`: see `capital_ratios`."""
    ratios: list[CapitalRatio] = []
    """Other shares, such as 0.40 for steel and aluminium, 0.35 for cement, 0.30 for coke; the first that is for a project holds."""
    funds: Annotated[list[Name], Field(min_length=1)] = ["own_funds"]
    """Columns of money that are the project's own capital; a blank counts 0."""
    of: Name = "total_investment"
    """Column of the investment; where it is blank, the gate is not passed."""


class Screening(Part):
    """Gates before the choice. They do not touch commitments and ready-made options."""

    gates: list[Gate] = []
    """The gates; named, each name once."""
    capital: Capital | None = None
    """Own capital in place."""
