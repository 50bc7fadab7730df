"""What planners call the keys of a config, and which key they mean by such a word."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from allocator.messages import Message, did_you_mean, nearest

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
SMART_QUOTES = "“”‘’「」'\" \u3000\u00a0"


@cache
def labels() -> Mapping[str, Mapping[str, Any]]:
    """Key of the config, or `parent.key`, → its names, and other words for it."""
    text = files("allocator.config").joinpath("labels.yaml").read_text(encoding="utf-8")
    words: dict[str, Mapping[str, Any]] = yaml.load(text, Loader=LOADER)  # noqa: S506 - a safe loader either way
    return words


def spellings(key: str) -> list[str]:
    """The Chinese name of a key, then other words for it."""
    entry = labels().get(key)
    return [] if entry is None else [str(entry["zh"]), *map(str, entry.get("also", ()))]


def key_meant(word: str, known: Iterable[str]) -> Message | str:
    """``; did you mean 'limits'?`` for a word in either language; the keys there are where none is near."""
    word, keys = word.strip(SMART_QUOTES), list(known)
    called = {name: key for key in reversed(keys) for name in (*spellings(key), key)}
    close = word if word in called else None if nearest(word, keys) else nearest(word, called)
    return did_you_mean(word if close is None else called[close], keys)
