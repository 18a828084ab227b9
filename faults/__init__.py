"""Faults: break the real server in the ways that machines break, and look for what that lost or did twice."""
