"""Senders: what a till and its web shop send, retried until it is answered for, and never given up.

A sender knows of every event whose it is and what it is worth, and writes into the ledger what the server answered
for. What was sent and not answered may be in the log, once; so it is sent again until it is answered.
"""

import time
from collections.abc import Iterator
from random import Random
from threading import Event, Thread
from typing import Any, Final, NamedTuple

from faults.client import Answer, Client
from faults.ledger import Ledger, Sold

Made = tuple[str, dict[str, Any], Sold]
"""An event: its serial, itself on the wire, and what it says."""
PEOPLE: Final = 40
SENDERS: Final = 6
WAIT: Final = (429, 503)
PAUSE: Final = 0.05
"""Seconds between two requests of a sender: a server answers for far more than it follows, and all is compared."""


class Request(NamedTuple):
    """One request. taken, waiting: The serials of the events that must go in, and of those that must wait."""

    path: str
    body: dict[str, Any]
    taken: dict[str, Sold]
    waiting: list[str]


class Sender(Thread):
    """Sends until `ending` is set, then goes on until what it holds is answered for.

    Args:
        last: Whether it is the one that names everybody by all their names in the end.
    """

    def __init__(self, name: str, port: int, key: str, ledger: Ledger, *, seed: int, largest: int, last: bool) -> None:
        super().__init__(name=name, daemon=True)
        self.ending = Event()
        self.giving_up = Event()
        self.problems: list[str] = []
        self.refused = 0
        """Answers 429 and 503."""
        self.cut_off = 0
        """Requests that got no answer."""
        self._client = Client(port, key)
        self._ledger = ledger
        self._rng = Random(seed)  # noqa: S311 - the same run again from the same seed
        self._largest = largest
        self._last = last
        self._made = 0
        self._acked: list[tuple[str, dict[str, Any]]] = []
        self._past: list[Request] = []

    def run(self) -> None:
        """Send."""
        while not self.ending.is_set():
            self._deliver(self._next())
            time.sleep(PAUSE)
        for request in self._farewell() if self._last else ():
            self._deliver(request)
        self._client.close()

    def _next(self) -> Request:
        chance = self._rng.random()
        if chance < 0.1 and self._past:
            return self._rng.choice(self._past)
        if chance < 0.55:
            return self._single()
        return self._batch([self._event() for _ in range(self._rng.randrange(20, self._largest + 1))])

    def _single(self) -> Request:
        serial, event, sold = self._event()
        return Request("/v1/track", event, {serial: sold}, [])

    def _batch(self, events: list[Made]) -> Request:
        taken = {serial: sold for serial, _, sold in events}
        body = [event for _, event, _ in events]
        waiting = []
        for spoilt in self._spoilt():
            waiting.append(spoilt["properties"]["serial"])
            body.insert(self._rng.randrange(len(body) + 1), spoilt)
        if self._rng.random() < 0.3:
            body.append(self._rng.choice(body[: len(events) // 2]))
        return Request("/v1/batch", {"batch": body}, taken, waiting)

    def _spoilt(self) -> Iterator[dict[str, Any]]:
        """Make events that must wait: of nobody, or another one under an id that was answered for."""
        if self._rng.random() < 0.3:
            _, event, _ = self._event()
            yield {name: value for name, value in event.items() if name not in {"userId", "anonymousId", "context"}}
        if self._rng.random() < 0.2 and self._acked:
            earlier, event = self._rng.choice(self._acked)
            yield {**event, "messageId": earlier, "properties": {"serial": self._serial()}}

    def _serial(self) -> str:
        """Make a serial, in brackets, so that it is found in any bytes that hold it."""
        self._made += 1
        return f"[{self.name}-{self._made}]"

    def _event(self) -> Made:
        serial, person = self._serial(), f"p{self._rng.randrange(PEOPLE)}"
        event: dict[str, Any] = {"type": "track", "messageId": serial} | self._names(person)
        if self._rng.random() < 0.5:
            said = {"serial": serial, "product_id": f"i{self._rng.randrange(12)}"}
            return serial, event | {"event": "Product Viewed", "properties": said}, Sold(person, looks=1)
        cents = self._rng.randrange(100, 10_000)
        line = {"product_id": f"i{self._rng.randrange(12)}", "price": cents / 100, "quantity": 1}
        order = {"serial": serial, "order_id": serial, "products": [line]}
        return serial, event | {"event": "Order Completed", "properties": order}, Sold(person, cents)

    def _names(self, person: str) -> dict[str, Any]:
        """Name a person as the web, the app or the till knows them, or by two names, which joins what each knew."""
        web, app = {"anonymousId": f"{person}-web"}, {"anonymousId": f"{person}-app"}
        known = {"userId": person}
        mail = {"context": {"traits": {"email": f"{person}@example.org"}}}
        ways: list[dict[str, Any]] = [web, app, known, web, app, known, known | web, known | app, known | mail]
        return self._rng.choice(ways)

    def _farewell(self) -> Iterator[Request]:
        """Name everybody by all their names, so that in the end each is one customer."""
        for first in range(0, PEOPLE, 10):
            events = [self._joined(f"p{n}", way) for n in range(first, first + 10) for way in ("web", "app", "mail")]
            yield Request(
                "/v1/batch",
                {"batch": [event for _, event, _ in events]},
                {serial: sold for serial, _, sold in events},
                [],
            )

    def _joined(self, person: str, way: str) -> Made:
        serial = self._serial()
        mail = {"context": {"traits": {"email": f"{person}@example.org"}}}
        names = {"userId": person} | (mail if way == "mail" else {"anonymousId": f"{person}-{way}"})
        said = {"type": "track", "event": "Said Goodbye", "messageId": serial, "properties": {"serial": serial}}
        return serial, said | names, Sold(person)

    def _deliver(self, request: Request) -> None:
        """Send a request until it is answered for."""
        while not self.giving_up.is_set():
            answer = self._client.post(request.path, request.body)
            if 200 <= answer.status < 300:
                self._settle(request)
                return
            if answer.status == 0:
                self.cut_off += 1
                time.sleep(0.02)
            elif answer.status in WAIT:
                self._wait(answer)
            else:
                self.problems.append(f"answered {answer.status} {answer.body.get('message', '')}"[:200])
                return

    def _wait(self, answer: Answer) -> None:
        self.refused += 1
        if answer.retry_after is None:
            self.problems.append(f"answered {answer.status} without Retry-After")
        time.sleep(0.05)

    def _settle(self, request: Request) -> None:
        self._ledger.write(request.taken, request.waiting)
        self._past = [*self._past[-50:], request]
        if len(request.taken) == 1 and request.path == "/v1/track":
            self._acked = [*self._acked[-50:], (request.body["messageId"], request.body)]


class Crew:
    """Some senders at work."""

    def __init__(self, port: int, key: str, ledger: Ledger, *, largest: int, prefix: str) -> None:
        self._senders = [
            Sender(f"{prefix}{n}", port, key, ledger, seed=n, largest=largest, last=n == 0) for n in range(SENDERS)
        ]

    def start(self) -> None:
        """Begin to send."""
        for sender in self._senders:
            sender.start()

    def finish(self, *, within: float = 120) -> None:
        """Send what is left until it is answered for. Raises: TimeoutError: it is not, within some seconds."""
        for sender in self._senders:
            sender.ending.set()
        until = time.monotonic() + within
        for sender in self._senders:
            sender.join(max(0.0, until - time.monotonic()))
        if any(sender.is_alive() for sender in self._senders):
            self.abandon()
            raise TimeoutError(f"what was sent is not answered for within {within:g} s")

    def abandon(self) -> None:
        """Stop at once."""
        for sender in self._senders:
            sender.ending.set()
            sender.giving_up.set()

    @property
    def problems(self) -> list[str]:
        """Answers that no client should get."""
        return sorted({problem for sender in self._senders for problem in sender.problems})

    @property
    def refused(self) -> int:
        """How many answers were 429 or 503."""
        return sum(sender.refused for sender in self._senders)

    @property
    def cut_off(self) -> int:
        """How many requests got no answer."""
        return sum(sender.cut_off for sender in self._senders)
