"""The only place where the steps meet: read, call steps, write."""
