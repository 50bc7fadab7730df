"""What follows from a plan without a solver: totals, debt, warnings, reasons, closing sheets, what was delivered.

It may import the problem and what lies below.
"""
