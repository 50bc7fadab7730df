"""The only room that makes a model: the instance, the search, exact plans, their tables, conflicts and benchmarks.

It may import the problem, plans, runs and `models`.
"""
