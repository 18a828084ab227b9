"""Event contracts: learned as events come, told of where they drift, held where they are strict."""
