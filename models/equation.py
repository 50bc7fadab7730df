"""The equation type: a pure rule, where it holds, why, and where it comes from.

A rule is one expression without `if`, loop or look-up; where it holds is decided by its sets. That is
what lets `models.document` print it and `models.compiler` expand it for all members at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

Rule = Callable[..., Any]
Role = Literal["meaning", "own", "rule"]
"""Meaning: always holds, for it says what words mean or keeps what was promised. Own: a rule that the planner wrote and that is
told by its name. Rule: any other, told by the names of its rows."""
Links = Literal["", "options", "projects", "totals", "bounds", "outcomes"]
"""What the rows hold together: options of one project; options of a few projects; the total of a group or class with the options
that move it; budgets and bounds, in few rows without options; outcomes with each other or with the plan, where cuts may stand
for them."""


@dataclass(frozen=True)
class Equation:
    """One family of constraints: ``rule`` holds for every member of the product of the sets ``over``."""

    name: str
    over: tuple[str, ...]
    rule: Rule
    caption: str
    assumption: str
    source: str
    chapter: str
    role: Role = "rule"
    links: Links = ""


def equation(*over: str, source: str = "", role: Role = "rule", links: Links = "") -> Callable[[Rule], Equation]:
    """Turn a rule into an `Equation` that holds for every member of ``over``.

    The first line of the rule's docstring is the caption; what follows states the assumption a reader
    would question.

    Raises:
        TypeError: the rule has no docstring.
    """

    def wrap(rule: Rule) -> Equation:
        caption, _, rest = (rule.__doc__ or "").strip().partition("\n")
        if not caption:
            raise TypeError(f"equation {rule.__name__!r} has no docstring; say in one sentence what holds")
        assumption = " ".join(rest.split())
        chapter = rule.__module__.rpartition(".")[2]
        return Equation(rule.__name__, over, rule, caption, assumption, source, chapter, role, links)

    return wrap
