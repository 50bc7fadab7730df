"""What a diagnosis says: rules as the planner addresses them, numbers as they are typed."""

from __future__ import annotations

from dataclasses import KW_ONLY, asdict, dataclass
from typing import TYPE_CHECKING, Any

from allocator.messages import Message, say

if TYPE_CHECKING:
    from allocator.config.plan import Config

AREA = "diagnose"


@dataclass(frozen=True)
class Rule:
    """One rule of a conflict: its key, what it says, where it stands, and the groups concerned where it has several."""

    key: str
    kind: str
    says: str
    place: str
    groups: tuple[str, ...] = ()


@dataclass(frozen=True)
class Conflict:
    """Rules that cannot hold together; without any one of them the others, with what always holds, have a plan."""

    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class Change:
    """One rule loosened: from ``before`` to ``after`` (None: given up); by hand at ``place`` where no override does it."""

    key: str
    kind: str
    before: str
    after: str | None
    unit: str
    overrides: tuple[str, ...]
    place: str


@dataclass(frozen=True)
class Given:
    """The plan that a fix gives, as a run of the config finds it: amounts in the config's unit, exact decimals."""

    spent: str
    funded: int
    goal: str
    money: str
    """The config's unit of money."""
    goal_money: bool
    """Whether the goal is an amount of money."""
    optimal: bool
    """Whether it is proved within the gap asked; else the search ended before that."""


@dataclass(frozen=True)
class Fix:
    """Changes after which the whole config has a plan; proved by solving it."""

    changes: tuple[Change, ...]
    overrides: tuple[str, ...]
    proved: bool
    plan: Given


@dataclass(frozen=True)
class Diagnosis:
    """Why there is no plan and what gives one; no conflict at all when everything is empty."""

    title: str
    language: str
    seen: tuple[Message, ...]
    """Conflicts that are seen without solving."""
    conflicts: tuple[Conflict, ...]
    fixes: tuple[Fix, ...]
    """Those whose plan spends nothing last."""
    seconds: float
    _: KW_ONLY
    config: Config
    """What the names of sources, instruments and rules are known from; no part of the plain values."""
    finished: bool = True
    """Whether the time sufficed; else there may be more conflicts and fixes."""
    stopped: bool = False
    """Whether the user ended it before that."""
    screened: tuple[Message, ...] = ()
    """What screening has to do with it: candidates that rules of a conflict mean and that are out."""
    notices: tuple[Message, ...] = ()
    """Notices of config, tables and screening."""

    @property
    def ok(self) -> bool:
        """Whether there is a plan."""
        return not self.seen and not self.conflicts and self.finished

    def as_dict(self) -> dict[str, Any]:
        """Everything as plain values, for machines."""
        found = {name: part for name, part in asdict(self).items() if name != "config"}
        for name in ("seen", "screened", "notices"):
            found[name] = [message.text(self.language) for message in getattr(self, name)]
        return {"ok": self.ok, **found}

    def text(self, language: str | None = None) -> str:
        """The conflicts and their fixes as text."""
        from allocator.diagnose.told import told

        return told(self, language or self.language)

    def __str__(self) -> str:
        return self.text()


def told_in(language: str, key: str, **values: object) -> str:
    """A text of a diagnosis."""
    return say(f"{AREA}.{key}", language, **values)
