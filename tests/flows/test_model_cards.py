"""Model cards in words, and putting another version in force."""

import shutil
from datetime import timedelta

import msgspec
import pytest

from shopkeeper.core.errors import BadInput, NotFound
from shopkeeper.engines.model_files import MANIFEST, read_model, write_model
from shopkeeper.flows.event_lines import Wanted, list_events
from shopkeeper.flows.model_cards import model_cards, model_version, put_in_force
from shopkeeper.testing.shop import NOW

NAME = "recommend.product"


@pytest.fixture
async def older(app):
    """Another version of the recommender, trained a week before the one in force."""
    now = (await app.store.models_in_force())[NAME]
    manifest, arrays = read_model(app.models, NAME, now.version)
    week = timedelta(days=7)
    other = msgspec.structs.replace(
        manifest, version="older", trained_at=manifest.trained_at - week, data_to=manifest.data_to - week, digest=""
    )
    written = write_model(app.models, other, arrays)
    await app.store.put_model(written)
    await app.store.put_model(now)
    return written


async def cards(app):
    return {card.name: card for card in await model_cards(app.store, app.models, app.definitions, now=NOW)}


async def test_a_card_says_what_a_model_is_for_and_how_good_it_is(app):
    card = (await cards(app))[NAME]
    assert (card.title, card.in_force) == ("Product recommendations", card.versions[0].version)
    assert "recommendations" in card.slots and "coupons" not in card.slots
    assert card.standing == "In force; it knows what happened until today."
    quality = card.versions[0].metrics[0]
    assert (quality.name, quality.way) == ("validation.ndcg@10", "same")
    assert quality.against == "as good as the plain method, what each customer bought most often"
    assert card.versions[0].size > 1000
    assert card.versions[0].parameters[0].label


async def test_the_coupon_model_shows_whether_its_probabilities_hold(app):
    version = (await cards(app))["coupons"].versions[0]
    curve = version.calibration[0]
    assert curve.label == "Will buy it anyway"
    assert [said for said, _ in curve.points] == sorted(said for said, _ in curve.points)
    assert all(0 <= happened <= 1 for _, happened in curve.points)
    assert {one.name for one in version.metrics} >= {"anyway_auc", "anyway_log_loss"}


async def test_a_model_that_was_never_trained_has_a_card_too(app):
    empty = await model_cards(_Nothing(), app.models, app.definitions, now=NOW)
    assert {card.in_force for card in empty} == {None}
    assert all("Train it" in card.standing for card in empty)


class _Nothing:
    async def models_in_force(self):
        return {}

    in_force_since = models_in_force

    async def all_model_versions(self):
        return []


async def test_an_earlier_version_goes_in_force_and_the_log_tells_who(app, older):
    later = NOW + timedelta(hours=1)
    await put_in_force(app.store, app.models, NAME, "older", who="olga", now=later)
    card = (await cards(app))[NAME]
    assert (card.in_force, card.since) == ("older", later)
    assert [version.in_force for version in card.versions] == [False, True]
    (told,) = (await list_events(app.store, app.definitions, Wanted(name="Model Put In Force"))).events
    assert told.words == "Version older of the model “recommend.product” was put in force."
    head = await app.store.head()
    await put_in_force(app.store, app.models, NAME, "older", who="olga", now=later)
    assert await app.store.head() == head


async def test_a_version_whose_files_are_damaged_or_gone_is_refused_and_nothing_changes(app, older):
    before = (await app.store.models_in_force())[NAME].version
    place = app.models / NAME / "older"
    (place / MANIFEST).write_text("{}")
    with pytest.raises(BadInput, match="damaged"):
        await put_in_force(app.store, app.models, NAME, "older", who="olga", now=NOW)
    shutil.rmtree(place)
    with pytest.raises(NotFound):
        await put_in_force(app.store, app.models, NAME, "older", who="olga", now=NOW)
    assert (await app.store.models_in_force())[NAME].version == before
    gone = await model_version(app.store, app.models, app.definitions, NAME, "older", now=NOW)
    assert (gone.size, gone.size_text) == (None, "its files are gone")


async def test_what_is_not_recorded_is_not_found(app):
    for name, version in ((NAME, "none"), ("recommend.produce", "none")):
        with pytest.raises(NotFound):
            await model_version(app.store, app.models, app.definitions, name, version, now=NOW)
        with pytest.raises(NotFound):
            await put_in_force(app.store, app.models, name, version, who="olga", now=NOW)
