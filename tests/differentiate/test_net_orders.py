"""What is left of an order after its corrections."""

import pytest

from shopkeeper.core.event import ORDER_CANCELLED, ORDER_REFUNDED, ORDER_UPDATED, Line
from shopkeeper.differentiate.orders import Kept, Occurrence, Order, amend, net, placed

KEPT = Kept(frozenset(), frozenset(), frozenset({"total", "tax", "revenue"}), frozenset())
SOAP = Line(product_id="soap", quantity=3, amount=1000, cost=601, discount=50)
TEA = Line(product_id="tea", amount=500)


def said(*lines: Line, seq: int = 1, at: int = 1, **money: int) -> Occurrence:
    return Occurrence(at, seq, "north", "o1", lines, {}, {}, money, {})


def order(*corrections: tuple[str, Occurrence]) -> Order:
    made = placed(said(SOAP, TEA, total=1500, tax=100), KEPT)
    for name, correction in corrections:
        amend(made, name, correction, KEPT)
    return made


def left(*corrections: tuple[str, Occurrence]) -> Occurrence:
    found = net(order(*corrections))
    assert found is not None
    return found


def refund(*lines: Line, **money: int) -> tuple[str, Occurrence]:
    return ORDER_REFUNDED, said(*lines, seq=2, at=2, **money)


def test_refund_takes_the_quantity_and_amount_it_names_and_the_share_of_cost_and_discount() -> None:
    found = left(refund(Line(product_id="soap", quantity=1, amount=400)))
    soap = found.lines[0]
    assert (soap.quantity, soap.amount, soap.cost, soap.discount, soap.margin) == (2, 600, 400, 33, 200)
    assert found.money == {"total": 1100, "tax": 100}


def test_refund_that_names_no_amount_takes_the_share_of_the_quantity() -> None:
    found = left(refund(Line(product_id="soap", quantity=2)))
    assert (found.lines[0].quantity, found.lines[0].amount) == (1, 334)
    assert found.money["total"] == 1500 - 666


def test_refund_takes_the_total_that_it_names_and_other_money_only_if_it_is_named() -> None:
    assert left(refund(TEA, total=450)).money == {"total": 1050, "tax": 100}
    assert left(refund(TEA, total=450, tax=30)).money == {"total": 1050, "tax": 70}


def test_line_of_which_the_whole_quantity_is_taken_back_is_gone() -> None:
    assert [line.product_id for line in left(refund(Line(product_id="soap", quantity=3))).lines] == ["tea"]


@pytest.mark.parametrize(
    "correction",
    [
        (ORDER_CANCELLED, said(seq=2)),
        refund(),
        refund(SOAP, TEA),
        refund(total=1500),
        refund(Line(product_id="soap", quantity=99), Line(product_id="tea", quantity=99)),
    ],
)
def test_order_that_is_wholly_taken_back_is_gone(correction: tuple[str, Occurrence]) -> None:
    assert net(order(correction)) is None


def test_refunds_beyond_what_is_left_take_no_more() -> None:
    found = left(refund(Line(product_id="soap", quantity=1, amount=5000), total=9999))
    assert (found.lines[0].quantity, found.lines[0].amount, found.money["total"]) == (2, 0, 0)


def test_refund_of_a_product_that_is_not_there_leaves_the_lines() -> None:
    assert left(refund(Line(product_id="gin", amount=100))).lines == order().lines


def test_refund_takes_from_the_first_line_of_a_product_first() -> None:
    made = placed(said(TEA, TEA, total=1000), KEPT)
    amend(made, *refund(Line(product_id="tea", amount=700)), KEPT)
    found = net(made)
    assert found is not None
    assert [(line.quantity, line.amount) for line in found.lines] == [(1, 300)]


def test_update_replaces_the_content_and_keeps_time_and_place() -> None:
    found = left((ORDER_UPDATED, said(TEA, seq=2, at=9, total=500)))
    assert (found.at, found.place, found.money) == (1, "north", {"total": 500})
    assert [line.product_id for line in found.lines] == ["tea"]


def test_latest_update_stands_however_late_an_earlier_one_arrives() -> None:
    later, earlier = said(TEA, seq=2, at=9, total=500), said(SOAP, seq=3, at=5, total=1000)
    assert left((ORDER_UPDATED, later), (ORDER_UPDATED, earlier)).money == {"total": 500}


def test_refund_is_taken_from_an_update_too_whichever_came_first() -> None:
    update, back = (ORDER_UPDATED, said(SOAP, seq=3, at=3, total=1000)), refund(Line(product_id="soap", amount=300))
    assert left(update, back) == left(back, update)
    assert left(back, update).money == {"total": 700}


def test_cancelled_order_stays_cancelled_when_it_is_updated() -> None:
    assert net(order((ORDER_CANCELLED, said(seq=2)), (ORDER_UPDATED, said(TEA, seq=3)))) is None


def test_line_without_quantity_is_gone_once_its_amount_is_taken_back() -> None:
    made = placed(said(Line(product_id="deposit", quantity=0, amount=25), TEA, total=525), KEPT)
    amend(made, *refund(Line(product_id="deposit", quantity=0, amount=25)), KEPT)
    found = net(made)
    assert found is not None
    assert [line.product_id for line in found.lines] == ["tea"]
