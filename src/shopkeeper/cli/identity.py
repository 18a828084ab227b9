"""Who is who, by hand: two customers who are one, and one who is two."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING
from urllib.parse import quote

import click

from shopkeeper.cli.asked import asked, asked_there
from shopkeeper.cli.output import emit, json_option, options
from shopkeeper.cli.remote import Server, ask, at_the_shop, server_options
from shopkeeper.cli.who import who_does, who_option
from shopkeeper.core.errors import BadInput

if TYPE_CHECKING:
    from rich.console import Console

    from shopkeeper.app import App
    from shopkeeper.flows.customers.identity import CustomerIdentity
    from shopkeeper.flows.customers.merging import IdentityChange, Merge, Sketch, Unmerge

Work = Callable[[bool], "IdentityChange"]
"""Does it, or says what it would come to."""


@click.command()
@click.argument("first", metavar="A")
@click.argument("second", metavar="B")
@click.option("--dry-run", is_flag=True, help="Say what it would come to, and write nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@who_option
@server_options
@json_option
def merge(
    first: str, second: str, *, dry_run: bool, yes: bool, who: str | None, url: str | None, key: str | None
) -> None:
    """Say that A and B (KIND:VALUE or an id each) are one customer; 'customer unmerge' undoes it."""
    from shopkeeper.flows.customers.merging import Merge, merge_customers

    def wish(names: Sequence[str], *, dry: bool) -> Merge:
        return Merge(other=names[1], dry=dry)

    work = _work({"A": first, "B": second}, "merge", wish, merge_customers, by=who_does(who), url=url, key=key)
    _change(work, dry_run=dry_run, yes=yes)


@click.command()
@click.argument("name", metavar="CUSTOMER")
@click.argument("parts", metavar="PART...", nargs=-1, required=True)
@click.option("--dry-run", is_flag=True, help="Say what it would come to, and write nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@who_option
@server_options
@json_option
def unmerge(
    name: str, parts: tuple[str, ...], *, dry_run: bool, yes: bool, who: str | None, url: str | None, key: str | None
) -> None:
    """Cut each PART (KIND:VALUE or its id) off CUSTOMER; no event joins them again by itself."""
    from shopkeeper.flows.customers.merging import Unmerge, unmerge_customer

    def wish(_names: Sequence[str], *, dry: bool) -> Unmerge:
        return Unmerge(parts=parts, dry=dry)

    work = _work({"CUSTOMER": name}, "unmerge", wish, unmerge_customer, by=who_does(who), url=url, key=key)
    _change(work, dry_run=dry_run, yes=yes)


def _work(
    names: Mapping[str, str],
    verb: str,
    wish: "Callable[..., Merge | Unmerge]",
    change: "Callable[..., Awaitable[IdentityChange]]",
    *,
    by: str,
    url: str | None,
    key: str | None,
) -> Work:
    """Return what fulfils a wish about the first of some customers, here or at a server.

    Args:
        names: By what the command calls them. verb: What the endpoint's path ends with. wish: Takes the customers' ids.
    """

    def work(dry: bool) -> "IdentityChange":
        async def here(app: "App") -> "IdentityChange":
            from shopkeeper.flows.customers.desk import desk_of

            async with app.serving() as service:
                desk, reach = desk_of(service, personal=True), service.outcomes.reach
                meant = [await asked(desk, name, place=place) for place, name in names.items()]
                return await change(desk, reach, meant[0], wish(meant, dry=dry), by=by, now=app.clock.now())

        async def there(server: Server) -> "IdentityChange":
            import msgspec

            from shopkeeper.flows.customers.merging import IdentityChange

            meant = [await asked_there(server, name, place=place) for place, name in names.items()]
            path = f"/v1/customers/{quote(meant[0], safe='')}/{verb}"
            return msgspec.convert(await ask(server, "POST", path, wish(meant, dry=dry)), IdentityChange)

        return at_the_shop(here, there, url=url, key=key)

    return work


def _change(work: Work, *, dry_run: bool, yes: bool) -> None:
    if not yes or dry_run:
        foreseen = work(True)
        if dry_run:
            emit(foreseen, human=lambda console: _print(console, foreseen))
            return
        _confirm(foreseen)
    done = work(False)
    emit(done, human=lambda console: _print(console, done))


def _confirm(foreseen: "IdentityChange") -> None:
    if options().as_json:
        raise BadInput("--json: add --yes, since nobody can be asked; or --dry-run")
    emit(foreseen, human=lambda console: _print(console, foreseen))
    if not click.confirm("Do this?"):
        raise click.Abort


def _print(console: "Console", change: "IdentityChange") -> None:
    for heading, sketches in (("before", change.before), ("after", change.after)):
        console.print(f"{heading}:")
        for sketch in sketches:
            _print_sketch(console, sketch)
    console.print(change.words)
    if change.seq is not None:
        console.print(f"Done; it is event {change.seq:,} of the log.")


def _print_sketch(console: "Console", sketch: "Sketch") -> None:
    arm = f"{sketch.arm}, crossed" if sketch.crossed else sketch.arm
    console.print(f"  {sketch.customer}: {sketch.orders:,} orders for {sketch.spend_text} ({arm})", markup=False)
    console.print(f"    {', '.join(sketch.parts)}", markup=False, soft_wrap=True)
    for stand in sketch.consents:
        console.print(f"    {stand.purpose}: {stand.words}", markup=False, soft_wrap=True)


def print_identity(console: "Console", found: "CustomerIdentity") -> None:
    """Print for people who a customer is."""
    console.print(found.words)
    labels = {part.part: part.label for part in (*found.parts, *found.elsewhere)}
    for part in found.parts:
        console.print(f"  {part.label}: {part.words}  {part.part}", markup=False, soft_wrap=True)
    for link in found.links:
        a, b = labels.get(link.a, link.a), labels.get(link.b, link.b)
        console.print(f"  {a} – {b} ({link.state}, {link.at:%Y-%m-%d}): {link.reason}", markup=False, soft_wrap=True)
