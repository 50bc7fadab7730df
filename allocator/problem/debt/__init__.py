"""What bonds may owe: service by year, revenue of parks, rooms under the debt limit."""
