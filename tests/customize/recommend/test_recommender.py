from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopkeeper.core.errors import BadInput, NotFound
from shopkeeper.customize.recommend.fitting import fit, tastes
from shopkeeper.customize.recommend.purchases import Basket, Purchases, baskets_of, purchases_of
from shopkeeper.customize.recommend.recommender import Recommender
from shopkeeper.customize.recommend.settings import Settings

DAY = 86_400_000_000
BEFORE = 100 * DAY
SMALL = Settings(minimum=2, neighbours=5, kept=10, partners=4, ridge=2.0)


def shop(rng: np.random.Generator, *, customers: int = 30, items: int = 20, lines: int = 900) -> Purchases:
    """Customers with a leaning: number c prefers the items near c % items."""
    who = rng.integers(0, customers, lines)
    day = rng.integers(0, 100, lines)
    what = (who + rng.geometric(0.3, lines)) % items
    return purchases_of(
        [f"cus_{i:02}" for i in range(customers)],
        [f"item_{i:02}" for i in range(items)],
        customer=who,
        order=who * 1000 + day,
        at=day * DAY,
        item=what,
    )


@pytest.fixture(scope="module")
def purchases() -> Purchases:
    return shop(np.random.default_rng(7))


@pytest.fixture(scope="module")
def model(purchases: Purchases) -> Recommender:
    return fit(purchases, before=BEFORE, settings=SMALL)


def history(*baskets: str) -> list[Basket]:
    return [Basket((i + 1) * DAY, tuple(f"item_{int(n):02}" for n in each.split())) for i, each in enumerate(baskets)]


histories = st.lists(
    st.tuples(
        st.integers(0, 200).map(lambda day: day * DAY),
        st.lists(st.integers(0, 25).map("item_{:02}".format), max_size=6).map(tuple),
    ).map(lambda pair: Basket(*pair)),
    max_size=12,
)


def test_a_live_history_gives_the_taste_that_training_saw(purchases: Purchases, model: Recommender) -> None:
    trained = tastes(purchases, SMALL).toarray()
    for row, baskets in enumerate(baskets_of(purchases)):
        taste = model.taste(baskets, customer=purchases.customers[row])
        live = np.zeros(len(model.items), np.float32)
        live[taste.items] = taste.shares
        np.testing.assert_allclose(live, trained[row], rtol=1e-5)


def test_a_basket_after_training_changes_the_answer_at_once(model: Recommender) -> None:
    before = model.scores(model.taste(history("1 2", "1")))
    after = model.scores(model.taste([*history("1 2", "1"), Basket(BEFORE + 5 * DAY, ("item_09",))]))
    assert after[9] > before[9]
    assert after[1] < before[1]


def test_the_newest_basket_says_most(model: Recommender) -> None:
    taste = model.taste(history("3", "4"))
    assert dict(zip(taste.items.tolist(), taste.shares, strict=True))[4] > taste.shares[0]


def test_of_two_baskets_at_one_instant_the_later_listed_is_newer(model: Recommender) -> None:
    taste = model.taste([Basket(DAY, ("item_03",)), Basket(DAY, ("item_04",))])
    assert taste.shares[1] > taste.shares[0]


def test_a_basket_of_unknown_items_is_as_if_it_were_not_there(model: Recommender) -> None:
    known = history("1 2", "3")
    unknown = [*known, Basket(50 * DAY, ("never-sold",))]
    np.testing.assert_array_equal(model.scores(model.taste(known)), model.scores(model.taste(unknown)))


def test_without_a_history_popularity_answers(model: Recommender) -> None:
    scores = model.scores(model.taste([]))
    np.testing.assert_allclose(scores, SMALL.popular * model.popularity)


