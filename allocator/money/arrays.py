"""Types of arrays: truths, whole numbers, numbers of rows, floats and texts."""

from __future__ import annotations

from math import isnan
from typing import Any

import numpy as np

Flags = np.ndarray[Any, np.dtype[np.bool_]]
Ints = np.ndarray[Any, np.dtype[np.int64]]
Rows = Ints
"""Numbers of rows of a table."""
Floats = np.ndarray[Any, np.dtype[np.float64]]
Texts = np.ndarray[Any, np.dtype[np.object_]]


def is_nan(value: object) -> bool:
    """Whether a value is the float that stands for a blank."""
    return isinstance(value, float) and isnan(value)
