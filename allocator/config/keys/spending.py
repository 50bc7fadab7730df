"""When investment is spent, as a config type."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from allocator.config.keys.parts import READ_TEXT, Name, Part, Point, Share, Text

Profile = Annotated[list[Share], Field(min_length=1)]


class Spending(Part):
    """How the investment of a project is spread over years: `year` of limits and targets then means the spending year.

    `upgrading` is no investment and counts in the start year.
    """

    from_: Annotated[Literal["profile", "months"], READ_TEXT] = Field("profile", alias="from")
    """`months`: by the project's own months `start_ym` to `end_ym` (开工年月 to 计划竣工, both counted), moved on by as many
    years as its support starts later; projects without them have the profile below, which is noted. What is spent before
    the plan counts in no plan year and stays where it is, and measures that leave out what is done are spread over the
    months still to come."""
    curve: list[Point] = []
    """With `from: months`: corner points (share of the months, share of the investment), from [0, 0] to [1, 1], such as
    an S-curve; the same in every month when left out, which is listed among the assumptions."""
    by: Name = "category"
    """Attribute of the project or option that the profile depends on."""
    profile: dict[Text, Profile] = {}
    """Value of the attribute → share of the investment spent in the start year, the year after, …; they sum to 1."""
    default: Profile | None = None
    """Profile where no value is listed; without it an unlisted value is an error."""
