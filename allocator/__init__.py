"""Splits a region's fiscal and special-bond budget over candidate industrial projects, and proves the plan."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from allocator.messages.errors import (
        AllocatorError,
        Infeasible,
        InputError,
        Interrupted,
        NoPlanInTime,
        VerificationFailed,
    )
    from allocator.optimise.planner import solve
    from allocator.pipeline import run
    from allocator.problem.build import load
    from allocator.questions.compare import compare
    from allocator.questions.diagnose import diagnose
    from allocator.questions.explain import explain
    from allocator.runs.folder import StoredRun, load_run
    from allocator.runs.solution import Solution

__all__ = [
    "AllocatorError",
    "Infeasible",
    "InputError",
    "Interrupted",
    "NoPlanInTime",
    "Solution",
    "StoredRun",
    "VerificationFailed",
    "compare",
    "diagnose",
    "explain",
    "load",
    "load_run",
    "open",
    "run",
    "solve",
]

HOME = {
    "Solution": "allocator.runs.solution",
    "StoredRun": "allocator.runs.folder",
    "diagnose": "allocator.questions.diagnose",
    "compare": "allocator.questions.compare",
    "explain": "allocator.questions.explain",
    "load": "allocator.problem.build",
    "load_run": "allocator.runs.folder",
    "open": "allocator.questions.live_model",
    "run": "allocator.pipeline",
    "solve": "allocator.optimise.planner",
}


def __getattr__(name: str) -> object:
    """Public names are imported when first used: a broken config is reported without waiting for pandas or Pyomo."""
    if name not in __all__:
        msg = f"module 'allocator' has no attribute {name!r}"
        raise AttributeError(msg)
    value: object = getattr(import_module(HOME.get(name, "allocator.messages.errors")), name)
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
