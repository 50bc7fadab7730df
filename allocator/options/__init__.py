"""From the table to options: candidates, who is screened out, what each instrument offers; one table of options.

It may import tables, config, money and messages.
"""
