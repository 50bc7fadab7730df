"""Types of arrays: truths, whole numbers and floats."""

from __future__ import annotations

from math import isnan
from typing import Any

import numpy as np

Flags = np.ndarray[Any, np.dtype[np.bool_]]
Ints = np.ndarray[Any, np.dtype[np.int64]]
Floats = np.ndarray[Any, np.dtype[np.float64]]


def is_nan(value: object) -> bool:
    """Whether a value is the float that stands for a blank."""
    return isinstance(value, float) and isnan(value)
