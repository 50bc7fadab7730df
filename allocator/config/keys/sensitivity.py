"""Keys about how far the numbers behind a plan may be off. They change no plan."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from allocator.config.keys.parts import READ_NUMBER, Number, Part, Share

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
