"""Differentiate: what we believe about each customer; every belief is a trait."""
