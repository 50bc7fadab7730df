"""How the planner's tables are written, where it is not as everywhere else."""

from __future__ import annotations

from typing import Annotated, Literal

from allocator.config.keys.parts import READ_TEXT, Part


class Tables(Part):
    """How numbers, dates and ids stand in the planner's tables."""

    decimal: Annotated[Literal[".", ","], READ_TEXT] = "."
    """`","`: numbers are written 1.234,56, in every table and as text; numbers of workbooks are what they are."""
    dates: Annotated[Literal["ymd", "dmy", "mdy"], READ_TEXT] = "ymd"
    """Order of day, month and year in dates that do not begin with the year: `dmy` reads 31.12.2021 and 31/12/2021, `mdy` 12/31/2021."""
    project_ids: Annotated[Literal["column", "row_numbers"], READ_TEXT] = "column"
    """`row_numbers`: a project table without a column `project_id` calls its projects by the rows of the file they stand in."""
