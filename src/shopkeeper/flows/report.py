"""The report: what the treated customers did more than the universal holdout, with intervals."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from shopkeeper.core.definitions import Definitions
from shopkeeper.core.errors import BadInput
from shopkeeper.core.event import ORDER_COMPLETED
from shopkeeper.core.instant import micros
from shopkeeper.core.money import digits
from shopkeeper.core.predicate import Moment
from shopkeeper.core.store import Store
from shopkeeper.core.trait import Computed, Kind, Trait, TraitType, Window
from shopkeeper.differentiate.fold import plan_traits
from shopkeeper.flows.arms import count_crossed
from shopkeeper.measure.lift import lift
from shopkeeper.protect.assignment import arm_of

if TYPE_CHECKING:
    from shopkeeper.engines.batch import Batch

LONGEST = 3650


class LiftLine(msgspec.Struct, frozen=True, kw_only=True):
    """One figure per customer, treated against holdout; money in major units, intervals of 95 %.

    relative: The difference as a share of the holdout's mean, with its interval, where that mean is not near 0.
    """

    figure: str
    unit: str
    treated: float
    holdout: float
    difference: float
    low: float
    high: float
    relative: tuple[float, float, float] | None
    verdict: str


class LiftReport(msgspec.Struct, frozen=True, kw_only=True):
    """Treated against holdout over the last days.

    sample_ratio_p: Below .001 the assignment does not work as declared, and nothing else here is to be trusted.
    crossed: Customers for whom answers followed both arms, since parts of theirs in different arms turned out to be one
    customer, or were one for a while. They are counted in the arm first assigned, that of the oldest part.
    """

    days: int
    until: datetime
    treated: int
    holdout: int
    crossed: int
    share: float
    sample_ratio_p: float | None
    lines: tuple[LiftLine, ...]


async def lift_report(
    store: Store, batch: "Batch", definitions: Definitions, *, days: int, now: datetime
) -> LiftReport:
    """Compare the arms over the last `days` local days; every customer counts, with 0 where there was nothing.

    Raises: BadInput: `days` out of bounds; no holdout is declared, or an arm has fewer than two customers.
    """
    if not 1 <= days <= LONGEST:
        raise BadInput(f"days == {days}, must be from 1 to {LONGEST}")
    if definitions.shop.holdout.share == 0:
        raise BadInput("shop.yaml: holdout.share is 0; there is nothing to compare with")
    customers = await _everybody(store)
    merged = await store.merged_parts()
    figures = await asyncio.to_thread(_figures, batch, definitions, merged, days, now)
    held = np.array([arm_of(customer, definitions.shop.holdout) == "holdout" for customer in customers], dtype=bool)
    if held.sum() < 2 or (~held).sum() < 2:
        raise BadInput("report: an arm has fewer than two customers; import more, or raise holdout.share")
    lines, ratio = [], None
    for name, (unit, scale, values) in figures.items():
        each = np.array([values.get(customer, 0) / scale for customer in customers])
        found = lift(each[~held], each[held], share=definitions.shop.holdout.share)
        ratio = found.sample_ratio_p
        lines.append(
            LiftLine(
                figure=name,
                unit=unit,
                treated=found.treated,
                holdout=found.holdout,
                difference=found.difference,
                low=found.low,
                high=found.high,
                relative=found.relative,
                verdict=found.verdict,
            )
        )
    return LiftReport(
        days=days,
        until=now,
        treated=int((~held).sum()),
        holdout=int(held.sum()),
        crossed=await count_crossed(store, merged, definitions.shop.holdout),
        share=definitions.shop.holdout.share,
        sample_ratio_p=ratio,
        lines=tuple(lines),
    )


async def _everybody(store: Store) -> list[str]:
    found: list[str] = []
    while page := await store.list_customers(after=found[-1] if found else "", limit=50_000):
        found += page
    return found


def _figures(
    batch: "Batch", definitions: Definitions, merged: Mapping[str, str], days: int, now: datetime
) -> dict[str, tuple[str, int, Mapping[str, int]]]:
    """Compute each figure for everybody: its unit, minor units per unit, and the values by customer."""
    from shopkeeper.engines.traits import trait_table

    shop = definitions.shop
    minor = 10 ** digits(shop.currency)
    wanted = {
        "net revenue": (shop.currency, minor, _computed("sum", "total", TraitType.MONEY, days)),
        "net margin": (shop.currency, minor, _computed("sum", "margin", TraitType.MONEY, days, lines=True)),
        "orders": ("orders", 1, _computed("count", None, TraitType.INTEGER, days)),
        "coupons redeemed": ("coupons", 1, _computed("count", None, TraitType.INTEGER, days, of="Offer Redeemed")),
    }
    names = {name: f"figure_{index}" for index, name in enumerate(wanted)}
    traits = {names[name]: msgspec.structs.replace(trait, name=names[name]) for name, (_, _, trait) in wanted.items()}
    plan = plan_traits(traits, zone=shop.zone, digits=digits(shop.currency))
    upto = batch.lake.upto()
    moment = Moment(micros(now), shop.zone)
    events, lines = batch.events(merged, upto), batch.lines(merged, upto)
    table = trait_table(plan, events, lines, moment=moment, upto=upto).to_pyarrow()
    customers = table["customer"].to_pylist()
    return {
        name: (unit, scale, dict(zip(customers, table[names[name]].fill_null(0).to_pylist(), strict=True)))
        for name, (unit, scale, _) in wanted.items()
    }


def _computed(
    kind: Kind, field: str | None, kind_of: TraitType, days: int, *, lines: bool = False, of: str = ORDER_COMPLETED
) -> Trait:
    computed = Computed(
        kind=kind, of=of, field=field, each="products" if lines else None, window=Window(n=days, unit="day")
    )
    return Trait(name="", type=kind_of, source="computed", purpose="", computed=computed)
