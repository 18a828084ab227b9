"""Guessing: what a file seems to be, in the hands of a stranger's export, with a mapping that can be read back."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from shopkeeper.core.errors import BadInput
from shopkeeper.engines.tables.sniffing import sniff
from shopkeeper.flows.definitions import load_definitions
from shopkeeper.flows.importing import read_mapping
from shopkeeper.flows.importing.guessing import Guess, guess
from shopkeeper.flows.importing.guessing.guess import Wishes
from shopkeeper.flows.importing.guessing.values import look
from shopkeeper.flows.importing.guessing.words import concepts, snake
from shopkeeper.flows.importing.reading import with_point
from shopkeeper.testing.shop import DEFINITIONS

NOW = datetime(2026, 3, 2, tzinfo=UTC)
SHOP = load_definitions({name: text for name, text in DEFINITIONS.items() if name.endswith(".yaml")})


def guessed(folder: Path, text: str, *, encoding: str = "utf-8", name: str = "table.csv", **wishes: object) -> Guess:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return guess(path, SHOP, now=NOW, wishes=Wishes(**wishes))


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("Kundennummer", "customer"),
        ("Kunden-Nr.", "customer"),
        ("customer_id", "customer"),
        ("Belegnr", "order_id"),
        ("OrderNumber", "order_id"),
        ("Bestelldatum", "timestamp"),
        ("Stückzahl", "quantity"),
        ("Umsatz (EUR)", "amount"),
        ("Einzelpreis", "price"),
        ("Warengruppe", "category"),
        ("gültig bis", "ends"),
    ],
)
def test_headers_are_known_in_english_and_german(header: str, field: str) -> None:
    said = concepts(header)
    assert max(said, key=lambda one: said[one]) == field


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (
            "customer,receipt,date,sku,paid\n1,a,2026-01-02,x,1.00\n1,a,2026-01-02,y,2.00\n2,b,2026-01-03,x,1.00\n",
            "orders",
        ),
        ("kundennr;name;ort\n1;Ann;Wien\n2;Bo;Graz\n", "customers"),
        ("sku,title,category,price\na,A,x,1\nb,B,y,2\n", "items"),
        ("offer_id,product_id,valid_from,valid_to,coupon_value\no,a,2026-01-01,2026-02-01,1\n", "offers"),
        ("customer,event,time\n1,Product Viewed,2026-01-02T10:00:00Z\n1,Searched,2026-01-02T10:01:00Z\n", "events"),
        ("product;filiale;bestand\na;1;4\nb;1;0\n", "stock"),
    ],
)
def test_each_kind_of_table_is_told_by_what_it_has(tmp_path: Path, text: str, kind: str) -> None:
    found = guessed(tmp_path, text)
    assert found.kind == kind
    written = read_mapping("m.yaml", found.yaml)
    assert written == read_mapping("m.yaml", msgspec.json.encode(found.mapping).decode())


def test_receipts_without_products_are_orders_with_a_total(tmp_path: Path) -> None:
    found = guessed(tmp_path, "Kunde;Beleg;Datum;Betrag\n1;a;02.01.2026;1,50\n2;b;23.01.2026;2,50\n")
    assert (found.mapping["kind"], found.mapping["event"]) == ("events", "Order Completed")
    assert found.mapping["properties"] == {"total": "Betrag"}


@pytest.mark.parametrize(
    ("values", "forms", "ambiguous"),
    [
        (["03.11.2017", "23.11.2017"], ("%d.%m.%Y",), False),
        (["03/04/2017", "23/04/2017"], ("%d/%m/%Y",), False),
        (["03/04/2017", "04/25/2017"], ("%m/%d/%Y",), False),
        (["03/04/2017", "05/06/2017"], ("%d/%m/%Y",), True),
        (["2017-11-03 08:15", "2017-11-04 08:15"], (), False),
        (["20171103", "20171104"], (), False),
    ],
)
def test_dates_are_read_as_they_are_written(values: list[str], forms: tuple[str, ...], ambiguous: bool) -> None:
    found = look(values, month_first=False)
    assert (found.kind, found.forms, found.ambiguous) == ("instant", forms, ambiguous)


def test_a_day_names_no_zone_and_an_instant_may() -> None:
    assert not look(["2026-01-02", "2026-01-03"], month_first=False).zoned
    assert look(["2026-01-02T10:00:00Z", "2026-01-03T10:00:00+01:00"], month_first=False).zoned
    assert not look(["2026-01-02T10:00:00Z", "2026-01-03T10:00:00"], month_first=False).zoned


def test_one_word_among_numbers_does_not_hide_that_they_are_numbers() -> None:
    assert look(["1,50", "2,00", "viel", "3,00"], month_first=False).kind == "number"
    assert look(["00123", "00456", "00789"], month_first=False).kind == "text"


@pytest.mark.parametrize(
    ("text", "decimal", "number"),
    [("1.234,56", ",", "1234.56"), ("-2,5", ",", "-2.5"), ("$1,234.50", ".", "1234.50"), ("12,00 €", ",", "12.00")],
)
def test_numbers_of_any_country_are_read(text: str, decimal: str, number: str) -> None:
    assert with_point(text, "amount", decimal) == number


@pytest.mark.parametrize(("text", "decimal"), [("12.50", ","), ("1,5", "."), ("", ","), ("1,2,3", ","), ("abc", ",")])
def test_a_number_that_could_mean_two_things_is_refused(text: str, decimal: str) -> None:
    with pytest.raises(BadInput, match="as the mapping says"):
        with_point(text, "amount", decimal)


def test_lines_around_the_names_are_seen(tmp_path: Path) -> None:
    titled = guessed(tmp_path, "Report of 2026\ncustomer,order_no,date\n1,a,2026-01-02\n2,b,2026-01-03\n")
    assert titled.mapping["header"] == 2
    bare = guessed(tmp_path, "1,2026-01-02,5.00\n2,2026-01-03,6.00\n")
    assert bare.mapping["header"] == 0
    units = guessed(tmp_path, "customer,date,paid\nid,ISO,EUR\n1,2026-01-02,1.00\n2,2026-01-03,2.00\n")
    assert "second line of headings" in " ".join(units.warnings)
    assert {one.name: one.type for one in units.columns}["paid"] == "numbers"


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-8", "utf-8-sig", "utf-16"])
def test_the_encoding_is_told_by_the_bytes(tmp_path: Path, encoding: str) -> None:
    found = guessed(tmp_path, "Kunde;Straße\n1;Müllergasse\n2;Käsgraben\n", encoding=encoding)
    assert [one.name for one in found.columns] == ["Kunde", "Straße"]
    assert found.columns[1].samples == ("Müllergasse", "Käsgraben")


def test_what_somebody_knows_better_wins(tmp_path: Path) -> None:
    found = guessed(tmp_path, "a;b\n1;2\n", kind="items", delimiter=";", header=0)
    assert (found.kind, [one.name for one in found.columns]) == ("items", ["column 1", "column 2"])
    with pytest.raises(BadInput, match="must be one of"):
        guessed(tmp_path, "a;b\n1;2\n", kind="nonsense")


def test_a_file_of_one_endless_line_is_no_table(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b"a" * 1_000_000)
    with pytest.raises(BadInput, match="does not end"):
        sniff(path, "x.csv")


def test_names_are_made_of_headers() -> None:
    assert [snake(one) for one in ("Kunden-Nr.", "orderTotal", "Größe", "日本")] == [
        "kunden_nr",
        "order_total",
        "groesse",
        "",
    ]


def test_no_value_is_shown_to_who_may_not_see_it(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("customer,date\ncanary-77,2026-01-02\n")
    found = guess(tmp_path / "t.csv", SHOP, now=NOW, personal=False)
    assert "canary" not in msgspec.json.encode(found).decode()
