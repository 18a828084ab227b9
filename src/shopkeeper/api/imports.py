"""Importing one's own file: sending it, guesses at what it means, a trial, and the import itself."""

import asyncio
from typing import Any

import msgspec

from shopkeeper.api.customers import desk
from shopkeeper.api.operation import Call, operation
from shopkeeper.core.errors import BadInput
from shopkeeper.flows.customers.find import CustomerHits
from shopkeeper.flows.importing.guessing.guess import Guess, Wishes, guess
from shopkeeper.flows.importing.mapping import read_mapping
from shopkeeper.flows.importing.reach import ReachReport, reach_of
from shopkeeper.flows.importing.trial import Trial, try_mapping
from shopkeeper.flows.importing.writing import write_mapping
from shopkeeper.flows.imports.people import import_people
from shopkeeper.flows.imports.progress import ImportLine
from shopkeeper.flows.imports.shelf import Gone, UploadedFile, UploadShelf, shelf, uploaded


class MappingBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A mapping, as a mapping file says it: `{"kind": "orders", "customer": {"user_id": "card"}, ...}`."""

    mapping: dict[str, Any]


@operation("GET", "/v1/uploads", needs="edit", twin="import")
async def uploads(call: Call) -> UploadShelf:
    """List the files that were sent and not imported yet, and say how large one may be."""
    return shelf(call.app.imports.uploads)


@operation("POST", "/v1/uploads", needs="edit", twin="import")
async def upload(call: Call, name: str) -> UploadedFile:
    """Send a file: CSV, JSON lines or Parquet, texts also packed by gzip.

    The body is the file itself, whatever its Content-Type; `name` is what it is called. It is kept for a day at most.
    """
    imports = call.app.imports
    imports.sweep(wall=call.app.wall_clock.now())
    found = await imports.uploads.receive(
        call.request.stream(), name=name, length=_length(call), by=call.caller.name, now=call.now
    )
    return uploaded(found)


def _length(call: Call) -> int | None:
    sent = call.request.headers.get("content-length")
    if sent is None:
        return None
    if not sent.isascii() or not sent.isdigit():
        raise BadInput("Content-Length: must be a whole number")
    return int(sent)


@operation("GET", "/v1/uploads/{upload}", needs="edit", twin="import")
async def upload_guess(
    call: Call,
    upload: str,
    *,
    kind: str | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    header: int | None = None,
) -> Guess:
    """Guess how a file is written and what its columns mean, with the mapping of that.

    `kind`, `encoding`, `delimiter` and `header` are what somebody knows better. Samples need the right `personal`.
    """
    store = call.app.imports.uploads
    found = store.find(upload)
    return await asyncio.to_thread(
        guess,
        store.path(found),
        call.app.service.definitions,
        now=call.now,
        name=found.name,
        wishes=Wishes(kind=kind, encoding=encoding, delimiter=delimiter, header=header),
        personal=call.caller.may("personal"),
    )


@operation("DELETE", "/v1/uploads/{upload}", needs="edit", twin="import")
async def upload_removal(call: Call, upload: str) -> Gone:
    """Remove a file that was sent; what was imported of it stays."""
    return await call.app.imports.discard(upload)


@operation("POST", "/v1/uploads/{upload}/try", needs="edit", twin="import")
async def upload_trial(call: Call, upload: str, *, body: MappingBody) -> Trial:
    """Try a mapping on the first rows: what would become of each; nothing is written."""
    store = call.app.imports.uploads
    return await try_mapping(
        call.app.store,
        call.app.service.definitions,
        store.path(store.find(upload)),
        body.mapping,
        now=call.now,
        personal=call.caller.may("personal"),
    )


@operation("POST", "/v1/uploads/{upload}/reach", needs="edit", twin="import")
async def upload_reach(call: Call, upload: str, *, body: MappingBody) -> ReachReport:
    """Say how many customers could be reached for each purpose before a file of consents goes in, and after."""
    store = call.app.imports.uploads
    mapping = read_mapping("mapping", write_mapping(body.mapping), now=call.now)
    path = store.path(store.find(upload))
    return await reach_of(call.app.store, call.app.service.definitions, path, mapping, now=call.now)


@operation("POST", "/v1/uploads/{upload}/import", needs="edit", twin="import")
async def upload_import(call: Call, upload: str, *, body: MappingBody) -> ImportLine:
    """Begin to import a file; it goes on beside the requests, and after a restart of the server."""
    return await call.app.imports.begin(upload, body.mapping)


@operation("GET", "/v1/imports", needs="see", twin="source imports")
async def imports(call: Call) -> list[ImportLine]:
    """List every import: those that run, then the latest first."""
    return await call.app.imports.lines()


@operation("GET", "/v1/imports/{job}", needs="see", twin="source imports")
async def import_line(call: Call, job: str) -> ImportLine:
    """Say how far one import is."""
    return await call.app.imports.line(job)


@operation("GET", "/v1/imports/{job}/customers", needs="customers", twin="source imports")
async def import_customers(call: Call, job: str, after: str = "", limit: int = 50) -> CustomerHits:
    """List the customers of whom the log learned something by an import."""
    return await import_people(desk(call), job, after=after, limit=min(max(limit, 1), 200), now=call.now)


@operation("POST", "/v1/imports/{job}/resume", needs="edit", twin="import")
async def import_resume(call: Call, job: str) -> ImportLine:
    """Go on with an import that was broken off or stopped."""
    return await call.app.imports.resume(job)


@operation("POST", "/v1/imports/{job}/stop", needs="edit", twin="import")
async def import_stop(call: Call, job: str) -> ImportLine:
    """Stop an import after the batch that it is at; what is in stays in, and it can go on later."""
    return await call.app.imports.stop(job, by=call.caller.name)


OPERATIONS = (
    uploads,
    upload,
    upload_trial,
    upload_reach,
    upload_import,
    upload_guess,
    upload_removal,
    imports,
    import_customers,
    import_resume,
    import_stop,
    import_line,
)
