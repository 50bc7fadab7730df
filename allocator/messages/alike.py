"""Many notices of one kind told as one: the first of them, how many more there are, and where they stand.

What is stored keeps each of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from allocator.messages import ROW, Message

FEWEST: Final = 4
"""Notices of one kind that are told as one."""
PLACES: Final = 20
"""Places that are named."""
_PLACE: Final = re.compile(r"(?P<file>.+?)(?:!(?P<cell>[A-Z]+\d+)|:(?P<line>\d+)(?::\d+|" + re.escape(ROW) + r")?)")


def grouped(messages: Iterable[Message]) -> list[Message]:
    """The messages; those of one kind, key and file as one, where the first of them stands."""
    alike: dict[object, list[Message]] = {}
    for number, message in enumerate(messages):
        alike.setdefault(_kind(message) or number, []).append(message)
    return [one for same in alike.values() for one in ([_as_one(same)] if len(same) >= FEWEST else same)]


def _kind(message: Message) -> object:
    """What messages that are told as one have in common; nothing for one without a place."""
    place = _PLACE.fullmatch(message.where)
    inner = tuple(value.code for value in message.values.values() if isinstance(value, Message))
    named = message.values.get("name") if inner else None
    return (message.code, message.path, place["file"], inner, named) if place else None


def _as_one(same: Sequence[Message]) -> Message:
    """The first of some messages with the places of the others."""
    first = same[0]
    places = [place["cell"] or place["line"] for message in same[1:] if (place := _PLACE.fullmatch(message.where))]
    told = [*dict.fromkeys(places[:PLACES]), *(["…"] if len(places) > PLACES else [])]
    values = {"what": Message(first.code, first.values), "count": len(places), "places": told}
    return Message("tables.and_alike", values, first.where, first.path)
