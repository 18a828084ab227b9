"""The HTTP API: parse, call a flow, answer."""
