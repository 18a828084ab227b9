"""Imports from the browser: files that were uploaded, and the work on them beside the requests."""
