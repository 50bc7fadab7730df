"""Keys for judging a plan: what each region would get by formula, and how the money used to be split."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from allocator.config.keys.parts import READ_TEXT, Name, Part, Share, Text

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
