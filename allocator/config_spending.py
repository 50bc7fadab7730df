"""When investment is spent, as a config type."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from allocator.config_parts import Name, Part, Share, Text

Profile = Annotated[list[Share], Field(min_length=1)]


class Spending(Part):
    """How the investment of a project is spread over years: `year` of limits and targets then means the spending year."""

    by: Name = "category"
    """Attribute of the project or option that the profile depends on."""
    profile: dict[Text, Profile]
    """Value of the attribute → share of the investment spent in the start year, the year after, …; they sum to 1."""
    default: Profile | None = None
    """Profile where no value is listed; without it an unlisted value is an error."""
