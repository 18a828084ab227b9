"""What could not be taken, on the command line: list it, show it, offer it once more."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import quote

import click

from shopkeeper.cli.output import emit, json_option, shop_folder
from shopkeeper.cli.remote import Server, ask, at_the_shop, server_options
from shopkeeper.core.errors import BadInput

if TYPE_CHECKING:
    from rich.console import Console

    from shopkeeper.app import App
    from shopkeeper.core.quarantine import Quarantined
    from shopkeeper.flows.waiting import MendedBody, Replayed, ReplayWish

REFRESH = "Once all is in: 'shopkeeper segment refresh' records who is in which segment."


@click.group()
def quarantine() -> None:
    """Look after what could not be taken: list it, show it, offer it once more."""


_origin = click.option("--origin", "--source", "origin", help="Only what came from this file or source.")
_code = click.option("--code", help="Only what waits for this reason, such as refund_without_order.")


@quarantine.command("list")
@_origin
@_code
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000), help="How many to list.")
@json_option
def list_(origin: str | None, code: str | None, limit: int) -> None:
    """List what waits, the latest first: where it came from, its row, and why it was not taken."""
    asyncio.run(_list(origin, code, limit))


async def _list(origin: str | None, code: str | None, limit: int) -> None:
    from shopkeeper.app import open_app

    async with open_app(shop_folder(), readonly=True) as app:
        waiting = await app.store.count_quarantined()
        rows = await app.store.latest_quarantined(origin=origin, code=code, limit=limit)
    counts = {(where, why): n for (where, why), n in waiting.items() if origin in {None, where} and code in {None, why}}
    result = {
        "counts": [{"origin": where, "code": why, "waiting": n} for (where, why), n in sorted(counts.items())],
        "rows": [_summary(row) for row in rows],
    }
    emit(result, human=lambda console: _print_list(console, counts, rows, others=sum(waiting.values())))


def _summary(row: "Quarantined") -> dict[str, Any]:
    """Return what a list may show: everything but the body, which may hold personal data."""
    fields = ("id", "origin", "position", "code", "reason", "at", "mapping")
    return {field: getattr(row, field) for field in fields}


def _print_list(
    console: "Console", counts: dict[tuple[str, str], int], rows: "Sequence[Quarantined]", *, others: int
) -> None:
    if not counts:
        console.print(f"Nothing of that waits; {others:,} others do." if others else "Nothing waits.")
        return
    for (origin, code), n in sorted(counts.items()):
        console.print(f"{n:>7,}  {code}  from {origin}", markup=False)
    console.print()
    for row in rows:
        place = row.origin if row.position is None else f"{row.origin}, row {row.position}"
        console.print(f"{row.id}  {place}: {row.code}: {row.reason}", markup=False)


@quarantine.command()
@click.argument("row_id", metavar="ID")
@json_option
def show(row_id: str) -> None:
    """Show one whole, as it came. It may hold personal data."""
    asyncio.run(_show(row_id))


async def _show(row_id: str) -> None:
    import msgspec

    from shopkeeper.app import open_app
    from shopkeeper.flows.importing.replay import find_waiting

    async with open_app(shop_folder(), readonly=True) as app:
        found = await find_waiting(app.store, row_id)
    body = msgspec.json.decode(found.body)
    mended = None if found.mended is None else msgspec.json.decode(found.mended)
    shown = _summary(found) | {"body": body, "mended": mended, "mended_by": found.mended_by}
    emit(shown, human=lambda console: _print_one(console, found))


def _print_one(console: "Console", row: "Quarantined") -> None:
    import msgspec

    place = row.origin if row.position is None else f"{row.origin}, row {row.position}"
    console.print(f"{place}, at {row.at:%Y-%m-%d %H:%M} UTC", markup=False)
    console.print(f"{row.code}: {row.reason}", markup=False)
    if row.mapping:
        console.print(f"read by {row.mapping}", markup=False)
    console.print(msgspec.json.format(row.body, indent=2), markup=False)
    if row.mended is not None:
        console.print(f"mended by {row.mended_by}, and taken as:", markup=False)
        console.print(msgspec.json.format(row.mended, indent=2), markup=False)


@quarantine.command()
@click.argument("row_ids", metavar="[ID]...", nargs=-1)
@_origin
@_code
@click.option("--mapping", type=click.Path(path_type=Path), help="Read imported rows by this mapping instead.")
@click.option("--body", type=click.File("rb"), help="Offer one ID with the body in this JSON file instead of its own.")
@server_options
@json_option
def replay(
    row_ids: tuple[str, ...],
    *,
    origin: str | None,
    code: str | None,
    mapping: Path | None,
    body: IO[bytes] | None,
    url: str | None,
    key: str | None,
) -> None:
    """Offer what waits once more: after mending the mapping, or after the order arrived that a refund names."""
    from shopkeeper.flows.waiting import ReplayWish

    if body is not None:
        if len(row_ids) != 1:
            raise BadInput("--body: goes with one ID")
        _replay_mended(row_ids[0], body.read(), url=url, key=key)
    else:
        replay_waiting(ReplayWish(ids=row_ids, origin=origin, code=code), mapping=mapping, url=url, key=key)


def _replay_mended(row_id: str, text: bytes, *, url: str | None, key: str | None) -> None:
    import msgspec

    from shopkeeper.flows.waiting import MendedBody, Replayed

    try:
        body = MendedBody(body=msgspec.json.decode(text, type=dict[str, Any] | list[dict[str, Any]]))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"--body: {error}") from None

    async def there(server: Server) -> Replayed:
        found = await ask(server, "POST", f"/v1/quarantine/{quote(row_id, safe='')}/replay", body)
        return msgspec.convert(found, Replayed)

    done = at_the_shop(lambda app: _mended_here(app, row_id, body), there, url=url, key=key)
    emit(done, human=lambda console: _print_replayed(console, done))


async def _mended_here(app: "App", row_id: str, body: "MendedBody") -> "Replayed":
    from shopkeeper.flows.contracts.contracts import open_contracts
    from shopkeeper.flows.waiting import offer_mended

    async with open_contracts(app.store) as contracts:
        now = app.clock.now()
        done, _ = await offer_mended(
            app.store,
            app.definitions,
            row_id,
            body,
            by="command line",
            now=now,
            contracts=contracts,
            shop=app.folder,
        )
    await app.feed_lake()
    return done


def replay_waiting(wish: "ReplayWish", *, mapping: Path | None = None, url: str | None, key: str | None) -> None:
    """Offer rows that wait once more, here or at the server that has the store, and print what became of them."""
    import msgspec

    from shopkeeper.flows.waiting import Replayed

    async def there(server: Server) -> Replayed:
        if mapping is not None:
            raise BadInput("--mapping: goes with the store itself; stop the server, or leave --url away")
        return msgspec.convert(await ask(server, "POST", "/v1/quarantine/replay", _everything(wish)), Replayed)

    done = at_the_shop(lambda app: _replay_here(app, wish, mapping), there, url=url, key=key)
    emit(done, human=lambda console: _print_replayed(console, done))


def _everything(wish: "ReplayWish") -> "ReplayWish":
    """Ask a server for all that waits in so many words, where nothing else was named."""
    import msgspec

    named = any((wish.ids, wish.origin, wish.code, wish.since, wish.until))
    return wish if named else msgspec.structs.replace(wish, since=datetime.min.replace(tzinfo=UTC))


async def _replay_here(app: "App", wish: "ReplayWish", mapping: Path | None) -> "Replayed":
    from shopkeeper.flows.contracts.contracts import open_contracts
    from shopkeeper.flows.importing import replay as offer_again
    from shopkeeper.flows.waiting import replayed

    async with open_contracts(app.store) as contracts:
        done = await offer_again(
            app.store,
            app.definitions,
            now=app.clock.now(),
            code=wish.code,
            origin=wish.origin,
            ids=frozenset(wish.ids) or None,
            mapping=mapping,
            since=wish.since,
            until=wish.until,
            contracts=contracts,
            shop=app.folder,
        )
    await app.feed_lake()
    return replayed(done)


def _print_replayed(console: "Console", done: "Replayed") -> None:
    console.print(done.words)
    for one in done.waiting:
        console.print(f"{one.waiting:>7,}  {one.code}: {one.reason}", markup=False)
    if done.taken > done.duplicates:
        console.print(REFRESH)
