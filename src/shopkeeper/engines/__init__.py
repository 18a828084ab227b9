"""Engines: batch computation over the lake, for everybody at once, through Ibis."""
