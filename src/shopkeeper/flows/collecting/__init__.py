"""Collecting over the network: what other people's clients send, read strictly and brought into one shape."""
