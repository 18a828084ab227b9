"""Identify: who this is."""
