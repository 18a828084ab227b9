"""Benchmarks: figures beside a baseline measured in the same run, and the mark they must reach. No timed tests."""
