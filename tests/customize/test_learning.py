import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopkeeper.core.definitions import Slot
from shopkeeper.core.errors import BadInput
from shopkeeper.customize.arrange import arrange
from shopkeeper.customize.learning import Belief, Evidence, believe, best_weights, contextual_gain

EXPLORE = Slot(name="coupons", kind="coupon", policy="explore", temperature=1.0)


def play(truth, *, rounds, rng, choose):
    """Let a policy choose among offers of known propensities; return (shown, taken, regret)."""
    shown, taken, regret = np.zeros(len(truth)), np.zeros(len(truth)), 0.0
    for _ in range(rounds):
        offer = choose(believe(np.full(len(truth), 0.1), shown, taken, strength=10), rng)
        shown[offer] += 1
        taken[offer] += rng.random() < truth[offer]
        regret += truth.max() - truth[offer]
    return shown, taken, regret


def thompson(belief, rng):
    return int(rng.beta(belief.taken, belief.missed).argmax())


def test_the_posterior_moves_from_the_model_to_what_was_seen():
    belief = believe(np.array([0.1]), np.array([50.0]), np.array([20.0]), strength=50)
    assert belief.mean == pytest.approx([0.25])


@settings(deadline=None, max_examples=100)
@given(p=st.floats(0, 1), shown=st.integers(0, 10_000), share=st.floats(0, 1), strength=st.floats(0.5, 1e4))
def test_a_belief_lies_between_prior_and_rate_and_is_always_drawable(p, shown, share, strength):
    taken = round(shown * share)
    belief = believe(np.array([p]), np.array([shown]), np.array([taken]), strength=strength)
    bounds = [np.clip(p, 1e-4, 1 - 1e-4), taken / shown if shown else np.clip(p, 1e-4, 1 - 1e-4)]
    assert min(bounds) - 1e-9 <= belief.mean[0] <= max(bounds) + 1e-9
    assert 0 <= np.random.default_rng(1).beta(belief.taken, belief.missed)[0] <= 1


def test_a_redemption_without_a_recorded_showing_never_breaks_a_belief():
    assert believe(np.array([0.0]), np.array([0.0]), np.array([3.0]), strength=50).missed[0] > 0


def test_evidence_is_laid_out_by_offer_and_arm_and_ignores_strangers():
    counts = {("a", "stretch"): (10, 2), ("b", "discover"): (4, 1), ("gone", "stretch"): (9, 9)}
    evidence = Evidence.of(counts, offers=["b", "a"], arms=["stretch", "discover"])
    assert evidence.shown.tolist() == [[0, 4], [10, 0]]
    assert evidence.pooled().taken.tolist() == [[1, 1], [2, 2]]


def test_thompson_sampling_regret_stays_below_its_bound():
    # Expected regret is at most (1 + e) * sum(gap / KL(p, best)) * ln(T) + O(1); Kaufmann et al. (2012). Twice that
    # leaves room for the constant and for 20 seeds; a policy that chooses at random would lose 72.5.
    truth, rounds = np.array([0.05, 0.10, 0.12, 0.20]), 1_000
    kl = truth * np.log(truth / 0.2) + (1 - truth) * np.log((1 - truth) / 0.8)
    bound = 2 * ((0.2 - truth[:3]) / kl[:3]).sum() * np.log(rounds)
    losses = [play(truth, rounds=rounds, rng=np.random.default_rng(s), choose=thompson)[2] for s in range(20)]
    assert np.mean(losses) < min(bound, 40)


def test_a_greedy_policy_without_draws_is_caught_by_the_same_regret():
    truth = np.array([0.05, 0.10, 0.12, 0.20])
    greedy = [
        play(truth, rounds=1_000, rng=np.random.default_rng(s), choose=lambda belief, _: int(belief.mean.argmax()))[2]
        for s in range(20)
    ]
    drawn = [play(truth, rounds=1_000, rng=np.random.default_rng(s), choose=thompson)[2] for s in range(20)]
    assert np.max(greedy) > np.max(drawn)


def test_between_equal_offers_neither_is_preferred():
    shares = []
    for seed in range(60):
        shown, _, _ = play(np.array([0.1, 0.1]), rounds=300, rng=np.random.default_rng(seed), choose=thompson)
        shares.append(shown[0] / 300)
    assert abs(np.mean(shares) - 0.5) < 4 * np.std(shares) / 60**0.5


def test_refreshed_weights_draw_the_first_place_as_thompson_sampling_does():
    belief, rng = Belief(np.array([3.0, 6.0, 2.0]), np.array([20.0, 30.0, 40.0])), np.random.default_rng(2)
    weights = best_weights(belief, np.ones(3), draws=20_000, rng=rng)
    direct = np.bincount([thompson(belief, rng) for _ in range(20_000)], minlength=3) / 20_000
    assert weights == pytest.approx(direct, abs=0.02)
    first = arrange(np.log(weights), {}, slot=EXPLORE, n=1, rng=rng)[0]
    assert first.probability == pytest.approx(weights[first.index])


def test_context_pays_where_arms_truly_differ():
    shown = np.full((2, 2), 2_000.0)
    evidence = Evidence(shown, shown * np.array([[0.10, 0.02], [0.02, 0.10]]))
    found = contextual_gain(evidence, rng=np.random.default_rng(1))
    assert found.pays
    assert found.low < 0.04 < found.high + 0.005


def test_where_arms_are_alike_context_is_claimed_at_most_as_often_as_alpha():
    claims, rng = 0, np.random.default_rng(9)
    for _ in range(200):
        shown = np.full((3, 4), 400.0)
        taken = rng.binomial(400, np.broadcast_to([[0.05], [0.06], [0.04]], (3, 4))).astype(float)
        claims += contextual_gain(Evidence(shown, taken), rng=rng, draws=400).pays
    assert claims <= 200 * 0.05 + 3 * (200 * 0.05 * 0.95) ** 0.5


def test_nothing_is_claimed_of_offers_that_nobody_was_shown():
    assert not contextual_gain(Evidence(np.zeros((3, 2)), np.zeros((3, 2))), rng=np.random.default_rng(1)).pays


def test_a_prior_without_strength_is_refused():
    with pytest.raises(BadInput, match="strength == 0"):
        believe(np.array([0.1]), np.zeros(1), np.zeros(1), strength=0)
