"""Rules beneath every step: permits, assignment to the holdout, signed tokens."""
