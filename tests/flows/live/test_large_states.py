"""A till that rings up everybody as one guest: what is worked out of very many orders is worked out seldom."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

import shopkeeper.flows.deciding.coupons as coupons_module
import shopkeeper.flows.deciding.tastes as tastes_module
import shopkeeper.flows.writing_back as writing_module
from shopkeeper.differentiate import fold as folding
from shopkeeper.differentiate.fold import decode_state, encode_state, purchase_history
from shopkeeper.flows.profiles import Profiles
from shopkeeper.testing.shop import NOW, basket, track, user


@pytest.fixture
async def guest(service, ids, treated, monkeypatch):
    """A customer whose state counts as large."""
    customer = ids[treated]
    size = (await service.profiles.get(customer)).state.size
    await service.profiles.write_back()
    monkeypatch.setattr(writing_module, "LARGE", size)
    monkeypatch.setattr(writing_module, "SELDOM", size / 2.5)
    monkeypatch.setattr(folding, "STEP", 1)
    return await service.profiles.get(customer)


def order(number, n):
    return basket(user(number), ["tea-0", "pets-1"], key=f"g{n}", at=NOW - timedelta(minutes=n))


async def stored(app, profile):
    return (await app.store.ground([profile.customer])).stored[profile.customer]


async def test_a_large_state_is_written_once_for_some_events(app, service, take, guest, treated):
    before = await stored(app, guest)
    for n in range(2):
        await take(order(treated, n))
        await service.profiles.write_back()
        assert await stored(app, guest) == before
    for n in range(2, 4):
        await take(order(treated, n))
    await service.profiles.write_back()
    assert (await stored(app, guest)).seq == guest.seq
    cold = await Profiles(app.store, app.definitions).get(guest.customer)
    assert encode_state(cold.state) == encode_state(guest.state)
    assert await service.profiles.write_back() == 0


@pytest.fixture
def between_steps(monkeypatch):
    """Do something once between two steps of writing."""
    todo = []
    plain = writing_module.encode_in_steps

    def steps(state):
        inner = plain(state)
        while True:
            try:
                next(inner)
            except StopIteration as done:
                return done.value
            if todo:
                todo.pop()()
            yield

    monkeypatch.setattr(writing_module, "encode_in_steps", steps)
    return todo


async def test_an_order_that_comes_while_a_large_state_is_written_is_written_later(
    app, service, guest, between_steps, monkeypatch
):
    monkeypatch.setattr(writing_module, "SELDOM", 10**9)
    events = await app.store.history([guest.customer], names=["Order Completed"])
    guest.unsaved, guest.dirty = 1, True
    before, seq = encode_state(guest.state), guest.seq
    coming = replace(events[-1], order_id="late", seq=seq + 1)

    def comes():
        folding.fold(service.profiles.plan, guest.state, coming)
        guest.seq = coming.seq

    between_steps.append(comes)
    assert await service.profiles.write_back() == 1
    kept = await stored(app, guest)
    assert (kept.seq, encode_state(decode_state(kept.state))) == (seq, before)
    assert guest.dirty


async def test_a_large_state_is_not_written_as_of_two_moments(app, service, guest, between_steps):
    """Planted bug: a correction between two steps is in the orders and not in the sums."""
    before = await stored(app, guest)
    guest.unsaved, guest.dirty = guest.state.size, True
    events = await app.store.history([guest.customer], names=["Order Completed"])
    correction = replace(events[-1], name="Order Cancelled", seq=10**9)
    between_steps.append(lambda: folding.fold(service.profiles.plan, guest.state, correction))
    assert await service.profiles.write_back() == 0
    assert guest.dirty
    assert await stored(app, guest) == before
    assert await service.profiles.write_back() == 1


@pytest.fixture
def worked_out(monkeypatch):
    """For what the purchases were asked for."""
    found = []
    for module in (tastes_module, coupons_module):

        def noting(state, module=module):
            found.append(module.__name__.rpartition(".")[2])
            return purchase_history(state)

        monkeypatch.setattr(module, "purchase_history", noting)
    return found


async def test_an_event_that_is_no_order_leaves_tastes_and_roles_as_they_are(take, decide, treated, worked_out):
    for slot in ("recommendations", "coupons"):
        await decide(slot, treated)
    assert set(worked_out) == {"tastes", "coupons"}
    worked_out.clear()
    await take(track(user(treated), "Product Viewed", {}, key="v", at=NOW))
    for slot in ("recommendations", "coupons"):
        await decide(slot, treated)
    assert worked_out == []
    await take(order(treated, 1))
    for slot in ("recommendations", "coupons"):
        await decide(slot, treated)
    assert set(worked_out) == {"tastes", "coupons"}


async def test_a_redemption_is_in_the_next_coupons(take, decide, treated, worked_out):
    await decide("coupons", treated)
    worked_out.clear()
    await take(track(user(treated), "Offer Redeemed", {"offer": "twice-milk"}, key="v", at=NOW))
    await decide("coupons", treated)
    assert worked_out == ["coupons"]
