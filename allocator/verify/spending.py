"""When the investment of a funded row is spent, in whole fen."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import floor
from typing import TYPE_CHECKING

from allocator.verify.facts import normal

if TYPE_CHECKING:
    from allocator.verify.plan import Award, Plan

INVESTMENTS = ("nominal_investment", "certified_investment", "additional_investment", "leveraged_investment")


def spent(plan: Plan, award: Award, amount: int) -> Iterator[tuple[int, int]]:
    """Year and amount; without profiles all in the start year. What is spent until a year is rounded down."""
    spending = plan.config.spending
    shares = [Fraction(1)]
    if spending is not None:
        value = normal(plan.attribute(award, spending.by) or "")
        listed = {normal(name): profile for name, profile in spending.profile.items()}
        shares = [Fraction(share) for share in listed.get(value, spending.default or [])]
    before, total = 0, Fraction(0)
    for after, share in enumerate(shares):
        total += share
        until = floor(amount * total)
        yield award.start + after, until - before
        before = until
