"""The search for the best plan: the relaxation by sifting, integer programs over parts of it, and what proves it."""
