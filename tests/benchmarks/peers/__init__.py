"""The same problem in the front ends a user would pick, each written as its own documentation shows."""
