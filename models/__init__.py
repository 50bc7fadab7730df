"""The mathematics of the allocation: symbols, equations, and what is made from them."""
