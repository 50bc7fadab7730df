"""Files as tables: sheets and CSV as text, cells as values, columns by their headers, every fault at its cell."""
