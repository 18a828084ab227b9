"""What tests and simulations of a shop need: events and definitions drawn from a seeded source."""
