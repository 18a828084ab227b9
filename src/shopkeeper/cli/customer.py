"""Single customers: finding one, their page and timeline, and words of theirs that staff take down."""

import asyncio
from typing import TYPE_CHECKING
from urllib.parse import quote

import click

from shopkeeper.cli.asked import asked, asked_there
from shopkeeper.cli.group import groups
from shopkeeper.cli.identity import merge, print_identity, unmerge
from shopkeeper.cli.note import note, tasks
from shopkeeper.cli.output import emit, json_option, shop_folder
from shopkeeper.cli.remote import Server, ask, at_the_shop, server_options
from shopkeeper.cli.who import who_does, who_option

if TYPE_CHECKING:
    from rich.console import Console

    from shopkeeper.app import App
    from shopkeeper.flows.customers.consents import ConsentLine, ConsentWord
    from shopkeeper.flows.customers.find import CustomerHits
    from shopkeeper.flows.customers.identity import CustomerIdentity
    from shopkeeper.flows.customers.ledger import LedgerLine
    from shopkeeper.flows.customers.timeline import Timeline
    from shopkeeper.flows.page import CustomerPage


@click.group()
def customer() -> None:
    """Find customers, look at one, and write down what was said."""


customer.add_command(merge)
customer.add_command(unmerge)
customer.add_command(note)
customer.add_command(tasks)
customer.add_command(groups)


@customer.command("find")
@click.argument("query", default="")
@click.option("--segment", default="", help="Only who is recorded in this segment; instead of QUERY.")
@click.option("--after", default="", metavar="ID", help="Go on with a list after this customer id.")
@click.option("--limit", default=20, show_default=True, help="At most so many, 1 to 100.")
@json_option
def find(query: str, segment: str, after: str, limit: int) -> None:
    """Find customers by QUERY: an identifier, KIND:VALUE, an id, or the beginning of an identifier or a name.

    Without QUERY it lists everybody, in the order in which they were first seen.
    """
    found = asyncio.run(_found(query, segment, after, limit))
    emit(found, human=lambda console: _print_hits(console, found))


async def _found(query: str, segment: str, after: str, limit: int) -> "CustomerHits":
    from shopkeeper.app import open_app
    from shopkeeper.flows.customers.desk import open_desk
    from shopkeeper.flows.customers.find import find_customers

    async with open_app(shop_folder(), readonly=True) as app:
        desk = open_desk(app.store, app.definitions)
        return await find_customers(desk, query, segment=segment, after=after, limit=limit, now=app.clock.now())


@customer.command("show")
@click.argument("name", metavar="NAME")
@json_option
def show(name: str) -> None:
    """Show one customer's page, and what makes them one; NAME is KIND:VALUE, such as user_id:1023, or an id."""
    import msgspec

    page, identity = asyncio.run(_page(name))

    def human(console: "Console") -> None:
        print_page(console, page)
        print_identity(console, identity)

    emit(msgspec.to_builtins(page) | {"identity": msgspec.to_builtins(identity)}, human=human)


async def _page(name: str) -> "tuple[CustomerPage, CustomerIdentity]":
    from shopkeeper.app import open_app
    from shopkeeper.flows.customers.desk import open_desk
    from shopkeeper.flows.customers.identity import customer_identity
    from shopkeeper.flows.page import customer_page

    async with open_app(shop_folder(), readonly=True) as app:
        desk = open_desk(app.store, app.definitions)
        customer = await asked(desk, name)
        page = await customer_page(desk, customer, now=app.clock.now())
        return page, await customer_identity(desk, customer)


@customer.command("timeline")
@click.argument("name", metavar="NAME")
@click.option("--before", type=int, metavar="SEQ", help="Only events that are older than the one of this number.")
@click.option("--event", metavar="EVENT", help="Only events of this name, such as 'Order Completed'.")
@click.option("--source", help="Only events from this source.")
@click.option("--limit", default=50, show_default=True, help="At most so many, 1 to 200.")
@json_option
def timeline(name: str, *, before: int | None, event: str | None, source: str | None, limit: int) -> None:
    """Tell what happened to NAME (KIND:VALUE or an id), the latest first."""

    async def told() -> "Timeline":
        from shopkeeper.app import open_app
        from shopkeeper.flows.customers.desk import open_desk
        from shopkeeper.flows.customers.timeline import customer_timeline

        async with open_app(shop_folder(), readonly=True) as app:
            desk = open_desk(app.store, app.definitions)
            who = await asked(desk, name)
            return await customer_timeline(desk, who, before=before, name=event, source=source, limit=limit)

    found = asyncio.run(told())
    emit(found, human=lambda console: _print_timeline(console, found))


@customer.command("consent")
@click.argument("name", metavar="NAME")
@click.argument("purpose")
@click.option("--given/--withdrawn", required=True, help="Consents, or takes an objection back; withdraws, or objects.")
@click.option("--wording", default="", help="How it was asked or said; it stands in the log, so it must name nobody.")
@click.option("--channel", default="", help="What alone it is about, such as email; none: every channel.")
@click.option("--policy-version", default="", help="Of the privacy notice that they were told of.")
@click.option("--jurisdiction", default="", help="Whose law holds, such as AT or US-CA.")
@who_option
@server_options
@json_option
def consent(
    name: str, purpose: str, *, given: bool, who: str | None, url: str | None, key: str | None, **said: str
) -> None:
    """Take down what NAME (KIND:VALUE or an id) said to PURPOSE; the next decision goes by it."""
    from shopkeeper.flows.customers.consents import ConsentWord

    word = ConsentWord(purpose=purpose, given=given, **said)
    found = _taken(name, word, who_does(who), url=url, key=key)
    emit(found, human=lambda console: _print_consents(console, found))