@settings(deadline=None, max_examples=60)
@given(baskets=histories, target=st.integers(0, 19))
def test_the_parts_of_an_explanation_sum_to_the_score(baskets: list[Basket], target: int) -> None:
    model = _model()
    taste = model.taste(baskets)
    why = model.explain(taste, model.items[target])
    parts = why.own.part + why.similar.part + sum(each.part for each in why.together) + why.others + why.popular
    assert parts == pytest.approx(why.score)
    assert why.score == pytest.approx(float(model.scores(taste)[target]), rel=1e-4, abs=1e-6)


@settings(deadline=None, max_examples=60)
@given(baskets=histories)
def test_order_of_a_history_and_repeats_within_a_basket_do_not_matter(baskets: list[Basket]) -> None:
    model = _model()
    distinct = list({basket.at: basket for basket in baskets}.values())
    doubled = [Basket(at, items + items) for at, items in reversed(distinct)]
    np.testing.assert_allclose(
        model.scores(model.taste(distinct)), model.scores(model.taste(doubled)), rtol=1e-5, atol=1e-7
    )


def test_removing_what_the_reasons_name_lowers_the_score(purchases: Purchases, model: Recommender) -> None:
    lowered = 0
    for customer, baskets in zip(purchases.customers, baskets_of(purchases), strict=True):
        taste = model.taste(baskets, customer=customer)
        best = model.items[int(np.argmax(model.scores(taste)))]
        why = model.explain(taste, best)
        named = {best, *(each.item for each in why.together)}
        rest = [Basket(at, tuple(item for item in items if item not in named)) for at, items in baskets]
        after = model.explain(model.taste(rest, customer=customer), best)
        assert after.own.part == 0
        assert after.score < why.score
        lowered += 1
    assert lowered == 30


def test_an_explanation_says_how_often_and_when_last(model: Recommender) -> None:
    why = model.explain(model.taste(history("5", "6", "5 7", "8")), "item_05")
    assert (why.own.times, why.own.last) == (2, 3 * DAY)


def test_an_explanation_names_items_of_her_own_and_no_other_customer(model: Recommender) -> None:
    why = model.explain(model.taste(history("5 6 7")), "item_08")
    assert {each.item for each in why.together} <= {"item_05", "item_06", "item_07"}
    assert "cus_" not in repr(why)


def test_a_customer_is_not_her_own_neighbour(purchases: Purchases, model: Recommender) -> None:
    for row, baskets in enumerate(baskets_of(purchases)):
        assert row not in model.taste(baskets, customer=purchases.customers[row]).similar
        assert row in model.taste(baskets).similar


def test_rank_gives_an_item_outside_the_universe_its_popularity() -> None:
    purchases = shop(np.random.default_rng(7))
    model = fit(purchases, before=BEFORE, settings=Settings(minimum=14, neighbours=5, ridge=2.0))
    rare = max(model.rare, key=model.rare.__getitem__)
    ranked = model.rank(model.taste([]), [rare, "never-sold"])
    np.testing.assert_allclose(ranked, [model.settings.popular * model.rare[rare], 0], rtol=1e-6)


def test_rank_scores_like_scores(model: Recommender) -> None:
    taste = model.taste(history("1 2 3"))
    np.testing.assert_array_equal(model.rank(taste, model.items), model.scores(taste))


def test_explaining_an_unknown_item_is_refused(model: Recommender) -> None:
    with pytest.raises(NotFound):
        model.explain(model.taste([]), "never-sold")


def test_purchases_after_the_end_of_training_are_refused(purchases: Purchases) -> None:
    with pytest.raises(BadInput, match="at or after"):
        fit(purchases, before=50 * DAY, settings=SMALL)


def test_a_shop_without_common_items_is_refused_in_words(purchases: Purchases) -> None:
    with pytest.raises(BadInput, match="no item was bought by 1000 customers"):
        fit(purchases, before=BEFORE, settings=Settings(minimum=1000))


@cache
def _model() -> Recommender:
    return fit(shop(np.random.default_rng(7)), before=BEFORE, settings=SMALL)
