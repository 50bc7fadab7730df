"""Keys for what is not sure: outcomes with probabilities, how much a bad one counts, and a budget of uncertainty."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from allocator.config.keys.parts import (
    READ_NUMBER,
    READ_TEXT,
    READ_WHOLE,
    Amount,
    Name,
    Nested,
    Number,
    OneOrMore,
    Part,
    Share,
    Where,
    Whole,
)

Affected = Annotated[Literal["leverage", "realisation", "revenue", "cost", "budget"], READ_TEXT]


class Effect(Part):
    """What an outcome changes, for whom, and by how much."""

    on: Affected
    """`leverage`: every investment measure and upgrading in the goal; `realisation`: the expected additional investment,
    and what is made of it; `revenue`: new_output, new_va, new_tax and revenue_total in the goal; `cost`: what
    payments of the plan years take from the budgets (a goal on `payment` or `award` counts them as promised);
    `budget`: budgets of the plan years."""
    where: Where = {}
    """Only options for which this holds (not for `budget`)."""
    source: Name | None = None
    """For `budget`: only this source."""
    year: Whole | None = None
    """For `budget` and `cost`: only this plan year."""
    factor: Amount
    """What the plan's figure is multiplied by; for `realisation` at most 1."""


class Outcome(Part):
    """One way things may turn out."""

    probability: Share
    """Its probability; all sum to 1, or the rest is an outcome `base` in which all goes as planned."""
    effects: list[Effect] = []
    """What it changes; factors that meet multiply."""
    floor: Number | None = None
    """Value of the goal that must be reached in this outcome; in the config's money unit."""


class Draw(Part):
    """A factor that is drawn for every sampled outcome."""

    on: Affected
    """What the factor is on; see uncertainty.outcomes.*.effects.on."""
    where: Where = {}
    """Only options for which this holds."""
    each: Name | None = None
    """One factor for every value of this column of the project table."""
    source: Name | None = None
    """For `budget`: only this source."""
    year: Whole | None = None
    """For `budget` and `cost`: only this plan year."""
    low: Amount
    """Least factor."""
    high: Amount
    """Greatest factor; for `realisation` at most 1."""


class Sample(Part):
    """Outcomes drawn at random, all of equal probability; the same for the same seed."""

    count: Annotated[int, Field(ge=2, le=100_000), READ_WHOLE] = 1000
    """Number of outcomes."""
    seed: Annotated[int, Field(ge=0), READ_WHOLE] = 0
    """Random seed."""
    common: Share = Decimal("0.5")
    """Share of every draw that all factors of an outcome have in common: 0 independent, 1 all together (assumption)."""
    draw: Annotated[list[Draw], Field(min_length=1)]
    """The factors: each is drawn evenly between low and high and rounded to 0.001."""


class Uncertainty(Part):
    """What may turn out otherwise: named outcomes, a table of them, or a sample."""

    outcomes: dict[Name, Outcome] = {}
    """The outcomes by name."""
    file: Name | None = None
    """Table of outcomes: outcome, probability, on, factor, source, year, and columns of attributes (blank: all); one row
    per effect; instead of `outcomes`."""
    sample: Sample | None = None
    """Outcomes drawn at random; instead of `outcomes`."""
    shortage_price: Amount | None = None
    """Loss of goal per unit of money that is missing in an outcome, when payments there exceed what its budgets carry;
    when left out, every outcome must be payable."""


class Risk(Part):
    """How much bad outcomes count. The goal is (1 − weight) × expected value + weight × mean of the worst 1 − alpha."""

    alpha: Annotated[Decimal, Field(ge=0, lt=1), READ_NUMBER] = Decimal("0.95")
    """The worst outcomes are those of the last 1 − alpha of probability (assumption)."""
    weight: Share = Decimal(0)
    """Weight of the mean of the worst outcomes; 0: only the expected value counts."""
    floor: Number | None = None
    """Value of the goal that must be reached even if things go badly; in the config's money unit."""
    floor_on: Annotated[Literal["every", "worst_mean"], READ_TEXT] = "every"
    """What the floor is on: `every` outcome, or the mean of the worst 1 − alpha (`worst_mean`)."""
    report: list[Annotated[Literal["evpi", "vss"], READ_TEXT]] = []
    """Worked out besides, by solving again: `evpi`, the value of perfect information, and `vss`, what the plan gains over
    one made for the mean of the outcomes."""
    report_outcomes: Annotated[int, Field(ge=1, le=100_000), READ_WHOLE] = 20
    """Most outcomes for which `evpi` solves each one by itself; beyond, it is estimated from so many of them."""


class Deviation(Part):
    """By how much a value may fall."""

    by: OneOrMore
    """Attribute, or list of attributes, of the project or option that the deviation depends on."""
    values: Nested
    """Share of the value that may be lost, per value of the attribute, nested in the order of `by`."""
    default: Share | None = None
    """Share where no value is listed; without it an unlisted value is an error."""


class Robust(Part):
    """The plan is held against the worst case in which a few values fall at the same time (Bertsimas and Sim)."""

    gamma: Annotated[int, Field(ge=0), READ_WHOLE]
    """Most projects (or groups) whose leverage falls at the same time; 0: none."""
    each: Name | None = None
    """Whole groups fall together: one for every value of this attribute; projects when left out."""
    deviation: Deviation
    """Share of an option's leverage measures in the goal that is lost when it falls."""
