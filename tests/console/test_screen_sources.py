"""Sources: a file of one's own goes from the disk to the customers; what waits is mended; a stranger's text is text."""

import re
import socket
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from shopkeeper.api.caller import COOKIE
from shopkeeper.testing.shop import NOW, track, user
from tests.console.browser import PAYLOADS, allow, looks, settle

GERMAN = (
    "Kundennummer;Bon-Nr.;Kaufdatum;Filiale;Artikelnummer;Menge;Umsatz\n"
    f"{user(5)};g1;27.02.2026 08:15;Hauptstraße;bread-3;4;2,00\n"
    f"{user(5)};g1;27.02.2026 08:15;Hauptstraße;cheese-4;1;1.018,50\n"
    "neu-1;g2;28.02.2026 09:00;Hauptstraße;tea-1;2;3,00\n"
    "neu-1;g3;28.02.2026 09:30;Hauptstraße;tea-1;2;viel\n"
)
CONSENTS = (
    "Customer,Purpose,Consent,Channel,Date\n"
    "new-1,advertising,yes,,2026-02-20\n"
    f"{user(6)},advertising,no,,2026-02-20\n"
    f"{user(7)},personalization,no,,2026-02-21\n"
    f"{user(8)},advertising,yes,email,2026-02-21\n"
    "new-2,advertising,yes,,2026-02-22\n"
    "new-3,advertising,perhaps,,2026-02-22\n"
)
HOSTILE = "\n".join(
    [
        f"Customer,Order No,Date,SKU,Amount,{PAYLOADS[0]},{PAYLOADS[2]}",
        *[f"{PAYLOADS[0]},{PAYLOADS[2]},2026-02-27,{PAYLOADS[0]},1.00,{PAYLOADS[0]},x"] * 4,
        f"{PAYLOADS[2]},o2,{PAYLOADS[0]},{PAYLOADS[2]},2.00,{PAYLOADS[0]},x",
    ]
)


def choose(page: Page, file: Path) -> None:
    """Choose a file in the wizard."""
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose a file").click()
    chooser.value.set_files(file)


@pytest.fixture
def german(tmp_path: Path) -> Path:
    """Orders as a German till writes them."""
    path = tmp_path / "bestellungen.csv"
    path.write_bytes(GERMAN.encode("latin-1"))
    return path


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """A file whose name, columns and cells are out for trouble; a slash cannot stand in a name."""
    path = tmp_path / f"{PAYLOADS[0]}{PAYLOADS[2]}.csv"
    path.write_text(HOSTILE)
    return path


def test_a_german_file_goes_from_the_disk_to_the_customers(own_page: Page, german: Path) -> None:
    page = own_page
    page.goto("/sources/new")
    expect(page.get_by_text("up to 100 MB")).to_be_visible()
    looks(page, "import-file")
    choose(page, german)
    expect(page.get_by_role("heading", name="bestellungen.csv")).to_be_visible()
    expect(page.get_by_role("combobox", name="What “Kundennummer” is")).to_have_value("Customer (user_id)")
    expect(page.get_by_text("header “Kundennummer”")).to_be_visible()
    expect(page.get_by_text(re.compile("3 of 4 rows would be taken"))).to_be_visible()
    expect(page.get_by_text("for €1,020.50 at Hauptstraße.")).to_be_visible()
    expect(page.get_by_text("row 5", exact=False).first).to_be_visible()
    looks(page, "import-mapping", full=True)

    page.get_by_role("combobox", name="What “Umsatz” is").click()
    page.get_by_role("option", name="Leave out").click()
    expect(page.get_by_text("This is missing before it can be imported")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("^Import about"))).to_be_disabled()
    page.reload()
    expect(page.get_by_role("combobox", name="What “Umsatz” is")).to_have_value("Leave out")
    page.get_by_role("combobox", name="What “Umsatz” is").click()
    page.get_by_role("option", name="Paid for the line").click()
    page.get_by_role("button", name=re.compile("^Import about")).click()

    expect(page.get_by_role("heading", name="bestellungen.csv is in")).to_be_visible()
    expect(page.get_by_text("3 of 4 rows taken, 1 wait in quarantine.")).to_be_visible()
    looks(page, "import-done")
    page.get_by_role("link", name=re.compile("^2 customers of bestellungen.csv")).click()
    expect(page.get_by_role("link", name="user_id neu-1")).to_be_visible()
    page.goto("/sources?tab=imports")
    expect(page.get_by_role("link", name="bestellungen.csv")).to_be_visible()
    looks(page, "imports")


