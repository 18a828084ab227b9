"""The application: wires settings to store, lake, clock and service; nothing else does."""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random, SystemRandom
from typing import TYPE_CHECKING

from shopkeeper.core.clock import Clock, PinnedClock, SystemClock
from shopkeeper.core.definitions import AppliedVersion, Definitions
from shopkeeper.core.errors import BadInput, why_unread
from shopkeeper.core.ids import new_id
from shopkeeper.core.randomness import PagedRandom
from shopkeeper.core.settings import FILE, Settings, read_settings
from shopkeeper.core.store import Store
from shopkeeper.flows.definitions import load_definitions, record_in_force
from shopkeeper.store import open_store

if TYPE_CHECKING:
    from shopkeeper.engines.batch import Batch
    from shopkeeper.engines.lake import Lake
    from shopkeeper.flows.backroom import Backroom
    from shopkeeper.flows.crowd import Crowd
    from shopkeeper.flows.entrance import Entrance
    from shopkeeper.flows.imports.work import Imports
    from shopkeeper.flows.rules.recording import Recorder
    from shopkeeper.flows.service import Service, Worker
    from shopkeeper.flows.tour.guide import Guide


def load_settings(folder: Path, environ: Mapping[str, str] = os.environ) -> Settings:
    """Read `shopkeeper.toml` of a shop's folder and the environment. Raises: BadInput: every wrong setting named."""
    path = folder / FILE
    try:
        text = path.read_text("utf-8") if path.exists() else ""
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: cannot be read: {why_unread(error)}") from None
    return read_settings(text, environ, shop=str(folder.resolve()))


