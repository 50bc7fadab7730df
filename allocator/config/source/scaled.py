"""`--set path=*0.9`, `=+5%`, `=-10%`: a number, or every number of a mapping or list, changed by a factor, exactly."""

from __future__ import annotations

import re
from decimal import Decimal, localcontext

from allocator.config.keys.scalars import number_as_meant, plain_number
from allocator.config.source.overrides import Spot
from allocator.config.source.yaml_source import Block, Items, Node, Place, Written
from allocator.messages import Message
from allocator.messages.errors import InputError

_FACTOR = re.compile(r"\s*(?:[*×]\s*(\d+(?:\.\d*)?|\.\d+)|([-+]\s*\d+(?:\.\d*)?)\s*[%％])\s*", re.ASCII)
DIGITS = 200


def factor_in(text: str) -> Decimal | None:
    """0.9 for ``*0.9`` and ``-10%``; None for every other text, ``+5`` among them, which is the number 5."""
    match = _FACTOR.fullmatch(text)
    if match is None:
        return None
    return Decimal(match[1]) if match[1] else 1 + Decimal(match[2].replace(" ", "")) / 100


def changed(root: Node, entry: Block, text: str, place: Place) -> Node:
    """What stands in ``root`` where the one path of ``entry`` leads, times the factor that ``text`` spells.

    Raises:
        InputError: no number stands there.
    """
    spot, path, node = Spot.top(root), list[str](), entry
    while isinstance(node, Block) and node.entries:
        key = next(iter(node.entries))
        spot, node = spot.child(key), node.entries[key]  # type: ignore[assignment]
        path.append(key)
    factor = factor_in(text) or Decimal(0)
    found = None if spot.node is None else times(spot.node, factor, place)
    if found is None:
        code = "config.nothing_to_change" if spot.node is None else "config.no_number_to_change"
        raise InputError([Message(code, {"got": text.strip()}, str(place), ".".join(path))])
    return found


def times(node: Node, factor: Decimal, place: Place) -> Node | None:
    """The node with every number multiplied; None where something in it is no number."""
    if isinstance(node, Written):
        number = None if node.empty else number_as_meant(node)
        with localcontext(prec=DIGITS):
            return None if number is None else Written.at(plain_number(number * factor), place, plain=True)
    if isinstance(node, Items):
        items = [times(item, factor, place) for item in node.items]
        return Items(tuple(item for item in items if item is not None), place) if items and None not in items else None
    entries = {key: times(value, factor, place) for key, value in node.entries.items()}
    if not entries or None in entries.values():
        return None
    return Block({k: v for k, v in entries.items() if v is not None}, dict.fromkeys(entries, place), place)
