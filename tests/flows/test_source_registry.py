"""The registry: keys that work, end, and are replaced."""

import asyncio
import re
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

import shopkeeper.flows.sources.registry as module
from shopkeeper.core.definitions import IdentifierKind, Shop
from shopkeeper.core.errors import BadInput, NotFound, StoreError
from shopkeeper.flows.sources.page import source_page
from shopkeeper.flows.sources.registry import (
    NewSource,
    Registry,
    Rotation,
    SourceChange,
    add_source,
    change_source,
    rotate,
    why_nothing,
)
from shopkeeper.flows.sources.wiring import KEY, wires
from shopkeeper.testing.shop import seeded

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
WEB = NewSource(name="web", kind="browser", basis="consent", category="analytics")


@pytest.fixture
async def registry(store):
    return Registry(store)


async def added(store, asked=WEB):
    return await add_source(store, asked, now=NOW, rng=seeded(1))


async def test_a_key_names_its_source_and_only_its_digest_is_kept(store, registry):
    made = await added(store)
    await registry.look()
    assert registry.source_of(made.write_key, now=NOW).name == "web"
    assert registry.source_of(made.write_key + "x", now=NOW) is None
    [kept] = (await store.find_source("web")).keys
    assert made.write_key not in f"{kept}"
    assert (made.write_key.startswith("sk_browser_"), kept.hint) == (True, made.write_key[-4:])


async def test_a_replaced_key_works_until_its_grace_is_over(store, registry):
    first = await added(store)
    second = await rotate(store, "web", Rotation(grace_hours=2), now=NOW, rng=seeded(2))
    await registry.look()
    held = [
        [registry.source_of(made.write_key, now=at) is not None for made in (first, second)]
        for at in (NOW + HOUR, NOW + 2 * HOUR)
    ]
    assert held == [[True, True], [False, True]]


async def test_a_second_rotation_gives_an_old_key_no_longer_life_and_forgets_what_has_ended(store):
    await added(store)
    await rotate(store, "web", Rotation(grace_hours=1), now=NOW, rng=seeded(2))
    await rotate(store, "web", Rotation(grace_hours=9), now=NOW, rng=seeded(3))
    ends = {key.expires_at for key in (await store.find_source("web")).keys}
    assert ends == {NOW + HOUR, NOW + 9 * HOUR, None}
    later = await rotate(store, "web", Rotation(grace_hours=0), now=NOW + 5 * HOUR, rng=seeded(4))
    assert [key.hint for key in later.source.keys] == [later.write_key[-4:]]


async def test_a_disabled_source_sends_nothing_until_it_may_again(store, registry):
    made = await added(store)
    for disabled in (True, False):
        await change_source(store, "web", SourceChange(disabled=disabled), now=NOW)
        await registry.look()
        assert (registry.source_of(made.write_key, now=NOW) is None) is disabled


async def test_the_identity_secret_is_replaced_alone_and_a_server_is_shown_none(store):
    made = await added(store)
    other = await rotate(store, "web", Rotation(identity_secret=True), now=NOW, rng=seeded(2))
    assert (other.write_key, other.identity_secret == made.identity_secret) == (None, False)
    assert (await store.find_source("web")).secret == other.identity_secret
    server = await added(store, NewSource(name="backend", kind="server", basis="contract"))
    assert server.identity_secret is None
    with pytest.raises(BadInput, match="for a browser's source alone"):
        await rotate(store, "backend", Rotation(identity_secret=True), now=NOW, rng=seeded(2))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": "Web"}, "lower-case"),
        ({"name": "api"}, "Shopkeeper's own"),
        ({"name": "a" * 65}, "1 to 64"),
        ({"category": None}, "needs the purpose"),
        ({"basis": "contract"}, "goes with basis 'consent' alone"),
        ({"environment": ""}, "environment"),
    ],
)
async def test_terms_that_do_not_fit_are_refused(store, wrong, said):
    with pytest.raises(BadInput, match=said):
        await added(store, replace(WEB, **wrong))


