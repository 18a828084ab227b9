"""The door: what comes in becomes a canonical event, once and for all, or waits with the reason why not."""