def reached(page: Page, title: str) -> list[int]:
    """Read from the page how many could be reached for a purpose before and after."""
    row = page.get_by_role("row", name=re.compile(f"^{title} (As many|[0-9]+ (more|fewer))"))
    expect(row).to_be_visible()
    return [int(cell.replace(",", "")) for cell in row.get_by_role("cell").all_inner_texts()[1:]]


def test_of_consents_it_is_said_whom_the_shop_could_reach_before_and_after(own_page: Page, tmp_path: Path) -> None:
    page, table = own_page, tmp_path / "consents.csv"
    table.write_text(CONSENTS)
    page.goto("/sources/new")
    choose(page, table)
    expect(page.get_by_role("combobox", name="What a row is")).to_have_value(re.compile("^Consents"))
    expect(page.get_by_role("heading", name="Whom you could reach")).to_be_visible()
    expect(page.get_by_text("1 of its 6 rows would wait in quarantine.")).to_be_visible()
    before, after = reached(page, "advertising")
    assert after - before == 1
    before, after = reached(page, "advertising by email")
    assert after - before == 2
    before, after = reached(page, "personalization")
    assert after - before == 1
    expect(page.get_by_role("row", name=re.compile("^personalization .*1 objected"))).to_be_visible()
    looks(page, "import-consents", full=True)
    page.get_by_role("combobox", name="What “Consent” is").click()
    page.get_by_role("option", name="Leave out").click()
    expect(page.get_by_text("This is missing before it can be imported")).to_be_visible()
    expect(page.get_by_role("heading", name="Whom you could reach")).to_have_count(0)
    page.get_by_role("button", name="Discard the file").click()
    expect(page.get_by_role("button", name="Choose a file")).to_be_visible()


def test_a_list_of_whom_not_to_contact_says_no_to_what_is_chosen_for_all_rows(own_page: Page, tmp_path: Path) -> None:
    page, table = own_page, tmp_path / "suppressed.csv"
    table.write_text(f"Customer\n{user(5)}\n{user(6)}\nnew-3\n")
    page.goto("/sources/new")
    choose(page, table)
    page.get_by_role("combobox", name="What a row is").click()
    page.get_by_role("option", name=re.compile("^Consents")).click()
    expect(page.get_by_text("This is missing before it can be imported")).to_be_visible()
    page.get_by_role("combobox", name="What every row says").click()
    page.get_by_role("option", name=re.compile("^No")).click()
    page.get_by_role("checkbox", name="personalization").check()
    before, after = reached(page, "personalization")
    assert after - before == -2
    expect(page.get_by_role("row", name=re.compile("^personalization 2 fewer .* 3 objected"))).to_be_visible()
    looks(page, "import-suppressed", full=True)
    page.get_by_role("button", name="Discard the file").click()
    expect(page.get_by_role("button", name="Choose a file")).to_be_visible()


def test_what_cannot_be_imported_is_said_clearly(own_page: Page, tmp_path: Path) -> None:
    page = own_page
    allow(page, "status of 400")
    large = tmp_path / "large.csv"
    with large.open("wb") as file:
        file.truncate(200_000_000)
    page.goto("/sources/new")
    expect(page.get_by_text("up to 100 MB")).to_be_visible()
    choose(page, large)
    expect(page.get_by_role("alert")).to_contain_text("shopkeeper import FILE --guess")
    for name, content, says in (
        ("empty.csv", b"", "is empty, must hold rows"),
        ("sheet.xlsx", b"PK\x03\x04rest", "it is an Excel workbook"),
    ):
        (tmp_path / name).write_bytes(content)
        choose(page, tmp_path / name)
        expect(page.get_by_role("alert")).to_contain_text(says)
    (tmp_path / "two.csv").write_text("Who,,What,\nCustomer ID,Card,Order No,Date\n1,2,o1,2026-01-02\n")
    choose(page, tmp_path / "two.csv")
    expect(page.get_by_text("There are two lines of headings; line 2 was taken for the names.")).to_be_visible()


def test_a_line_that_breaks_while_a_file_is_sent_loses_nothing(own_page: Page, german: Path) -> None:
    page = own_page
    allow(page, "ERR_|Failed to load")
    page.goto("/sources/new")
    settle(page)
    page.route("**/v1/uploads?*", lambda route: route.abort("connectionreset"))
    choose(page, german)
    expect(page.get_by_text("Nothing of it was kept or imported.")).to_be_visible()
    page.unroute("**/v1/uploads?*")
    page.get_by_role("button", name="Send it again").click()
    expect(page.get_by_role("heading", name="bestellungen.csv")).to_be_visible()


