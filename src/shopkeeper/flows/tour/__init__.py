"""The tour: two customers of this shop who differ, and what to try with them."""
