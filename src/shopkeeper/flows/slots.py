"""Slots and places as people read them: what is shown where, by which rules, and what a question must say."""

import re
from collections.abc import Sequence
from typing import Literal

import msgspec

from shopkeeper.core.definitions import Definitions, Slot
from shopkeeper.core.item import Place
from shopkeeper.core.money import digits, format_money
from shopkeeper.core.predicate import parse_predicate, sentence
from shopkeeper.core.store import Store
from shopkeeper.flows.definitions import rule_schema


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """A fact of the moment that a question about a slot may state, and its type."""

    name: str
    type: Literal["text", "number", "boolean"]


class SlotLine(msgspec.Struct, frozen=True, kw_only=True):
    """One slot of slots.yaml.

    basis: The legal basis of its purpose. where, sentence: Its own rule as written and in words; None and empty
    without one. rules: What it asks of candidates and how it fills its places, in sentences.
    """

    name: str
    description: str
    kind: str
    n: int
    purpose: str
    basis: str
    policy: str
    where: str | None
    sentence: str
    rules: tuple[str, ...]
    context: tuple[Fact, ...]
    pins: tuple[str, ...]
    exclude: tuple[str, ...]


class PlaceLine(msgspec.Struct, frozen=True, kw_only=True):
    """One place where the shop sells; `title` is its id where it has none."""

    id: str
    title: str


def list_slots(definitions: Definitions) -> list[SlotLine]:
    """Return every slot in the order of slots.yaml."""
    schema, places = rule_schema(definitions), digits(definitions.shop.currency)
    return [
        SlotLine(
            name=slot.name,
            description=slot.description,
            kind=slot.kind,
            n=slot.n,
            purpose=slot.purpose,
            basis=definitions.shop.purposes[slot.purpose].basis.replace("_", " "),
            policy=slot.policy,
            where=slot.where,
            sentence=sentence(parse_predicate(slot.where, schema, place="where", digits=places)) if slot.where else "",
            rules=tuple(_rules(slot, definitions.shop.currency)),
            context=tuple(Fact(name=name, type=kind) for name, kind in slot.context.items()),
            pins=slot.pins,
            exclude=slot.exclude,
        )
        for slot in definitions.slots.values()
    ]


def _rules(slot: Slot, currency: str) -> Sequence[str]:
    found = [f"At most {most} of one {name}." for name, most in slot.max_per.items()]
    if slot.kind != "product":
        least = format_money(round(slot.least_value * 10 ** digits(currency)), currency)
        found.append(f"Only what is expected to change more than {least}.")
    if slot.skip_bought_days:
        found.append(f"Nothing that was bought in the last {slot.skip_bought_days} days.")
    if slot.pins:
        found.append(f"{len(slot.pins)} pinned to the first places.")
    if slot.exclude:
        found.append(f"{len(slot.exclude)} left out.")
    draws = "Places are drawn, better candidates more often." if slot.policy == "explore" else "The best come first."
    stranger = "what is popular" if slot.kind == "product" and slot.fallback == "popular" else "nothing"
    return [*found, draws, f"Where no personal answer may be given: {stranger}."]


async def list_places(store: Store) -> list[PlaceLine]:
    """Return every place in order of its title."""
    found: Sequence[Place] = await store.places()
    lines = [PlaceLine(id=place.id, title=place.title or place.id) for place in found]
    return sorted(lines, key=lambda line: (_by_number(line.title), line.id))


def _by_number(title: str) -> list[tuple[int, str]]:
    """Make a key by which `Store 9` comes before `Store 10`."""
    parts = re.split(r"([0-9]{1,18})", title.casefold())
    return [(int(part), "") if part.isdecimal() else (0, part) for part in parts]
