"""One predicate language: SQL conditions over traits, checked once, evaluated alike for one customer and for all."""

from shopkeeper.core.predicate.compile import compile_predicate
from shopkeeper.core.predicate.flips import flips_at
from shopkeeper.core.predicate.moment import Moment
from shopkeeper.core.predicate.predicate import Predicate, conditions, parse_predicate
from shopkeeper.core.predicate.sentence import sentence

__all__ = ["Moment", "Predicate", "compile_predicate", "conditions", "flips_at", "parse_predicate", "sentence"]
