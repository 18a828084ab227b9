"""The shared vocabulary: nouns, predicates, errors, ports, stable hashing, the clock."""
