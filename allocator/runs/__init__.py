"""Run folders: solutions, the tables and the manifest they are stored as, how they are found and read.

It may import tables, config, money and messages.
"""
