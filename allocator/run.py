"""Temporary name."""
from allocator.pipeline import check, load, run, solve  # noqa: F401
