"""How fast the allocator is, and how much memory it takes: `python -m tests.benchmarks`."""