class App:
    """One opened shop.

    `lake`, `batch` and `service` load what they need when they are first asked for, so that a small command is quick.
    `clock` tells the shop's time, `wall_clock` the machine's, by which sessions end even where the shop's is pinned.
    """

    def __init__(self, folder: Path, settings: Settings, store: Store, applied: AppliedVersion | None) -> None:
        self.folder = folder
        self.settings = settings
        self.store = store
        self.rng: Random = PagedRandom()
        self.clock: Clock = SystemClock() if settings.now is None else PinnedClock(settings.now)
        self.wall_clock: Clock = SystemClock()
        self.models = Path(settings.models)
        self._applied = applied
        self._definitions: Definitions | None = None
        self._lake: Lake | None = None
        self._batch: Batch | None = None
        self._service: Service | None = None
        self._backroom: Backroom | None = None
        self._crowd: Crowd | None = None
        self._recorder: Recorder | None = None
        self._guide: Guide | None = None
        self._imports: Imports | None = None
        self._feeding = asyncio.Lock()
        self._entrance: Entrance | None = None

    @property
    def is_applied(self) -> bool:
        """Whether definitions are in force."""
        return self._applied is not None

    @property
    def definitions(self) -> Definitions:
        """The definitions in force. Raises: BadInput: none are yet."""
        if self._applied is None:
            raise BadInput(f"{self.folder}: no definitions are in force; run 'shopkeeper apply' first")
        if self._definitions is None:
            self._definitions = load_definitions(self._applied.files)
        return self._definitions

    @property
    def lake(self) -> "Lake":
        """The event lake."""
        if self._lake is None:
            from shopkeeper.engines.lake import Lake

            self._lake = Lake(Path(self.settings.lake), zone=self.definitions.shop.zone)
        return self._lake

    @property
    def batch(self) -> "Batch":
        """The batch engine over the lake."""
        if self._batch is None:
            from shopkeeper.engines.batch import Batch

            self._batch = Batch(self.lake)
        return self._batch

    @property
    def service(self) -> "Service":
        """What answers live, inside `serving()`. Raises: BadInput: outside of it."""
        if self._service is None:
            raise BadInput("the shop is not being served; this is a mistake in the program that opened it")
        return self._service

    @property
    def backroom(self) -> "Backroom":
        """What works beside the requests for the people of the shop, inside `serving()`."""
        if self._backroom is None:
            from shopkeeper.flows.backroom import Backroom

            self._backroom = Backroom(
                self.store,
                self.lake,
                self.folder,
                clock=self.clock,
                environment=self.settings.environment,
                feed=self.feed_lake,
            )
        return self._backroom

    @property
    def entrance(self) -> "Entrance":
        """What lets people in and out."""
        if self._entrance is None:
            from shopkeeper.flows.entrance import Entrance

            self._entrance = Entrance(self.store, rng=self.rng)
        return self._entrance

    @property
    def crowd(self) -> "Crowd":
        """Everybody's traits as of a moment ago, for counting rules while they are typed."""
        if self._crowd is None:
            from shopkeeper.flows.crowd import Crowd

            self._crowd = Crowd(
                self.store,
                self.lake,
                clock=self.clock,
                definitions=lambda: self.definitions if self._service is None else self._service.definitions,
                feed=self.feed_lake,
            )
        return self._crowd

    @property
    def guide(self) -> "Guide":
        """What chooses the customers of the tour, inside `serving()`."""
        if self._guide is None:
            from shopkeeper.flows.tour.guide import Guide

            self._guide = Guide(lambda: self.service, clock=self.clock)
        return self._guide

    @property
    def recorder(self) -> "Recorder":
        """What records the members of segments that changed."""
        if self._recorder is None:
            from shopkeeper.flows.rules.recording import Recorder

            self._recorder = Recorder(
                self.store,
                self.crowd,
                clock=self.clock,
                definitions=lambda: self.definitions if self._service is None else self._service.definitions,
                profiles=lambda: None if self._service is None else self._service.profiles,
            )
        return self._recorder

    @property
    def imports(self) -> "Imports":
        """What imports uploaded files beside the requests, inside `serving()`."""
        if self._imports is None:
            from shopkeeper.flows.imports.aftermath import Aftermath
            from shopkeeper.flows.imports.uploads import Uploads
            from shopkeeper.flows.imports.work import Imports

            service, data = self.service, self.folder / ".shopkeeper"
            self._imports = Imports(
                self.store,
                Uploads(data / "uploads", limit=self.settings.upload_limit_mb * 1_000_000, rng=self.rng),
                data,
                clock=self.clock,
                definitions=lambda: service.definitions,
                listener=Aftermath(service, self.batch, feed=self.feed_lake, now=self.clock.now),
            )
        return self._imports

    async def feed_lake(self) -> int:
        """Bring the lake up to the log, one at a time; return how many events were added."""
        from shopkeeper.flows.lake import flush

        async with self._feeding:
            return await flush(self.lake, self.store)

    async def close(self) -> None:
        """Let go of the batch engine and the store."""
        if self._recorder is not None:
            await self._recorder.close()
        if self._crowd is not None:
            await self._crowd.close()
        if self._batch is not None:
            self._batch.close()
        await self.store.close()

    async def empty_inbox(self) -> None:
        """Let into the log what a server that has ended left in the inbox."""
        if self.store.parcels is not None and await self.store.parcels.last():
            from shopkeeper.flows.inbox import empty_inbox

            await empty_inbox(self.store, self.store.parcels, self.definitions, clock=self.clock)

    @asynccontextmanager
    async def emptying_inbox(self) -> AsyncIterator[None]:
        """Empty the inbox of the shop, which another process serves."""
        from shopkeeper.flows.service import emptying_inbox

        async with emptying_inbox(self.store, clock=self.clock):
            yield

    @asynccontextmanager
    async def serving(self, worker: "Worker | None" = None) -> AsyncIterator["Service"]:
        """Load models and catalogue, start what runs beside the requests, and end it cleanly.

        Args:
            worker: Who this process is among those that serve the shop.
        """
        from shopkeeper.flows.service import Worker, open_service

        alone = Worker(new_id("wrk", self.wall_clock.now(), SystemRandom()))
        opened = open_service(
            self.store,
            self.definitions,
            self.models,
            clock=self.clock,
            rng=self.rng,
            wall=self.wall_clock,
            worker=worker or alone,
        )
        async with opened as service:
            self._service = service
            try:
                yield service
            finally:
                if self._guide is not None:
                    await self._guide.close()
                if self._imports is not None:
                    await self._imports.close()
                if self._backroom is not None:
                    await self._backroom.close()
                self._service = self._backroom = self._imports = self._guide = None


@asynccontextmanager
async def open_app(
    folder: Path,
    *,
    readonly: bool = False,
    shared: bool = False,
    to_serve: bool = False,
    create: bool = True,
    environ: Mapping[str, str] = os.environ,
) -> AsyncIterator[App]:
    """Open a shop.

    Args:
        folder: With shop.yaml and shopkeeper.toml.
        readonly: Only look; works beside a running server.
        shared: As one of the workers of a server.
        to_serve: What a server left in the inbox is let into the log while the shop is served, and not before.
        create: Make the store where there is none, such as for definitions that are yet to be put in force.

    Raises: BadInput: wrong settings. StoreError: the store cannot be opened, or there is none.
    """
    settings = load_settings(folder, environ)
    store = await open_store(settings.database, create=create, readonly=readonly, shared=shared)
    try:
        applied = await store.in_force() if readonly else await record_in_force(store)
        app = App(folder, settings, store, applied)
        if applied is not None and not readonly and not to_serve:
            await app.empty_inbox()
    except BaseException:
        await store.close()
        raise
    try:
        yield app
    finally:
        await app.close()