def test_200_megabytes_are_refused_before_they_are_sent(own_site) -> None:
    host, port = own_site.url.removeprefix("http://").split(":")
    cookie = own_site.cookie("owner")
    csrf = httpx.get(f"{own_site.url}/v1/session", cookies={COOKIE: cookie}, timeout=60).json()["csrf"]
    head = (
        f"POST /v1/uploads?name=x.csv HTTP/1.1\r\nHost: {host}:{port}\r\nCookie: {COOKIE}={cookie}\r\n"
        f"X-CSRF-Token: {csrf}\r\nContent-Length: 200000000\r\n\r\n"
    )
    with socket.create_connection((host, int(port)), timeout=60) as line:
        line.sendall(head.encode())
        answer = b""
        while b"too_large" not in answer and (chunk := line.recv(4096)):
            answer += chunk
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b'"too_large"' in answer


def test_what_waits_is_mended_and_what_came_is_kept(own_page: Page, own_site) -> None:
    page = own_page
    for number, name in enumerate([*PAYLOADS, "o1"]):
        wire = track(name, "Order Completed", {"note": name}, key=f"{number}", at=NOW)
        assert sent(own_site, wire).status_code == 400
    page.goto("/sources")
    expect(page.get_by_role("link", name="till", exact=True)).to_be_visible()
    looks(page, "sources")
    page.get_by_role("tab", name=re.compile("Quarantine")).click()
    page.get_by_role("button", name=re.compile("no_order_id")).click()
    expect(page.get_by_role("button", name="Offer all of these again")).to_be_visible()
    looks(page, "quarantine")
    page.get_by_role("button", name="Open api").first.click()
    editor = page.get_by_label("As it came; mend it here")
    expect(editor).to_be_visible()
    looks(page, "quarantine-row")
    page.get_by_role("button", name="Offer it again as it is").click()
    expect(page.get_by_text("It waits on")).to_be_visible()
    editor.fill("{")
    expect(page.get_by_text("This is no JSON object or list.")).to_be_visible()
    wire = track(PAYLOADS[0], "Order Completed", {"order_id": "m-1", "total": 5}, key="mended", at=NOW)
    editor.fill(str(wire).replace("'", '"'))
    page.get_by_role("button", name="Offer it mended").click()
    expect(page.get_by_text("1 taken.")).to_be_visible()
    expect(editor).to_be_hidden()


def sent(own_site, wire) -> httpx.Response:
    """Send an event as the owner."""
    owner = own_site.client("owner")
    return owner.post("/v1/track", json=wire)


def test_names_columns_and_cells_that_are_out_for_trouble_stand_there_as_text(
    own_page: Page, hostile: Path, own_site
) -> None:
    page = own_page
    event = track(user(3), PAYLOADS[0], {"product_id": PAYLOADS[2]}, key="h", at=NOW)
    assert sent(own_site, event).status_code == 200
    page.goto("/sources/new")
    choose(page, hostile)
    expect(page.get_by_role("heading", name=f"{PAYLOADS[0]}{PAYLOADS[2]}.csv")).to_be_visible()
    expect(page.get_by_role("combobox", name=f"What “{PAYLOADS[0]}” is")).to_be_visible()
    expect(page.get_by_text(f"user_id {PAYLOADS[0]}:")).to_be_visible()
    page.get_by_role("button", name="Show the mapping").click()
    page.get_by_role("button", name=re.compile("^Import about")).click()
    expect(page.get_by_role("heading", name=re.compile("is in$"))).to_be_visible()
    page.get_by_role("link", name="See why, and mend them").click()
    page.get_by_role("button", name=re.compile("^Open ")).first.click()
    expect(page.get_by_label("As it came; mend it here")).to_have_value(re.compile(re.escape(PAYLOADS[0])))
    page.goto("/sources/of/api")
    expect(page.get_by_text(PAYLOADS[0]).first).to_be_visible()
    looks(page, "source")


def test_who_may_only_look_is_offered_no_import_and_no_source(page_of) -> None:
    page = page_of("analyst")
    page.goto("/sources?add=yes")
    expect(page.get_by_role("link", name="till", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="Import a file")).to_have_count(0)
    expect(page.get_by_role("button", name="Add a source")).to_have_count(0)
    expect(page.get_by_role("dialog")).to_have_count(0)
