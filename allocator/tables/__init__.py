"""The planner's tables: sheets and CSV as text, cells as values, columns by their headers, and every fault at its cell."""
