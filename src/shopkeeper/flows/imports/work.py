"""The work on imports beside the requests: one after another, each in a thread, resumed when the server starts."""

import asyncio
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import msgspec

from shopkeeper.core.clock import Clock
from shopkeeper.core.definitions import Definitions
from shopkeeper.core.errors import Conflict, NotFound, ShopkeeperError
from shopkeeper.core.quarantine import ImportProgress
from shopkeeper.core.store import Store
from shopkeeper.flows.importing.job import Import, fresh, job_name, open_mapped, run_import
from shopkeeper.flows.importing.mapping import AnyMapping, read_mapping, require_columns
from shopkeeper.flows.importing.writing import write_mapping
from shopkeeper.flows.imports.elsewhere import elsewhere
from shopkeeper.flows.imports.progress import ImportLine, Pace, State, line_of
from shopkeeper.flows.imports.shelf import Gone
from shopkeeper.flows.imports.uploads import Upload, Uploads

_log = logging.getLogger(__name__)


class Listener(Protocol):
    """Who must know of events that came past the requests."""

    def forget(self, customers: frozenset[str]) -> None:
        """Let go of what is kept warm of some customers: the log knows more."""
        ...

    async def settle(self, customers: frozenset[str]) -> None:
        """Bring everything that follows the log up to it, after an import or a replay."""
        ...


class _Stopped(Exception):
    """The import was asked to stop, after a batch that is committed and noted."""


@dataclass(slots=True)
class _Running:
    """An import that is worked on, or waits for its turn."""

    upload: Upload
    state: State = "waiting"
    progress: ImportProgress | None = None
    pace: Pace | None = None
    stop: threading.Event = field(default_factory=threading.Event)
    by: str = ""
    task: asyncio.Task[None] | None = None


