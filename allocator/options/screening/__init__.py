"""Who may have what, and why not; every exclusion with its rule, value and threshold."""
