"""One predicate language: SQL conditions over traits, checked once, evaluated alike for one customer and for all."""

from shopkeeper.core.predicate.compile import compile_predicate
from shopkeeper.core.predicate.moment import Moment
from shopkeeper.core.predicate.predicate import Predicate, parse_predicate

__all__ = ["Moment", "Predicate", "compile_predicate", "parse_predicate"]
