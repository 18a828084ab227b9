"""Shopkeeper: a self-hosted one-to-one marketing engine."""

__version__ = "0.1.0"