async def test_a_site_of_which_nothing_can_be_taken_is_told_of(store):
    shop = Shop(name="s", currency="EUR", time_zone="UTC", identifiers={"user_id": IdentifierKind()}, purposes={})
    made = await add_source(store, WEB, now=NOW, rng=seeded(1), shop=shop)
    assert made.warning.startswith("nothing can be taken from a site: shop.yaml declares no `anonymous_id`; add")
    page = await source_page(store, "web", base="x", shop=shop, environment="production", now=NOW, wall=NOW)
    assert page.warning == made.warning
    assert why_nothing("server", shop) == ""


async def test_changes_of_what_is_not_there_and_of_half_the_terms_are_refused(store):
    with pytest.raises(NotFound):
        await rotate(store, "web", Rotation(), now=NOW, rng=seeded(1))
    await added(store)
    with pytest.raises(BadInput, match="grace_hours"):
        await rotate(store, "web", Rotation(grace_hours=-1), now=NOW, rng=seeded(1))
    changed = await change_source(store, "web", SourceChange(basis="contract"), now=NOW)
    assert (changed.basis, changed.category) == ("contract", None)
    with pytest.raises(BadInput, match="needs the purpose"):
        await change_source(store, "web", SourceChange(basis="consent"), now=NOW)


@pytest.mark.parametrize("category", ["analytics", "Web Analytics"])
@pytest.mark.parametrize("kind", ["browser", "server"])
def test_where_consent_is_the_basis_every_call_of_every_wire_carries_it(kind, category):
    for wire in wires(kind, base="https://shop.example.org", category=category):
        assert f"'{category}'" in wire.lines or f'"{category}"' in wire.lines or f"{{ {category}: true" in wire.lines
        calls = re.findall(r"\.(?:page|track)\([^)]*\)|-d .*", wire.lines)
        assert calls
        assert all("context" in call for call in calls)
        assert not re.search(r"\{(said|only|more|with|bare|category)\}", wire.lines)


@pytest.mark.parametrize("kind", ["browser", "server"])
def test_every_wire_names_the_key_and_the_address_in_a_few_lines(kind):
    for wire in wires(kind, base="https://shop.example.org"):
        assert KEY in wire.lines
        assert "https://shop.example.org" in wire.lines
        assert not re.search(r"\{[a-z]+\}|consent", wire.lines)
        assert len([line for line in wire.lines.splitlines() if line]) <= 7
    assert {wire.client for wire in wires("server", base="x")} >= {
        "segment-analytics-python",
        "@segment/analytics-node",
    }


class _Counted:
    """A store that counts how often it is asked for sources, and may be down."""

    def __init__(self, store) -> None:
        self._store = store
        self.asked = 0
        self.down = False

    async def sources(self):
        self.asked += 1
        if self.down:
            raise StoreError("postgresql://db/shop: the database does not answer")
        return await self._store.sources()

    def __getattr__(self, name):
        return getattr(self._store, name)


@pytest.fixture
def counted(store, monkeypatch):
    monkeypatch.setattr(module, "SELDOM", 0.0)
    return _Counted(store)


async def test_a_key_that_another_process_made_since_works_at_once(store, counted):
    registry = Registry(counted)
    await registry.look()
    made = await added(store)
    assert (await registry.find_source_of(made.write_key, now=NOW)).name == "web"
    assert await registry.find_source_of("sk_browser_nobodys", now=NOW) is None


async def test_a_key_that_cannot_be_looked_up_is_not_called_wrong(store, counted):
    registry = Registry(counted)
    known = await added(store)
    await registry.look()
    counted.down = True
    assert (await registry.find_source_of(known.write_key, now=NOW)).name == "web"
    with pytest.raises(StoreError, match="cannot be looked up just now") as said:
        await registry.find_source_of("sk_browser_new", now=NOW)
    assert "postgresql" not in str(said.value)


@pytest.mark.parametrize("down", [False, True])
async def test_a_flood_of_wrong_keys_asks_the_store_once(counted, monkeypatch, down):
    monkeypatch.setattr(module, "SELDOM", 3600.0)
    registry = Registry(counted)
    counted.down = down
    asked = [registry.find_source_of(f"wrong-{n}", now=NOW) for n in range(50)]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert counted.asked == 1
    assert {type(answer) for answer in answers} == {StoreError if down else type(None)}
