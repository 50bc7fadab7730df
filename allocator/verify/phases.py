"""Awards by phases of a project, worked out again from the tables alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from allocator.config.keys.plan import Config
    from allocator.verify.facts import Facts


def needs(config: Config, facts: Facts, at: int, instrument: str) -> list[int]:
    """What each phase of a project needs, fen; none where the instrument knows no phases."""
    return [max(facts.fen(at, column) or 0, 0) for column in config.instruments[instrument].award.phases]


def later(phases: Sequence[int]) -> dict[int, int]:
    """Phase → what the phases after it need."""
    return {number: sum(phases[number:]) for number in range(1, len(phases) + 1)}


def awards(phases: Sequence[int], whole: int, step: int) -> dict[int, int]:
    """Phase → award that pays all phases up to it, at most ``whole``, which is the last; down to the step."""
    ends = [sum(phases[:number]) for number in range(1, len(phases))]
    paid = [min(end, whole) // step * step for end in (*ends, whole)]
    return {number: one for number, one in enumerate(paid, start=1) if one and one not in paid[: number - 1]}
