"""Rules that cannot hold together: the smallest sets, by elastic models."""
