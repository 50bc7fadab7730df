"""The equation type: a pure rule, where it holds, why, and where it comes from.

A rule is one expression without `if`, loop or look-up; where it holds is decided by its sets. That is
what lets `models.document` print it and `models.compiler` expand it for all members at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Rule = Callable[..., Any]


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


def equation(*over: str, source: str = "") -> Callable[[Rule], Equation]:
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
        return Equation(rule.__name__, over, rule, caption, assumption, source, rule.__module__.rpartition(".")[2])

    return wrap
