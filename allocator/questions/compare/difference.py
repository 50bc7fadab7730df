"""One run against another, as tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from allocator.messages import Message

if TYPE_CHECKING:
    import pandas as pd

    from allocator.questions.compare.pairing import Pair


@dataclass(frozen=True)
class Difference:
    """One run against the first one, as tables; amounts in the first run's unit."""

    pair: Pair
    tables: dict[str, pd.DataFrame]
    """differences (of the inputs), figures, goals, attribution, awards, totals, limits."""
    method: str
    """How the attribution was made: shapley, path or none."""
    notices: tuple[Message, ...]
