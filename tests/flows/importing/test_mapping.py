"""Mapping files: every mistake named at once, with the nearest right name."""

from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import msgspec
import pytest

from shopkeeper.core.definitions import Definitions
from shopkeeper.core.errors import BadInput
from shopkeeper.core.store import Store
from shopkeeper.engines.tables import open_table
from shopkeeper.flows.importing import load_mapping, read_mapping
from shopkeeper.flows.importing.mapping import OrdersMapping, require_columns
from shopkeeper.flows.importing.taking import Taker

ORDERS = """
kind: orders
customer: {user_id: card}
order_id: basket
timestamp: at
product_id: sku
amount: paid
"""
EVENTS = "kind: events\ncustomer: {user_id: a}\ntimestamp: t\n"
CONSENTS = "kind: consents\ncustomer: {user_id: a}\npurposes: [ads]\nsaid: given\nas_of: 2020-01-01T00:00:00Z\n"


def mistakes(text: str) -> str:
    with pytest.raises(BadInput) as raised:
        read_mapping("m.yaml", text)
    return str(raised.value)


def test_a_mapping_names_its_columns() -> None:
    mapping = read_mapping("m.yaml", ORDERS + "discount: [a, b]\nproperties: {till: till_no}\n")
    assert isinstance(mapping, OrdersMapping)
    assert mapping.columns() == [
        ("customer.user_id", "card"),
        ("order_id", "basket"),
        ("timestamp", "at"),
        ("product_id", "sku"),
        ("amount", "paid"),
        ("discount", "a"),
        ("discount", "b"),
        ("properties.till", "till_no"),
    ]


def test_every_mistake_is_named_at_once_with_its_line() -> None:
    told = mistakes(ORDERS.replace("order_id:", "ordr_id:") + "money: mayor\nzone: 3\n")
    assert "unknown field 'ordr_id', did you mean 'order_id'? (line 4:" in told
    assert "the field 'order_id' is missing" in told
    assert "money: the text 'mayor', did you mean 'major'?" in told
    assert "zone: the number 3, must be a text" in told


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("customer: x", "the field 'kind' is missing"),
        ("kind: order", "unknown kind 'order', did you mean 'orders'?"),
        ("kind: items\n\tid: x", "a tab"),
        (ORDERS + "price: each", "one of the two"),
        (ORDERS + "cost_share: 1.5", "a share from 0 to 1"),
        (ORDERS + "zone: Europe/Wien", "must be an IANA zone"),
        (ORDERS + "delimiter: ';;'", "one character"),
        ("kind: events\ncustomer: {user_id: a}\ntimestamp: t", "'event' and 'event_column', must be one of the two"),
        ("kind: customers\ncustomer: {user_id: a}\ntraits: {}\nas_of: 2017-01-01", "an instant without a zone"),
        (ORDERS + "source: staff", "source: the text 'staff', must be a name of the file's own"),
        (ORDERS + "source: ' API '", "m.yaml: source: "),
        (ORDERS + "event: Consent Given", "event: the text 'Consent Given', must be a mapping of 'kind: consents'"),
        (ORDERS + "event: Group Left", "a mapping of 'kind: events'"),
        (ORDERS + "event: Decision Made", "must be another name: Shopkeeper alone writes such events"),
        (EVENTS + "event: Customers Merged\nsource: console", "must be another name"),
        (EVENTS + "event: Consent Withdrawn", "a mapping of 'kind: consents'"),
        (EVENTS + "event: Identify", "a mapping of 'kind: customers'"),
        (CONSENTS + "source: staff\nshown: I agree", "source: the text 'staff'"),
        (CONSENTS + "source: shopkeeper", "source: the text 'shopkeeper'"),
        ("kind: customers\ncustomer: {}\ntraits: {}\nas_of: 2017-01-01T00:00:00Z", "an identifier kind and its column"),
    ],
)
def test_what_a_mapping_cannot_say_is_refused(text: str, says: str) -> None:
    assert says in mistakes(text)


def test_a_table_of_members_is_a_mapping_of_events() -> None:
    assert read_mapping("m.yaml", EVENTS + "event: Group Joined\nproperties: {groupId: g}\n")


def test_what_no_file_may_write_is_refused_once_more_where_rows_are_taken() -> None:
    mapping = read_mapping("m.yaml", CONSENTS)
    forged = msgspec.structs.replace(mapping, source="staff")
    with pytest.raises(BadInput, match=r"mapping: source == 'staff', must be a name of the file's own"):
        Taker(cast(Store, None), cast(Definitions, None), forged, now=datetime(2026, 1, 1, tzinfo=UTC))


def test_missing_columns_are_all_named_before_anything_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("card;basket;at;sku;paid\n")
    mapping = read_mapping("m.yaml", ORDERS)
    with pytest.raises(BadInput, match=r"no column 'card'.*\n(.*\n)*.*delimiter: ';'"):
        require_columns(mapping, open_table(path))
    path.write_text("crd,basket,at,sku,paid\n")
    with pytest.raises(BadInput, match=r"customer.user_id: no column 'card', did you mean 'crd'\?"):
        require_columns(mapping, open_table(path))


def test_a_mapping_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read as a mapping"):
        load_mapping(tmp_path / "none.yaml")
