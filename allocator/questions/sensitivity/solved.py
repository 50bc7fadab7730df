"""The plan made anew under other numbers, held against the plan as it is.

A bound comes first: where no plan under the changed numbers is worth more than the plan as it is beyond what the gap
leaves open, the plan stays and nothing is solved. Else the best plan is searched by a fresh model that starts from it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from allocator.messages.errors import AllocatorError, Interrupted
from allocator.optimise.exact import planned
from allocator.optimise.kept_plan import Base, Kept
from allocator.optimise.plan_tables import decimal
from allocator.optimise.ranges import worth
from allocator.problem.uncertain_numbers import Setting, settings
from allocator.questions.explain.counterfactual import awards
from allocator.questions.session import Answer, above

if TYPE_CHECKING:
    from allocator.messages.watch import Watch
    from allocator.questions.session import Model, Session

TABLE: Final = "sensitivity"
COLUMNS: Final = (
    *("parameter", "setting", "goal_fixed", "goal", "regret", "projects_moved", "money_moved"),
    *("bound", "dropped", "breaks", "leaves", "enters"),
)
SECONDS: Final = 60.0
"""How long one plan may be searched."""


@dataclass(frozen=True, eq=False)
class SettingAnswer:
    """A setting: the plan as it is, the best plan found, and what no plan exceeds; in fen of goal."""

    setting: Setting
    kept: Kept
    found: Answer
    doubt: Fraction
    """Differences up to here are not told apart: the gap asked of the goal leaves them open."""
    breaks: tuple[str, ...]
    """Rules that the plan as it is breaks, and earlier goals that it falls short of."""

    @property
    def stays(self) -> bool:
        """Whether the plan as it is keeps every rule and cannot be told from the best one."""
        return self.possible and self.found.value - self.kept.value <= self.doubt

    @property
    def possible(self) -> bool:
        """Whether the plan as it is keeps every rule."""
        return not self.breaks

    @property
    def regret(self) -> Fraction | None:
        """What keeping the plan costs; None where that is below the gap, or the plan cannot be kept."""
        if not self.possible or (self.stays and self.doubt):
            return None
        return max(self.found.value - self.kept.value, Fraction(0))


def cases(opened: Session, watch: Watch) -> Iterator[SettingAnswer | None]:
    """Every setting in turn, None where it has no plan or none was found in time; ends when the user stops."""
    base = Base(opened.case, opened.base.plan)
    asked = settings(opened.case.loaded, opened.case.inputs)
    for number, setting in enumerate(asked, 1):
        watch.tell(f"sensitivity {number}/{len(asked)}")
        try:
            found = solved(opened, base, setting, watch)
        except Interrupted:
            return
        except AllocatorError:
            found = None
        if watch.stop.is_set():
            return
        yield found


def solved(opened: Session, base: Base, setting: Setting, watch: Watch) -> SettingAnswer | None:
    """The plan as it is and the best one under a setting; None where there is none."""
    case = base.changed([setting])
    kept = base.kept(case)
    doubt = Fraction(max(opened.gap, float(opened.run.manifest["gap"]))) * abs(kept.value)
    start = np.zeros(len(case.usable), bool)
    start[kept.plan.options] = True
    model = opened.anew(case, watch, start)
    own = Answer(case, kept.plan, kept.value, float(kept.value))
    breaks = (*kept.breaks, *short_of(model, kept))
    if not breaks and (bound := bound_of(model, case, watch)) is not None and bound - float(kept.value) <= doubt:
        return SettingAnswer(setting, kept, Answer(case, kept.plan, kept.value, max(bound, own.bound)), doubt, breaks)
    found = model.best(case, watch.at_most(SECONDS), opened.gap)
    if found is None:
        return None
    if not breaks and found.value < kept.value:
        found = Answer(case, kept.plan, kept.value, max(found.bound, own.bound))
    return SettingAnswer(setting, kept, found, doubt, breaks)


def short_of(model: Model, kept: Kept) -> Iterator[str]:
    """Of goals in order: the earlier ones of which the plan as it is leaves less than can be reached."""
    for number, floor in enumerate(model.floors):
        if above(floor, planned(kept.case, kept.plan, number)):
            yield f"goals.terms.{number}"


def bound_of(model: Model, case: Any, watch: Watch) -> float | None:
    """What no plan exceeds by the relaxation, in fen of goal."""
    relaxed = model.relaxed(case, watch)
    return None if relaxed is None else relaxed[0].bound * model.numbers.goal_scale


def table(opened: Session, found: Sequence[tuple[Setting, SettingAnswer | None]]) -> pd.DataFrame:
    """A row for every setting, amounts in the config's unit."""
    return pd.DataFrame([row_of(opened, setting, case) for setting, case in found], columns=COLUMNS)


def row_of(opened: Session, setting: Setting, case: SettingAnswer | None) -> list[Any]:
    """One setting; blank where it has no plan."""
    head = [setting.parameter, setting.setting]
    if case is None:
        return [*head, *[None] * 7, *[""] * 3]
    before, after = awards(opened.base), awards(case.found)
    moved = {} if case.stays else {p: award(after, p) - award(before, p) for p in before.keys() | after.keys()}
    money = case.kept.case.money
    more, less = (sum(max(sign * change, Fraction(0)) for change in moved.values()) for sign in (1, -1))
    figures = [worth(case.kept, case.kept.value), worth(case.kept, case.found.value)]
    return [
        *head,
        *figures,
        None if case.regret is None else decimal(case.regret / money.fen_per_unit),
        sum(bool(change) for change in moved.values()),
        money.to_unit(int(max(more, less))),
        worth(case.kept, Fraction(case.found.bound)),
        case.kept.dropped,
        ";".join(case.breaks),
        *(";".join(sorted(opened.ids[p] for p in moved if is_one(p, before, after))) for is_one in (leaves, enters)),
    ]


Given = dict[int, tuple[Fraction, int]]


def award(given: Given, p: int) -> Fraction:
    """What a project gets."""
    return given.get(p, (Fraction(0), 0))[0]


def leaves(p: int, before: Given, after: Given) -> bool:
    """Whether a project gets nothing any more."""
    return p in before and p not in after


def enters(p: int, before: Given, after: Given) -> bool:
    """Whether a project gets something only now."""
    return p in after and p not in before
