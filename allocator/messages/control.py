"""Characters that are no text but steer a terminal or turn the direction of reading: where they may not stand."""

from __future__ import annotations

import re
from typing import Final

STEERING: Final = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufff9-\ufffb\ufffe\uffff\ud800-\udfff"
)
"""Controls (ESC, CSI, OSC, BEL, backspace, CR …), marks and overrides of direction, lone surrogates."""
CONTROL: Final = re.compile(f"[{STEERING}]")


def code(character: str) -> str:
    """How messages name a character: U+001B."""
    return f"U+{ord(character):04X}"


def shown(text: str) -> str:
    """The text as it may be printed: ``<U+001B>`` for each such character."""
    return CONTROL.sub(lambda found: f"<{code(found[0])}>", text)
