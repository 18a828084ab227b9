"""What every experiment does around its fault: serve a shop, send to it, let all be answered for, compare."""

import time
from collections.abc import Callable

from faults.audit import audit
from faults.ledger import Ledger
from faults.report import Finding
from faults.sender import Crew
from faults.server import Server
from faults.shop import Shop

HEALTHY_WITHIN = 10.0
"""Seconds after a fault in which an event must be taken again."""


class Work:
    """A shop that is served and sent to.

    figures, problems: What an experiment adds to the finding.
    """

    def __init__(
        self,
        experiment: str,
        shop: Shop,
        *,
        plant: str = "",
        largest: int = 100,
        prefix: str = "s",
        words: tuple[str, ...] = (),
    ) -> None:
        self.shop = shop
        self.ledger = Ledger(shop.papers / "ledger.jsonl")
        self.server = Server(shop, plant=plant, words=words)
        self.crew = Crew(self.server.port, shop.key, self.ledger, largest=largest, prefix=prefix)
        self.figures: dict[str, float] = {}
        self.problems: list[str] = []
        self.note = ""
        self._experiment = experiment

    def find(self, fault: Callable[["Work"], None], *, before: Callable[["Work"], None] = lambda _: None) -> Finding:
        """Serve and send, do `fault`, let everything be answered for, compare, and say what was found.

        Args:
            before: What to do once the server answers and before anybody sends.
        """
        began = time.monotonic()
        try:
            self.server.start()
            before(self)
            self.crew.start()
            fault(self)
            self.crew.finish()
            loss = audit(self.shop, self.ledger.read(), self.server.port)
            self.problems += [*loss.problems(), *self.crew.problems]
        except (RuntimeError, TimeoutError) as error:
            self.problems.append(str(error))
        finally:
            self.crew.abandon()
            self.server.kill()
            self.ledger.close()
        return Finding(
            experiment=self._experiment,
            store=self.shop.store,
            figures=self.figures | self._done(time.monotonic() - began),
            problems=tuple(dict.fromkeys(self.problems)),
            note=self.note,
        )

    def _done(self, seconds: float) -> dict[str, float]:
        return {
            "events": self.ledger.events,
            "answers": self.ledger.answers,
            "cut off": self.crew.cut_off,
            "refused": self.crew.refused,
            "seconds": round(seconds, 1),
        }

    def await_answers(self, n: int, *, within: float = 30) -> float:
        """Wait for `n` more answers of success; return the seconds that it took. Raises: TimeoutError."""
        began, enough = time.monotonic(), self.ledger.answers + n
        return _wait(lambda: self.ledger.answers >= enough, began, within, f"{n} events were not taken")

    def expect_refusals(self, n: int, *, within: float = 15) -> None:
        """Wait for `n` more answers 429 or 503; that there are not so many is a problem, and no reason to stop."""
        began, enough = time.monotonic(), self.crew.refused + n
        try:
            _wait(lambda: self.crew.refused >= enough, began, within, f"{n} senders were not told to wait")
        except TimeoutError as error:
            self.problems.append(str(error))

    def await_health(self) -> None:
        """Wait until events are taken again, now that the fault is over."""
        self.figures["healthy after s"] = round(self.await_answers(1, within=60), 2)
        if self.figures["healthy after s"] > HEALTHY_WITHIN:
            self.problems.append(f"no event was taken within {HEALTHY_WITHIN:g} s after the fault was over")


def _wait(reached: Callable[[], bool], began: float, within: float, what: str) -> float:
    while not reached():
        if time.monotonic() - began > within:
            raise TimeoutError(f"{what} within {within:g} s")
        time.sleep(0.005)
    return time.monotonic() - began
