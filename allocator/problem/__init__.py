"""What is asked: measures, limits, goals, links, parks, chains, debt and risk, in exact amounts; conflicts seen unsolved.

It may import options and what lies below.
"""
