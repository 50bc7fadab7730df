"""Why there is no plan, and the smallest changes that give one; each proved by solving again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from allocator.questions.diagnose.answers import Change, Conflict, Diagnosis, Fix, Rule

if TYPE_CHECKING:
    from allocator.messages.watch import Progress

__all__ = ["Change", "Conflict", "Diagnosis", "Fix", "Rule", "diagnose"]

SECONDS = 300.0
"""How long a diagnosis may take; fixes that were not found by then are not offered."""


def diagnose(
    path: str | Path,
    *,
    scenario: str | None = None,
    overrides: Sequence[str] = (),
    seconds: float = SECONDS,
    progress: Progress | None = None,
) -> Diagnosis:
    """Look for rules of a config that cannot hold together, and for the smallest changes that give a plan.

    Simple conflicts are seen without solving. Then smallest sets of rules are found, independent conflicts as
    separate sets; every fix offered has been tried on the whole config.

    Raises:
        InputError: what is wrong with config or tables.
        NoPlanInTime: whether there is a plan could not be decided in time.
        Interrupted: the user stopped before that was decided; later, what is known by then is told.
    """
    from allocator.messages.watch import Watch
    from allocator.questions.diagnose.search import diagnosed

    watch = Watch(seconds, progress)
    with watch.interruptible():
        return diagnosed(Path(path), scenario, tuple(overrides), watch)
