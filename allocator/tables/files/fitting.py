"""Tables read with a smallest amount that holds them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allocator.config.source.load import with_quantum
from allocator.money import COARSEST, quantum_for
from allocator.tables.files.problems import TooLarge
from allocator.tables.inputs import read_inputs
from allocator.tables.opened import Inputs

if TYPE_CHECKING:
    from allocator.config.loaded import Loaded


def read_fitting(loaded: Loaded) -> tuple[Loaded, Inputs]:
    """Read every table; where no smallest amount is written, with one so large that all sums of columns are exact.

    Raises:
        InputError: all problems of all tables.
    """
    try:
        return loaded, read_inputs(loaded)
    except TooLarge as error:
        quantum = quantum_for(loaded.config.money, error.total)
        if "quantum" in loaded.values or quantum > COARSEST:
            raise
    coarser = with_quantum(loaded, quantum)
    return coarser, read_inputs(coarser)
