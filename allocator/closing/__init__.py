"""Whether the financing of projects closes: the gate before the choice, and the sheet of what is chosen.

It may import the config, the pool of candidates and the tables; nothing of models or solvers.
"""
