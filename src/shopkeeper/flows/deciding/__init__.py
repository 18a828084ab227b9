"""Deciding: one flow from a question to an answer, for recommendations, offers and the caller's own list."""
