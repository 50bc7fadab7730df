"""Rules between keys, and rules that follow from keys."""
