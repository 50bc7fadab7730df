"""Keys about what is made of a plan: reports, benchmarks, closing sheets and sensitivity. They change no plan."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Final, Literal

from pydantic import Field

from allocator.config.keys.parts import READ_NUMBER, READ_TEXT, Amount, Flag, Name, Number, Part, Positive, Share, Text
from allocator.config.keys.stacking import OfInstruments

RATIOS: Final = ("energy_per_va", "energy_per_output", "rd_intensity", "va_rate", "tax_per_mu", "hhi")
"""Indicators that reports show as ratios, and that may be above 1."""


class Reporting(Part):
    """What reports draw on and compare with; it changes no plan."""

    map: Name | None = None
    """GeoJSON file whose features have the regions' names as `name`, drawn instead of the tiles of Guangxi's cities."""
    before: dict[Text, Amount] = {}
    """What it was before the plan, such as last year's: a share of investment (`is_sei`, `is_hightech`, `is_future`,
    `is_energy_heavy`, or a value of `chain_position` or `category`), or a ratio (`energy_per_va` and `energy_per_output` in
    tce per unit of money, `rd_intensity`, `va_rate`, `tax_per_mu`, `hhi`). That of all candidates where left out."""
    region_investment: Positive | None = None
    """Industrial investment that is expected of the whole region over the plan years; in the config's money unit. The
    headline then says what share of it the projects supported invest."""
    region_share: Share = Decimal("0.6")
    """Share of `region_investment` beyond which nominal investment is warned of: most of the region's investment is hardly
    brought by the money."""


Benchmark = Annotated[
    Literal["factor_method", "leverage_rank", "score_rank", "pro_rata", "previous"],
    READ_TEXT,
]


class FactorMethod(Part):
    """The factor method (因素法): a region's quota is its weighted share of the factors of all regions."""

    by: Name = "region"
    """Attribute whose values have a quota."""
    factors: Annotated[dict[Text, Share], Field(min_length=1)]
    """Number column of the region (or project) table → its weight; the weights sum to 1."""
    source: Name | None = None
    """The source of money whose split is judged; all of them when left out."""


class Closing(OfInstruments):
    """Whether the financing of projects must close.

    It closes when `own_funds`, `bank_loan_committed`, `bank_loan_planned`, `other_public`, `bond_issued` and the award add
    up to `total_investment` (`fixed_investment` where that is blank). `instruments` left out: those of kind `bond`.
    Projects of which the table tells neither own funds nor loans are not judged, which is noted; nor are ready-made
    options and commitments. `closing.csv` has the sheet of every supported project.
    """

    gate: Flag = True
    """Keep out the levels of an award that leave a gap of more than `max_gap`."""
    max_gap: Share = Decimal(0)
    """Greatest gap that may be left, as a share of the investment."""


Least = Annotated[Number, Field(ge=1), READ_NUMBER]


class Ends(Part):
    """How far a group of numbers may be off: what each of them may have to be multiplied by."""

    low: Share | None = None
    """Factor at the low end, such as 0.5; that of everybody (0.8) when left out."""
    high: Least | None = None
    """Factor at the high end, such as 1.3; that of everybody (1.2) when left out."""


class Sensitivity(Part):
    """How far the groups of numbers that a plan rests on may be off.

    Every group in use is looked at 20 % lower and 20 % higher; one that is named here at its own ends as well, which then
    give the ranges of the headline figures. Shares and probabilities stay within 1.
    """

    realisation: Ends | None = None
    """All probabilities of realisation, own cells of projects and those seen in the progress included."""
    additionality: Ends | None = None
    """All shares of additional investment, own cells included."""
    displacement: Ends | None = None
    """All shares of displaced investment, own cells included."""
    response: Ends | None = None
    """Effect at the inner corner points of the response, at half the entitlement where it is linear. It is always looked at
    as a straight line as well."""
    upgrading: Ends | None = None
    """All points of the structure score; the score stays within 100."""
    revenue_haircut: Ends | None = None
    """Share of the forecast revenue of bond projects that is counted on."""
