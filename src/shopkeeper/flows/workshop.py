"""The workshop: models trained beside a running server, apart from it, one training at a time."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Literal

import msgspec

from shopkeeper.core.clock import Clock
from shopkeeper.core.errors import Conflict, NotFound, ShopkeeperError, nearest
from shopkeeper.core.model import Manifest
from shopkeeper.core.store import Store
from shopkeeper.flows.apart import Apart, Task

NAMES = ("recommend.product", "recommend.category", "coupons")
"""The models that can be trained, as `flows.models` names them; to import that takes a second."""

_log = logging.getLogger(__name__)


class Training(msgspec.Struct, frozen=True, kw_only=True):
    """How a training stands.

    state: `none` was begun since the server started, or it is `running`, `done` or `failed`. words: What is being done,
    or how it ended, in one sentence. trained: (name, version) of what was put in force.
    """

    state: Literal["none", "running", "done", "failed"]
    words: str
    names: tuple[str, ...]
    begun_at: datetime | None
    ended_at: datetime | None
    trained: tuple[tuple[str, str], ...]


NONE = Training(
    state="none",
    words="No training was begun since the server started.",
    names=(),
    begun_at=None,
    ended_at=None,
    trained=(),
)


class Workshop:
    """Trains models.

    Args:
        feed: Brings the lake up to the log, so that nothing is missed.
    """

    def __init__(self, store: Store, apart: Apart, *, clock: Clock, feed: Callable[[], Awaitable[object]]) -> None:
        self._store = store
        self._apart = apart
        self._clock = clock
        self._feed = feed
        self._task: asyncio.Task[None] | None = None
        self.training = NONE

    def begin(self, names: Sequence[str]) -> Training:
        """Begin to train some models, or all; they are put in force together when all are written.

        Raises: NotFound: there is no model of a name. Conflict: a training runs.
        """
        for name in names:
            if name not in NAMES:
                raise NotFound(f"model: there is no {name!r}{nearest(name, NAMES)}; known are {', '.join(NAMES)}")
        if self._task is not None and not self._task.done():
            raise Conflict("a training runs already; wait until it has ended")
        chosen = tuple(dict.fromkeys(names)) or NAMES
        self.training = msgspec.structs.replace(
            NONE, state="running", words="Bringing the lake up to date", names=chosen, begun_at=self._clock.now()
        )
        self._task = asyncio.create_task(self._train(tuple(names)))
        return self.training

    async def settled(self) -> None:
        """Wait until no training runs."""
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)

    async def close(self) -> None:
        """Stop a training that runs; what it has put in force stays."""
        if self._task is not None:
            self._task.cancel()
        await self.settled()

    async def _train(self, names: tuple[str, ...]) -> None:
        finished: list[Manifest] = []
        try:
            await self._feed()
            task = Task(kind="train", now=self._clock.now(), names=names)
            await self._apart.run(task, progress=self._progress, made=lambda raw: finished.append(_manifest(raw)))
            for manifest in finished:
                await self._store.put_model(manifest)
            trained = tuple((one.name, one.version) for one in finished)
            self._ended("done", f"{len(trained)} trained and put in force.", trained)
        except ShopkeeperError as error:
            self._ended("failed", str(error))
        except Exception as error:
            _log.error("unforeseen %s in training", type(error).__name__)
            self._ended("failed", "The training failed by a mistake in the program; nothing was put in force.")

    def _progress(self, words: str) -> None:
        self.training = msgspec.structs.replace(self.training, words=words)

    def _ended(self, state: Literal["done", "failed"], words: str, trained: tuple[tuple[str, str], ...] = ()) -> None:
        self.training = msgspec.structs.replace(
            self.training, state=state, words=words, ended_at=self._clock.now(), trained=trained
        )


def _manifest(raw: msgspec.Raw) -> Manifest:
    return msgspec.json.decode(raw, type=Manifest)
