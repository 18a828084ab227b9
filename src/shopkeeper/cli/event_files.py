"""Events out of a file or a line, and what became of them: send and replay."""

import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import click

from shopkeeper.cli.output import emit
from shopkeeper.cli.remote import Server, ask, at_the_shop
from shopkeeper.core.errors import BadInput, why_unread

if TYPE_CHECKING:
    import msgspec
    from rich.console import Console

    from shopkeeper.app import App
    from shopkeeper.flows.sending import EventFate, EventsSent

BATCH: Final = 200
BYTES: Final = 256 << 10
"""Of one batch: events, and bytes of their lines."""
SHOWN: Final = 20


class Line(NamedTuple):
    """One event: its line in the file, counted from 1, as it stands there and as it was understood."""

    n: int
    text: bytes
    wire: Any


class Unreadable(NamedTuple):
    """A line that is no event, and why."""

    n: int
    why: str


def read_lines(text: Iterator[bytes], first: int, last: int | None) -> Iterator[Line | Unreadable]:
    """Read events, one a line; empty lines are passed over."""
    import msgspec

    decoder = msgspec.json.Decoder()
    for n, line in enumerate(text, 1):
        if last is not None and n > last:
            return
        if n < first or not line.strip():
            continue
        if len(line) > BYTES:
            yield Unreadable(n, f"{len(line):,} bytes, must be at most {BYTES:,}")
            continue
        try:
            yield Line(n, line, decoder.decode(line))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            yield Unreadable(n, "not JSON")


@contextmanager
def lines_of(file: Path | None, text: str | None) -> Iterator[Iterator[bytes]]:
    """Open the lines of a file, of standard input (`-`), or the one that was typed. Raises: BadInput: no such file."""
    if text is not None and text != "-":
        yield iter([text.encode()])
    elif file is None or str(file) == "-":
        yield iter(sys.stdin.buffer)
    else:
        try:
            opened = file.open("rb")
        except OSError as error:
            raise BadInput(f"{file}: cannot be read: {why_unread(error)}") from None
        with opened:
            yield iter(opened)


def span(text: str | None) -> tuple[int, int | None]:
    """Read `10-200`, `10-` or `10` as the first and the last line."""
    if text is None:
        return 1, None
    low, dash, high = text.partition("-")
    if not low.isdecimal() or (high and not high.isdecimal()):
        raise BadInput("--lines: must be such as 10-200, 10- or 10")
    return int(low), (int(high) if high else None) if dash else int(low)


Send = Callable[[list["msgspec.Raw"]], Awaitable["EventsSent"]]


class _Batches:
    """Sends lines in batches, and keeps what became of each."""

    def __init__(self, send: Send, check: Callable[[Any], None] | None) -> None:
        self._send = send
        self._check = check
        self._held: list[Line] = []
        self._size = 0
        self.fates: list[EventFate] = []
        self.unreadable: list[Unreadable] = []

    async def take(self, line: Line | Unreadable) -> None:
        if isinstance(line, Unreadable):
            self.unreadable.append(line)
            return
        try:
            if self._check is not None:
                self._check(line.wire)
        except BadInput as error:
            self.unreadable.append(Unreadable(line.n, str(error)))
            return
        if self._held and (len(self._held) >= BATCH or self._size + len(line.text) > BYTES):
            await self.flush()
        self._held.append(line)
        self._size += len(line.text)

    async def flush(self) -> None:
        import msgspec

        if not self._held:
            return
        held, self._held, self._size = self._held, [], 0
        found = await self._send([msgspec.Raw(line.text) for line in held])
        for fate, line in zip(found.events, held, strict=True):
            self.fates.append(msgspec.structs.replace(fate, n=line.n))


Work = Callable[[Send], Awaitable[_Batches]]


def send_lines(
    lines: Iterator[Line | Unreadable],
    *,
    source: str,
    url: str | None,
    key: str | None,
    check: Callable[[Any], None] | None = None,
) -> None:
    """Send events through the door, here or at the server that has the store, and print what became of them.

    Raises: BadInput: some lines are no events; the others were sent.
    """

    async def work(send: Send) -> _Batches:
        batches = _Batches(send, check)
        for line in lines:
            await batches.take(line)
        await batches.flush()
        return batches

    done = at_the_shop(partial(_here, source, work), partial(_there, source, work), url=url, key=key)
    _report(done)


async def _here(source: str, work: Work, app: "App") -> _Batches:
    from shopkeeper.flows.contracts.contracts import open_contracts
    from shopkeeper.flows.sending import EventsBody, send_events

    async with open_contracts(app.store) as contracts:

        async def send(events: "list[msgspec.Raw]") -> "EventsSent":
            done = await send_events(
                app.store,
                app.definitions,
                EventsBody(events=events, source=source),
                contracts=contracts,
                now=app.clock.now(),
            )
            return done.told

        done = await work(send)
    await app.feed_lake()
    return done


async def _there(source: str, work: Work, server: Server) -> _Batches:
    import msgspec

    from shopkeeper.flows.sending import EventsSent

    async def send(events: list[msgspec.Raw]) -> EventsSent:
        found = await ask(server, "POST", "/v1/events", {"events": events, "source": source})
        return msgspec.convert(found, EventsSent)

    return await work(send)


def _report(done: _Batches) -> None:
    from shopkeeper.flows.sending import told

    report = told(done.fates)
    result = {
        "accepted": report.accepted,
        "duplicates": report.duplicates,
        "waiting": report.waiting,
        "discarded": report.discarded,
        "unreadable": [one._asdict() for one in done.unreadable],
        "events": [fate for fate in report.events if fate.outcome != "accepted"],
    }
    emit(result, human=lambda console: _print_sent(console, report))
    if done.unreadable:
        said = "; ".join(f"line {one.n}: {one.why}" for one in done.unreadable[:SHOWN])
        raise BadInput(f"{len(done.unreadable)} not sent: {said}")


def _print_sent(console: "Console", report: "EventsSent") -> None:
    console.print(report.words)
    told = [fate for fate in report.events if fate.outcome != "accepted"]
    for fate in told[:SHOWN]:
        if fate.outcome == "duplicate":
            console.print(f"  line {fate.n}: there already, as {fate.seq}", markup=False)
        elif fate.outcome == "discarded":
            console.print(f"  line {fate.n}: carries no consent to be collected", markup=False)
        else:
            console.print(f"  line {fate.n}: {fate.code}: {fate.reason}; waits as {fate.waits_as}", markup=False)
    if len(told) > SHOWN:
        console.print(f"  and {len(told) - SHOWN:,} more; --json lists them all")
    if report.waiting:
        console.print("Look at them: shopkeeper quarantine list")


def option_source(command: Any) -> Any:
    """Let a command say in whose name it sends."""
    return click.option(
        "--source", default="api", show_default=True, help="In whose name; message ids are unique within a source."
    )(command)
