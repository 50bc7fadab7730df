"""Assumptions in the words of those who decide: what was taken to be how much, of which source or instrument."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allocator.messages import catalogue, say

if TYPE_CHECKING:
    from allocator.messages import Message
    from allocator.report.names import Names

AREA = "assumptions"
FACTORS = ("realisation", "additionality", "displacement")
DEFAULT, FACTOR = "options.default_assumed", "options.factor_assumed"


def assumed_name(key: str, language: str) -> str | None:
    """What a key left out stands for, in words."""
    return catalogue(AREA, language).get(f"key_{key}")


def message_text(names: Names, message: Message) -> str:
    """A notice or an assumption as reports and `check` list it: in English with the key it is about, in Chinese by names."""
    return assumption(names, message) if names.language == "zh" else message.text(names.language)


def assumption(names: Names, message: Message) -> str:
    """An assumption without the keys of the config where there are words for it; any other message by its names."""
    parts, language = message.path.split("."), names.language
    if message.code == FACTOR and parts[-1] in FACTORS:
        what = say(f"report.judgement_{parts[-1]}", language)
        return say(f"{AREA}.factor", language, what=what, value=message.values["value"])
    known = assumed_name(parts[-1], language)
    if message.code != DEFAULT or known is None:
        return names.message(message).text(language)
    whose = {"sources": names.sources, "instruments": names.instruments}.get(parts[0], {}).get(parts[1], "")
    of = say(f"{AREA}.of", language, name=whose) if whose else ""
    value = names.value(str(message.values["value"]))
    return say(f"{AREA}.default", language, of=of, what=known, value=value)
