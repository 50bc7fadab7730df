"""Least shares of own capital by industry, as config types."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Final, Literal

from pydantic import Discriminator, Field, Tag

from allocator.config.keys.parts import IS_VALUE, READ_TEXT, Name, Part, Share, Text

BY_INDUSTRY: Final = "by_industry"


def word_or_number(value: Any) -> str:
    """Which of the two a value is meant to be: only the one word is a word."""
    return "<word>" if isinstance(value, str) and value.strip() == BY_INDUSTRY else "<value>"


IndustryRatio = Annotated[
    Annotated[Literal["by_industry"], READ_TEXT, Tag("<word>")] | Annotated[Annotated[Share, Field(lt=1)], IS_VALUE],
    Discriminator(word_or_number),
]


class CapitalRatios(Part):
    """What `by_industry` means: the State Council's minimum for projects' own capital, and what takes its place.

    It is built in as `allocator/tables/capital_ratios.csv`, with document and grade of every line (documents 27 of 2009 and 51
    of 2015: steel and electrolytic aluminium 0.40, cement 0.35, ferroalloys, coke, caustic soda and coal 0.30). Which
    codes are meant is our own reading; calcium carbide has no code of its own: name its projects in `ratios` or `own`.
    """

    by: Name = "gb4754_code"
    """Column with the industry code (GB/T 4754-2017), with or without its letter."""
    own: dict[Text, Annotated[Share, Field(lt=1)]] = {}
    """Code, or the beginning of one, → ratio; comes before the built-in table, the longest first."""
    default: Annotated[Share, Field(lt=1)] = Decimal("0.2")
    """Ratio of all other industries, and where the code is blank, which is noted."""
