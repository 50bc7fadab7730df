"""Messages in Chinese and English: one catalogue file per area and language beside this file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache
from importlib.resources import files

import yaml

from allocator.messages.singular import singular

LANGUAGES = ("zh", "en")
ROW = " (row)"
"""What stands behind the line of a table in a place."""
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Message:
    """Something to tell the user: what, where, and the values to fill in."""

    code: str
    """Area and key of the catalogue entry: ``config.unknown_key``."""
    values: Mapping[str, object] = field(default_factory=dict)
    """What the placeholders of the entry stand for."""
    where: str = ""
    """``configs/plan.yaml:14:5``, ``data/projects.csv:37 (row)``, ``book.xlsx#项目库!C7``, or nothing."""
    path: str = ""
    """Dotted path in the config, or the column header as the planner wrote it."""

    def text(self, language: str) -> str:
        """``where: path: message``; empty parts are left out."""
        parts = (self.where, self.path, say(self.code, language, **self.values))
        return _placed(": ".join(part for part in parts if part), language)


def say(code: str, language: str, /, **values: object) -> str:
    """Catalogue entry ``code`` in ``language``, filled with ``values``.

    A value may be a Message, said in the same language, or a list or tuple, said as an enumeration.
    """
    area, _, key = code.partition(".")
    entry = catalogue(area, language)[key]
    entry = singular(entry, values) if language == "en" else entry
    text = entry.format_map({name: said(value, language) for name, value in values.items()})
    return _placed(text, language)


def _placed(text: str, language: str) -> str:
    """A text with its places of rows in its own language."""
    return text.replace(ROW, "（行）") if language == "zh" else text


def said(value: object, language: str) -> object:
    """What a placeholder shows."""
    if isinstance(value, Message):
        return value.text(language)
    if isinstance(value, (list, tuple)):
        return ("、" if language == "zh" else ", ").join(str(said(item, language)) for item in value)
    return value


def nearest(word: str, words: Iterable[str]) -> str | None:
    """The most similar of ``words``, if any is similar at all."""
    folded = {other.casefold(): other for other in map(str, words)}
    close = get_close_matches(str(word).casefold(), folded, n=1, cutoff=0.5)
    return folded[close[0]] if close else None


def did_you_mean(word: str, words: Iterable[str]) -> Message | str:
    """``; did you mean 'budget'?`` as the end of a message, the few words there are, or nothing."""
    words = list(dict.fromkeys(map(str, words)))
    close = nearest(word, words)
    if close is not None:
        return Message("config.did_you_mean", {"nearest": close})
    return Message("config.there_are", {"words": words}) if 0 < len(words) <= 8 else ""


@cache
def catalogue(area: str, language: str) -> Mapping[str, str]:
    """All entries of an area in one language."""
    text = files("allocator.messages").joinpath(f"{area}.{language}.yaml").read_text(encoding="utf-8")
    entries: dict[str, str] = yaml.load(text, Loader=LOADER)  # noqa: S506 - a safe loader either way
    return entries
