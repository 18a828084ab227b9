"""Guessing what a table's columns mean, each guess with its reason, so that somebody only has to look it over."""

from shopkeeper.flows.importing.guessing.guess import ColumnGuess, FieldChoice, Guess, KindChoice, guess

__all__ = ["ColumnGuess", "FieldChoice", "Guess", "KindChoice", "guess"]
