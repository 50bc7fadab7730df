"""Splits a region's fiscal and special-bond budget over candidate industrial projects, and proves the plan."""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from allocator.build import load
    from allocator.compare import compare
    from allocator.diagnose import diagnose
    from allocator.errors import AllocatorError, Infeasible, InputError, Interrupted, NoPlanInTime, VerificationFailed
    from allocator.explain import explain
    from allocator.pipeline import run
    from allocator.planner import solve
    from allocator.solution import Solution

__all__ = [
    "AllocatorError",
    "Infeasible",
    "InputError",
    "Interrupted",
    "NoPlanInTime",
    "Solution",
    "VerificationFailed",
    "compare",
    "diagnose",
    "explain",
    "load",
    "open",
    "run",
    "solve",
]

HOME = {
    "Solution": "allocator.solution",
    "diagnose": "allocator.diagnose",
    "compare": "allocator.compare",
    "explain": "allocator.explain",
    "load": "allocator.build",
    "open": "allocator.live_model",
    "run": "allocator.pipeline",
    "solve": "allocator.planner",
}


class Package(ModuleType):
    """This package; ``allocator.solve`` stays the function although a module of that name exists."""

    def __setattr__(self, name: str, value: object) -> None:
        """Ignore that the import system hangs the module ``solve`` on the package as an attribute."""
        if not (name in __all__ and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


def __getattr__(name: str) -> object:
    """Public names are imported when first used: a broken config is reported without waiting for pandas or Pyomo."""
    if name not in __all__:
        msg = f"module 'allocator' has no attribute {name!r}"
        raise AttributeError(msg)
    value: object = getattr(import_module(HOME.get(name, "allocator.errors")), name)
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])


sys.modules[__name__].__class__ = Package
