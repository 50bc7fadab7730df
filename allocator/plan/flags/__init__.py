"""Warnings about what a plan funds: pitfalls of practice, and the rule of each."""
