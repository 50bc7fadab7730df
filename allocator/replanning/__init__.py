"""Last year's plan: what became of it, what is fixed by it, and what moves away from it."""
