"""The short form: what the plan as it is brings at both ends of every group of numbers, and with all of them at once.

Nothing is solved. What all low ends bring together, and all high ends, are the ends of the ranges beside the headline: each
measure grows or falls with every group, so that nothing between brings less or more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from allocator.optimise.kept_plan import Base, Kept
from allocator.optimise.plan_tables import decimal
from allocator.problem.uncertain_numbers import MOST, Setting, range_of

if TYPE_CHECKING:
    from allocator.optimise.exact import ExactPlan
    from allocator.problem.case import Case

TABLE: Final = "ranges"
PLAN: Final = "plan"
"""The row of the numbers as they are given."""
ALL: Final = "all"
LOW: Final = "low"
HIGH: Final = "high"
MEASURES: Final = ("supported_investment", "certified_investment", "counterpart_investment", "additional_investment")
COLUMNS: Final = ("parameter", "setting", "goal_fixed", *MEASURES, "dropped")


def tables(case: Case, plan: ExactPlan) -> dict[str, pd.DataFrame]:
    """The short form of a plan by the name of its table; nothing where no number is in use, or the plan is very large."""
    both, base = range_of(case.loaded, case.inputs), Base(case, plan)
    if not both or len(case.usable) > MOST:
        return {}
    return {TABLE: pd.DataFrame(list(rows_of(base, both)), columns=COLUMNS)}


def rows_of(base: Base, both: Mapping[str, tuple[Setting, Setting]]) -> Iterator[Sequence[Any]]:
    """The plan as it is, with each end of every group, and with all low and all high ends."""
    yield row_of(PLAN, "1", base.kept(base.case))
    low, high = list[Setting](), list[Setting]()
    for settings in both.values():
        found = [base.kept(base.changed([setting])) for setting in settings]
        yield from (row_of(s.parameter, s.setting, one) for s, one in zip(settings, found, strict=True))
        less, more = sorted(range(2), key=lambda n: (found[n].total(MEASURES[-1]), found[n].value))
        low.append(settings[less])
        high.append(settings[more])
    for name, ends in ((LOW, low), (HIGH, high)):
        yield row_of(ALL, name, base.kept(base.changed(ends)))


def row_of(parameter: str, setting: str, one: Kept) -> Sequence[Any]:
    """What a plan is worth and brings, amounts in the config's unit."""
    money = one.case.money
    return (parameter, setting, worth(one, one.value), *(money.to_unit(one.total(m)) for m in MEASURES), one.dropped)


def worth(one: Kept, value: Any) -> Any:
    """A value of the goal as the planner counts it: where spending is minimised, what is spent."""
    sign = -1 if one.case.loaded.config.minimise else 1
    return decimal(sign * value / one.case.money.fen_per_unit)
