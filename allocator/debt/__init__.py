"""What bonds owe: service and balance of every year, rooms, caps and shortfalls."""