class Imports:
    """The imports of one server.

    Args:
        data: The shop's folder for data: mappings are kept there as long as rows wait that they read.
        definitions: Gives those in force.
    """

    def __init__(
        self,
        store: Store,
        uploads: Uploads,
        data: Path,
        *,
        clock: Clock,
        definitions: Callable[[], Definitions],
        listener: Listener,
    ) -> None:
        self._store = store
        self.uploads = uploads
        self._data = data
        self._clock = clock
        self._definitions = definitions
        self.listener = listener
        self._running: dict[str, _Running] = {}
        self._turn = asyncio.Lock()
        self._settling: set[asyncio.Task[None]] = set()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="import")

    async def begin(self, upload: str, mapping: dict[str, Any]) -> ImportLine:
        """Begin to import an uploaded file; one that was imported so before has no second effect.

        Args:
            mapping: As a mapping file says it.

        Raises: NotFound: no such file. BadInput: the mapping does not fit; nothing was begun.
        """
        found = self.uploads.find(upload)
        text = write_mapping(mapping)
        known = read_mapping("mapping", text, now=self._clock.now())
        job = await asyncio.to_thread(_checked_job, self.uploads.path(found), known)
        progress = await self._store.import_progress(job)
        if job in self._running or (progress is not None and progress.done):
            return await self.line(job)
        self._mapping(job).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._mapping(job).write_text(text, "utf-8")
        if progress is None:
            now = self._clock.now()
            await self._store.put_import_progress(fresh(job, found.name, known, now=now, total=found.rows))
        self._start(self.uploads.assign(found, job), job)
        return await self.line(job)

    async def resume(self, job: str) -> ImportLine:
        """Go on with an import that was broken off or stopped. Raises: NotFound: its file is not here any more."""
        found = next((one for one in self.uploads.all() if one.job == job), None)
        if found is None:
            raise NotFound("import: its file is not here any more; bring it again, and it goes on where it stopped")
        if job not in self._running:
            self._start(found, job)
        return await self.line(job)

    async def resume_all(self, *, wall: datetime) -> None:
        """Go on with what the last stop of the server broke off, and remove files that nobody imported."""
        for upload in self.uploads.all():
            progress = None if upload.job is None else await self._store.import_progress(upload.job)
            if progress is not None and not progress.done and progress.stopped is None:
                self._start(upload, progress.job)
        self.sweep(wall=wall)

    def sweep(self, *, wall: datetime) -> None:
        """Remove files that nobody imported within a day of the machine's time."""
        self.uploads.sweep(wall=wall, keep=frozenset(one.upload.id for one in self._running.values()))

    async def stop(self, job: str, *, by: str) -> ImportLine:
        """Stop an import after the batch that it is at; what is in stays in. Raises: Conflict: it does not run."""
        running = self._running.get(job)
        if running is None or running.state == "finishing":
            raise Conflict("import: it does not run any more")
        running.by = by
        running.stop.set()
        return await self.line(job)

    async def discard(self, upload: str) -> Gone:
        """Remove a file. Raises: Conflict: it is being imported."""
        if any(one.upload.id == upload for one in self._running.values()):
            raise Conflict("upload: it is being imported; stop the import first")
        self.uploads.remove(upload)
        return Gone(removed=upload)

    def settle_soon(self, customers: frozenset[str]) -> None:
        """Let whatever follows the log know of events that a replay let in: profiles at once, segments in a while."""
        self.listener.forget(customers)
        task = asyncio.create_task(self._settle(customers), name="after a replay")
        self._settling.add(task)
        task.add_done_callback(self._settling.discard)

    async def _settle(self, customers: frozenset[str]) -> None:
        try:
            async with self._turn:
                await self.listener.settle(customers)
        except ShopkeeperError as error:
            _log.warning("segments were not brought up to date after a replay: %s", error.code)

    async def line(self, job: str) -> ImportLine:
        """Return one import. Raises: NotFound."""
        progress = await self._store.import_progress(job)
        if progress is None:
            raise NotFound("import: there is none of that id")
        return self._line(progress, {one.job for one in self.uploads.all()})

    async def lines(self) -> list[ImportLine]:
        """Return every import, those that run first, then the latest first."""
        here = {one.job for one in self.uploads.all()}
        found = [self._line(progress, here) for progress in await self._store.imports()]
        found.sort(key=lambda line: line.begun_at.timestamp() if line.begun_at else 0.0, reverse=True)
        return sorted(found, key=lambda line: line.job not in self._running)

    async def close(self) -> None:
        """Stop after the batches that are at work; they go on when the server starts again."""
        running = list(self._running.values())
        for one in running:
            one.stop.set()
        await asyncio.gather(*(one.task for one in running if one.task is not None), return_exceptions=True)
        await asyncio.gather(*self._settling, return_exceptions=True)
        self._thread.shutdown()

    def _line(self, progress: ImportProgress, here: set[str | None]) -> ImportLine:
        running = self._running.get(progress.job)
        if running is not None:
            rate = running.pace.rate if running.pace else 0.0
            return line_of(running.progress or progress, running.state, rate=rate)
        if progress.done:
            return line_of(progress, "done")
        state: State = "stopped" if progress.stopped is not None else "interrupted"
        return line_of(progress, state, resumable=progress.job in here)

    def _start(self, upload: Upload, job: str) -> None:
        running = _Running(upload)
        self._running[job] = running
        running.task = asyncio.create_task(self._run(job, running), name=f"import {job}")

    async def _run(self, job: str, running: _Running) -> None:
        try:
            async with self._turn:
                await self._work(job, running)
        except _Stopped:
            if running.by:
                await self._note_stop(job, f"by {running.by}.")
        except ShopkeeperError as error:
            await self._note_stop(job, f"{error}")
        except Exception as error:
            _log.error("unforeseen %s in an import", type(error).__name__)
            await self._note_stop(job, "an error that was not foreseen; it was logged.")
        finally:
            del self._running[job]

    async def _work(self, job: str, running: _Running) -> None:
        if running.stop.is_set():
            raise _Stopped
        loop = asyncio.get_running_loop()
        before = await self._store.import_progress(job)
        running.state, running.pace = "running", Pace(rows=before.rows if before else 0, at=loop.time())
        told: set[str] = set()

        def report(progress: ImportProgress, _total: int | None) -> None:
            running.progress = progress
            if running.pace is not None:
                running.pace.note(progress.rows, loop.time())
            if running.stop.is_set():
                raise _Stopped

        def reached(customers: frozenset[str]) -> None:
            told.update(customers)
            loop.call_soon_threadsafe(self.listener.forget, customers)

        work = Import(
            self.uploads.path(running.upload),
            self._mapping(job),
            self._data / "import" / job,
            called=running.upload.name,
            shop=self._data.parent,
        )
        there, definitions, now = elsewhere(self._store, loop), self._definitions(), self._clock.now()

        def importing() -> None:
            asyncio.run(run_import(there, definitions, work, now=now, report=report, reached=reached))

        await loop.run_in_executor(self._thread, importing)
        running.state, running.progress = "finishing", await self._store.import_progress(job)
        self.uploads.remove(running.upload.id)
        await self.listener.settle(frozenset(told))

    async def _note_stop(self, job: str, why: str) -> None:
        progress = await self._store.import_progress(job)
        if progress is not None and not progress.done:
            stopped = msgspec.structs.replace(progress, stopped=why, ended_at=self._clock.now())
            await self._store.put_import_progress(stopped)

    def _mapping(self, job: str) -> Path:
        return self._data / "mappings" / f"{job}.yaml"


def _checked_job(file: Path, mapping: AnyMapping) -> str:
    require_columns(mapping, open_mapped(file, mapping))
    return job_name(file, mapping)
