"""Assumptions in the words of those who decide: what was taken to be how much, of which source or instrument."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allocator.messages import catalogue, say
from allocator.report.assumed import FACTORS

if TYPE_CHECKING:
    from allocator.messages import Message
    from allocator.report.view import View

AREA = "assumptions"
DEFAULT, FACTOR = "options.default_assumed", "options.factor_assumed"


def assumed_name(key: str, language: str) -> str | None:
    """What a key left out stands for, in words."""
    return catalogue(AREA, language).get(f"key_{key}")


def assumption(view: View, message: Message) -> str:
    """An assumption without the keys of the config where there are words for it; as the report has it otherwise."""
    parts, language = message.path.split("."), view.language
    if message.code == FACTOR and parts[-1] in FACTORS:
        what = view.say(f"judgement_{parts[-1]}")
        return say(f"{AREA}.factor", language, what=what, value=message.values["value"])
    known = assumed_name(parts[-1], language)
    if message.code != DEFAULT or known is None:
        return message.text(language)
    whose = {"sources": view.source_names, "instruments": view.instrument_names}.get(parts[0], {}).get(parts[1], "")
    of = say(f"{AREA}.of", language, name=whose) if whose else ""
    return say(f"{AREA}.default", language, of=of, what=known, value=message.values["value"])
