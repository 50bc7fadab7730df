"""What limits the debt of special bonds, as config types."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from allocator.config.keys.parts import Amount, Name, Part, Share, Text, Yearly

IGNORED: Final = "ignored"
"""What `room` is where bonds are not held against the debt limit, though the tables tell what it leaves."""


class Service(Part):
    """The most that may fall due in one year, interest and repayment together, until the last bond is repaid."""

    max: Yearly | None = None
    """Most that each value of `by` owes in any year, also after the plan, or year → that (years left out are free); in the
    config's money unit."""
    max_from: Name | None = None
    """Column of money with that, such as fiscal revenue in the regions table; the lower one where `max` is given too,
    and the least where one value of `by` has several."""
    max_times: Amount = Decimal(1)
    """With `max_from`: times this, such as 0.1 for a tenth of it."""
    total: Yearly | None = None
    """Most that all together owe in any year, or year → that; years left out are free."""


class Debt(Part):
    """Limits of the debt that special bonds make; each becomes a limit of its own, named `debt: …`."""

    by: Name = "region"
    """Column that says who carries a project's debt."""
    room: Name | None = None
    """Column of money, such as one of the regions table: room under the debt limit for all bonds of the plan together.
    `ignored`: no bonds are held against it, which is listed among the assumptions. Where bonds are given and a column tells
    such room (债务限额余额), one of the two is asked for, unless `max_from` of a limit is that column."""
    grade: Name | None = None
    """Column with the grade of debt risk that `tiers` are about."""
    tiers: dict[Text, Share] = {"红": Decimal(0), "橙": Decimal("0.5"), "黄": Decimal(1)}
    """Grade → bonds of each plan year as a share of `last` (assumption); grades left out are free. 0: none but for
    projects that have bonds already (`bond_issued` above 0)."""
    last: Name | None = None
    """Column of money with the bonds issued in the year before the plan."""
    quota: Yearly | None = None
    """Most bonds issued in each plan year (years left out are free), or one number for all; in the config's money unit."""
    service: Service | None = None
    """Caps on what falls due in each year, as hard limits; what an award owes in a year is rounded up to 0.01 yuan.
    `limits.csv` has the years that lead (in no other year can more be owed), `debt.csv` has all, with the room left."""
    min_cover: Amount | None = None
    """Least cover of all bonds together: (revenue − cost) ÷ (principal + all interest) over the projects chosen.
    Commitments and ready-made options, whose bonds are often only a part of what a project owes, do not count in it;
    the first row of `cover.csv` is of all."""

    @property
    def room_column(self) -> str | None:
        """The column of room that bonds are held against."""
        return None if self.room == IGNORED else self.room
