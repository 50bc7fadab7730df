"""Answers that solve again: why not, what if, what differs, is it better, how sure.

It may import all but the pipeline and the command line.
"""
