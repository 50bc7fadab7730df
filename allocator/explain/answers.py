"""What an explanation says: amounts in the config's unit, ids and rules as the planner wrote them."""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from allocator.messages import Message

if TYPE_CHECKING:
    from allocator.config.plan import Config


@dataclass(frozen=True)
class Swap:
    """A project that leaves, enters or gets another award in another plan; awards are 0 where there is none."""

    project_id: str
    project_name: str
    before: Decimal
    after: Decimal
    start_before: int | None
    start_after: int | None


@dataclass(frozen=True)
class Counterfactual:
    """The best plan with the project forced in, or out.

    ``falls``: by how much the goal falls below the stored plan; between ``at_least`` (proved: no such plan loses
    less) and ``at_most`` (against the best plan there could be). ``impossible``: the rules that allow no such plan.
    """

    forced: str
    falls: Decimal | None = None
    at_least: Decimal | None = None
    at_most: Decimal | None = None
    gap: Decimal | None = None
    distinguishable: bool = False
    leaves: tuple[Swap, ...] = ()
    enters: tuple[Swap, ...] = ()
    changes: tuple[Swap, ...] = ()
    binding: tuple[str, ...] = ()
    impossible: tuple[str, ...] = ()
    short_of_earlier: bool = False
    """Whether there are such plans, and all of them fall short of what the earlier of goals in order reach."""


@dataclass(frozen=True)
class Threshold:
    """What it takes to enter the plan: at ``enters`` the project is in, at ``stays_out`` it is not, both proved.

    ``kind``: ask (money asked for), cost (all its payments, as a factor), value (what it brings, as a factor), or
    money (growth of a source). ``exact`` when the two are one ``step`` apart; otherwise the gap leaves open what
    lies between. ``note`` says why there is no ``enters``: gap, never or time.
    """

    kind: str
    now: Decimal
    step: Decimal
    tried: Decimal
    """The furthest that is tried."""
    enters: Decimal | None = None
    stays_out: Decimal | None = None
    exact: bool = False
    note: str = ""
    source: str = ""
    overrides: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reason:
    """Why a candidate is out: exactly one code; ``at_least`` is what any plan with it loses, proved."""

    code: str
    words: Message
    rule: str = ""
    at_least: Decimal | None = None
    at_prices: Decimal | None = None
    """What it is worth less than it costs at the prices of the relaxation: indicative."""


@dataclass(frozen=True)
class Explanation:
    """Why one project is in or out of a stored plan, and what it would take to change that."""

    run_id: str
    project_id: str
    project_name: str
    region: str
    category: str
    funded: bool
    standing: str
    """Blank for a candidate that lost; else funded, committed or essential."""
    reason: Reason | None
    award: Decimal
    counterfactual: Counterfactual | None
    thresholds: tuple[Threshold, ...]
    facts: tuple[Message, ...]
    language: str
    money: str
    config: Config
    """What the names of sources, instruments and rules are known from; no part of the plain values."""
    in_money: bool = True
    """Whether the goal is money; else it is points, and has no unit."""
    minimises: bool = False
    """Whether the plan minimises spending, so that the goal falls when more is spent."""

    @property
    def reason_code(self) -> str:
        """The code of the reason; blank when funded."""
        return self.reason.code if self.reason else ""

    def as_dict(self) -> dict[str, Any]:
        """Everything as plain values, for machines."""
        parts = {one.name: getattr(self, one.name) for one in fields(self) if one.name != "config"}
        return {"reason_code": self.reason_code, **{name: _plain(part, self.language) for name, part in parts.items()}}

    def text(self, language: str | None = None) -> str:
        """One screen of text."""
        from allocator.explain.told import told

        return told(self, language or self.language)

    def __str__(self) -> str:
        return self.text()


def _plain(value: Any, language: str) -> Any:
    if isinstance(value, Message):
        return value.text(language)
    if is_dataclass(value):
        return {one.name: _plain(getattr(value, one.name), language) for one in fields(value)}
    if isinstance(value, tuple | list):
        return [_plain(item, language) for item in value]
    if isinstance(value, Decimal):
        return float(value)
    return value
