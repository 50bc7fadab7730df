"""What planners call the keys of a config, and which key they mean by such a word."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files

import yaml

from allocator.messages import Message, did_you_mean, nearest

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
SMART_QUOTES = "“”‘’「」'\" \u3000\u00a0"


@cache
def labels() -> Mapping[str, list[str]]:
    """Key → its Chinese name, then other words for it."""
    text = files("allocator.config").joinpath("labels.yaml").read_text(encoding="utf-8")
    words: dict[str, list[str]] = yaml.load(text, Loader=LOADER)  # noqa: S506 - a safe loader either way
    return words


def key_meant(word: str, known: Iterable[str]) -> Message | str:
    """``; did you mean 'limits'?`` for a word in either language; the keys there are where none is near."""
    word, keys = word.strip(SMART_QUOTES), list(known)
    called = {name: key for key in reversed(keys) for name in (*labels().get(key, ()), key)}
    close = word if word in called else None if nearest(word, keys) else nearest(word, called)
    return did_you_mean(word if close is None else called[close], keys)