@customer.command("consents")
@click.argument("name", metavar="NAME")
@json_option
def consents(name: str) -> None:
    """Show every word of consent that NAME (KIND:VALUE or an id) ever said, with the wording that was shown."""

    async def told() -> "tuple[LedgerLine, ...]":
        from shopkeeper.app import open_app
        from shopkeeper.flows.customers.desk import open_desk
        from shopkeeper.flows.customers.ledger import consent_ledger

        async with open_app(shop_folder(), readonly=True) as app:
            desk = open_desk(app.store, app.definitions)
            return await consent_ledger(desk, await asked(desk, name))

    found = asyncio.run(told())
    emit(found, human=lambda console: _print_ledger(console, found))


def _taken(
    name: str, word: "ConsentWord", author: str, *, url: str | None, key: str | None
) -> "tuple[ConsentLine, ...]":
    async def here(app: "App") -> "tuple[ConsentLine, ...]":
        from shopkeeper.flows.customers.consents import take_consent
        from shopkeeper.flows.customers.desk import desk_of

        async with app.serving() as service:
            desk = desk_of(service, personal=True)
            who = await asked(desk, name)
            now = app.clock.now()
            return await take_consent(desk, service.outcomes, who, word, author=author, now=now, rng=app.rng)

    async def there(server: Server) -> "tuple[ConsentLine, ...]":
        import msgspec

        from shopkeeper.flows.customers.consents import ConsentLine

        who = await asked_there(server, name)
        found = await ask(server, "POST", f"/v1/customers/{quote(who, safe='')}/consents", word)
        return msgspec.convert(found, tuple[ConsentLine, ...])

    return at_the_shop(here, there, url=url, key=key)


def print_page(console: "Console", page: "CustomerPage") -> None:
    """Print a customer's page for people."""
    from rich.markup import escape
    from rich.table import Table

    names = ", ".join(f"{kind} {value}" for kind, values in page.identifiers.items() for value in values)
    console.print(f"[bold]{escape(names)}[/]  {page.customer}")
    console.print(f"{page.arm}: {page.arm_words}")
    for name, value in page.personal.items():
        console.print(f"  {name}: {escape(value)}")
    table = Table(box=None, pad_edge=False)
    for heading in ("trait", "value", "source", "purpose", "as of"):
        table.add_column(heading)
    for trait in page.traits:
        as_of = "" if trait.as_of is None else f"{trait.as_of:%Y-%m-%d}"
        table.add_row(trait.name, escape(trait.text), trait.source, trait.purpose, as_of)
    console.print(table)
    console.print(f"Segments: {', '.join(one.name for one in page.segments) or 'none'}")
    _print_consents(console, page.consents)
    console.print(f"{page.worth.sentence} Margin {page.worth.margin_text} {page.worth.margin_covers}.")
    many = f"{page.orders:,} order{'s' if page.orders > 1 else ''}; the latest:"
    console.print(many if page.latest_orders else "No orders.")
    for order in page.latest_orders:
        items = ", ".join(order.items[:4]) + (" …" if len(order.items) > 4 else "")
        console.print(f"  {order.at:%Y-%m-%d}  {order.text:>9}  {escape(items)}")


def _print_consents(console: "Console", lines: "tuple[ConsentLine, ...]") -> None:
    for line in lines:
        since = "" if line.since is None else f" Since {line.since:%Y-%m-%d}, from {line.source}."
        console.print(f"{line.purpose}: {line.words}{since}", markup=False)


def _print_ledger(console: "Console", lines: "tuple[LedgerLine, ...]") -> None:
    if not lines:
        console.print("Nothing was ever said.")
    for line in lines:
        about = line.purpose if line.channel is None else f"{line.purpose} by {line.channel}"
        until = "" if line.expires_at is None else f" until {line.expires_at:%Y-%m-%d}"
        how = f"{line.via} from {line.source}, {line.grade.replace('_', ' ')}"
        console.print(f"{line.captured_at:%Y-%m-%d %H:%M}  {about}: {line.state}{until}", markup=False)
        console.print(f"    {how}; event {line.seq}; {line.who or line.part}", markup=False, soft_wrap=True)
        if line.wording is not None:
            console.print(f"    “{line.wording}” (SHA-256 {line.wording_hash})", markup=False, soft_wrap=True)


def _print_hits(console: "Console", found: "CustomerHits") -> None:
    from rich.markup import escape
    from rich.table import Table

    if not found.customers:
        console.print("Nobody was found.")
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("customer", "identifiers", "", "found by"):
        table.add_column(heading)
    for hit in found.customers:
        names = ", ".join(f"{name.kind} {name.value}" for name in hit.identifiers)
        table.add_row(hit.customer, escape(names), hit.description, escape(hit.why))
    console.print(table)
    if found.next is not None:
        console.print(f"There are more: --after {found.next}")


def _print_timeline(console: "Console", found: "Timeline") -> None:
    for event in found.events:
        console.print(f"{event.at:%Y-%m-%d %H:%M}  {event.sentence}", markup=False, soft_wrap=True)
    older = "" if found.next is None else f" Older ones: --before {found.next}"
    console.print(f"{len(found.events):,} of {found.total:,} events.{older}")
