"""Redemptions: what an order's lines say of the coupons that were used."""

from typing import Final

from shopkeeper.core.event import ORDER_COMPLETED, Event

OFFER_REDEEMED: Final = "Offer Redeemed"
SOURCE: Final = "shopkeeper"


def redemptions(event: Event) -> list[Event]:
    """Return the `Offer Redeemed` events that an order's lines stand for: one for each coupon on it.

    They belong to the part that holds the order, whoever's that is later.
    """
    if event.name != ORDER_COMPLETED:
        return []
    coupons = sorted({line.coupon for line in event.lines if line.coupon})
    return [
        Event(
            source=SOURCE,
            message_id=f"redeemed:{event.source}:{event.message_id}:{coupon}",
            name=OFFER_REDEEMED,
            customer=event.part or event.customer,
            at=event.at,
            received_at=event.received_at,
            place=event.place,
            texts={"offer": coupon},
        )
        for coupon in coupons
    ]
