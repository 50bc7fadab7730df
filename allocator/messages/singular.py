"""English entries of the catalogues where a number in them is one: 1 row is hidden, not 1 rows are hidden."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

_NOUNS: Final = (
    "amounts awards bonuses candidates cells changes checks columns ids inputs levels notices numbers options outcomes plans projects rows rules"
    " targets values violations years"
).split()
_VERBS: Final = {
    "are": "is",
    "have": "has",
    "were": "was",
    "do": "does",
    "hold": "holds",
    "count": "counts",
    "differ": "differs",
}
_ODD: Final = {"bonuses": "bonus"}
_WORDS: Final = re.compile(rf"(?<!could )(?<!can )(?<!must )(?<!to )\b(?:{'|'.join(_VERBS)})\b")


def singular(template: str, values: Mapping[str, object]) -> str:
    """The entry with its nouns and verbs for the placeholders whose value is 1."""
    ones = [name for name, value in values.items() if isinstance(value, int | str) and str(value) == "1"]
    for name in ones:
        template = re.sub(
            rf"(?P<none>none of (?=the|its))?(?P<all>\ball )?(?P<of>(?:the |its )?)(?P<number>\{{{name}\}} )"
            rf"(?P<kind>(?:[a-z]+ )?)(?P<noun>{'|'.join(_NOUNS)})\b(?P<rest>[^:;,(]*)",
            _one, template,
        )  # fmt: skip
    return template


def _one(found: re.Match[str]) -> str:
    noun = _ODD.get(found["noun"], found["noun"].removesuffix("s"))
    start = ("not even " if found["none"] else "") + ("the " if found["all"] else "") + found["of"]
    rest = _WORDS.sub(lambda verb: _VERBS[verb[0]], found["rest"], count=2)
    return f"{start}{found['number']}{found['kind']}{noun}{rest}"
