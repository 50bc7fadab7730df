"""Types of arrays: truths, whole numbers and floats."""

from __future__ import annotations

from typing import Any

import numpy as np

Flags = np.ndarray[Any, np.dtype[np.bool_]]
Ints = np.ndarray[Any, np.dtype[np.int64]]
Floats = np.ndarray[Any, np.dtype[np.float64]]
