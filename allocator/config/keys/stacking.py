"""What a project or a legal entity may not have on top of each other, as config types."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from allocator.config.keys.parts import READ_WHOLE, Name, Part, Share


class OfInstruments(Part):
    """A rule for some instruments, or for all."""

    instruments: list[Name] = []
    """Instruments the rule is for; all when left out."""

    def covers(self, instrument: str) -> bool:
        """Whether the rule is for an instrument."""
        return not self.instruments or instrument in self.instruments


class OnePerEntity(OfInstruments):
    """One award for every legal entity and start year."""

    by: Name = "entity_uscc"
    """Column that tells the legal entity, such as `entity_uscc` or `entity_name`; a blank is no entity."""


class National(OfInstruments):
    """No support for projects that have national support."""

    column: Name = "other_public"
    """Column that says so: an amount above zero, or a flag."""


class Earlier(OfInstruments):
    """No support for those who had some in the years before, whatever instrument it was."""

    file: Name
    """Table of awards of earlier years, such as `awards.csv` of last year's run: the column `by`, and `start_year` where it
    has more years than count."""
    by: Name = "entity_uscc"
    """Column of both tables by which they are matched, such as `entity_uscc` or `project_id`; a blank matches nobody."""
    years: Annotated[int, Field(ge=1, le=50), READ_WHOLE] = 1
    """So many years before the first plan year count, and later ones; a row without `start_year` does too."""


class PublicShare(OfInstruments):
    """Public money as a share of a project's fixed investment."""

    max: Share
    """Largest share: award + `other_public` + `bond_issued` ≤ share × `fixed_investment`. Awards are
    cut to it (the levels are then k/n of what it leaves); what one brings stays its share of the whole entitlement."""


class Stacking(Part):
    """Rules against stacking; they also hold for the parts of packages, and not for commitments or ready-made options."""

    exclusive: list[Annotated[list[Name], Field(min_length=2)]] = []
    """Lists of instruments of which a project has at most one, whatever `packages` allow: [[grant, interest_subsidy]]."""
    one_per_entity: OnePerEntity | None = None
    """At most one award for every legal entity and start year, commitments and ready-made options counted."""
    national: National | None = None
    """Projects with national support get none of these instruments."""
    earlier: Earlier | None = None
    """Those who had support in the years before, by a table of it, get none of these instruments."""
    public_share: PublicShare | None = None
    """Ceiling of public money in a project's fixed investment."""
