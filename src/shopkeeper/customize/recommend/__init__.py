"""What a customer will want next: repeat purchases, similar households, what is bought together, popularity.

    model = fit(purchases, before=cut, settings=PRODUCTS)     # once, from the lake; purchases: .purchases.Purchases
    taste = model.taste(baskets, customer="cus_…")            # her live history: a sequence of Basket(at, items)
    model.scores(taste)                                       # float32 (n_items,), in the order of `model.items`
    model.rank(taste, ["1029743", "844179"])                  # float32 for the caller's own list of items
    model.explain(taste, "1029743")                           # Explanation: additive parts whose sum is the score

A taste changes only with the history, never by time alone: cache it until the customer's next basket. Without any
known item in the history every score is popularity. Names live in `recommender` (`Recommender`, `Taste`,
`Explanation`), `fitting` (`fit`, `Settings`, `PRODUCTS`, `CATEGORIES`) and `purchases` (`Basket`, `Purchases`).
"""
