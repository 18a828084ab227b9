"""Sources: who sends events, how often, how lately, and what of theirs waits."""
