"""The command line: parse, call, print.

It may import everything.
"""
