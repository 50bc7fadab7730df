"""How deep a text nests, told before a YAML library reads any of it: what deep nesting costs there differs by version."""

from __future__ import annotations

import re

PIECE = re.compile(
    r"""
    (?P<line>(?:\n[ ]*+)++)
  | (?P<space>[ \t,]++)
  | (?P<comment>\#[^\n]*+)
  | (?P<quoted>"[^"\\]*+(?:\\.[^"\\]*+)*+"? | '[^']*+(?:''[^']*+)*+'?)
  | (?P<open>[\[{])
  | (?P<close>[\]}])
  | (?P<nesting>[-?:](?=\s|$))
  | (?P<block>[|>][-+0-9]*+[ \t]*+(?:\#[^\n]*+)?(?=\n))
  | (?P<aside>(?:---|\.\.\.)(?=\s|$) | [&*!][^\s,\[\]{}]*+)
    """,
    re.VERBOSE | re.DOTALL,
)
"""What may stand where a value may begin; anything else is a plain scalar."""
PLAIN = re.compile(r"(?:[^\n: \t]++|:(?=\S)|[ \t]++(?=[^\s#]))++")
PLAIN_IN_BRACKETS = re.compile(r"(?:[^\n:,\[\]{} \t]++|:(?=[^\s,\[\]{}])|[ \t]++(?=[^\s#,\[\]{}]))++")
"""Up to a colon with space behind it, a comment, or the end of the line."""


def too_deep(text: str, most: int) -> int | None:
    """Where the first level below ``most`` begins; None when nothing nests as deep.

    A level is an open bracket, or a column at which lines begin, counted once more where they begin with a dash.
    """
    blocks: list[tuple[int, bool]] = []
    brackets, at, line_start, leads = 0, 0, 0, True
    while at < len(text):
        piece = PIECE.match(text, at)
        kind = piece.lastgroup if piece else "plain"
        if piece and kind == "line":
            at, line_start, leads = piece.end(), text.rfind("\n", at, piece.end()) + 1, True
            continue
        if leads and not brackets and kind not in ("space", "comment", "close"):
            step(blocks, (at - line_start, text[at] == "-" and kind == "nesting"))
            leads = kind == "nesting"
        brackets += (kind == "open") - (kind == "close" and brackets > 0)
        if brackets + len(blocks) > most:
            return at
        if kind == "block" and not brackets:
            at = end_of_block(text, at, blocks[-1][0])
        elif piece and kind != "block":
            at = piece.end()
        else:
            plain = (PLAIN_IN_BRACKETS if brackets else PLAIN).match(text, at)
            at = plain.end() if plain else at + 1
    return None


def step(blocks: list[tuple[int, bool]], level: tuple[int, bool]) -> None:
    """Leave the levels that a line at ``level`` ends, and enter its own."""
    while blocks and blocks[-1] > level:
        blocks.pop()
    if not blocks or blocks[-1] != level:
        blocks.append(level)


def end_of_block(text: str, at: int, indent: int) -> int:
    """Where the lines of a block scalar end whose holder stands at column ``indent``."""
    inside = re.compile(rf"(?:\n[ ]*(?=\n|$)|\n[ ]{{{indent + 1},}}[^\n]*)*+")
    found = inside.match(text, text.find("\n", at))
    assert found is not None
    return found.end()
