"""The till: a small client of the HTTP API, and the held-out weeks' first baskets, scanned one after the other."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import click
import duckdb

_BASKETS = """
SELECT household_id, store_id, basket_id, transaction_timestamp, list({
    'product_id': CAST(product_id AS VARCHAR), 'quantity': quantity, 'amount': sales_value,
    'discount': round(retail_disc + coupon_disc + coupon_match_disc, 2), 'coupon': coupon
} ORDER BY product_id) AS products
FROM read_parquet($1) GROUP BY ALL ORDER BY transaction_timestamp, basket_id LIMIT $2
"""


class Basket(NamedTuple):
    """One basket of the held-out weeks."""

    household: str
    place: str
    order_id: str
    at: datetime
    products: list[dict[str, Any]]

    def wire(self) -> dict[str, Any]:
        """Say it as a Segment `Order Completed`, as a till's software would send it."""
        return {
            "userId": self.household,
            "event": "Order Completed",
            "messageId": f"till:{self.order_id}",
            "timestamp": self.at.isoformat(),
            "properties": {"order_id": self.order_id, "place": self.place, "products": self.products},
        }


def first_baskets(held_out: Path, n: int) -> list[Basket]:
    """Read the first `n` baskets after the cut, in order of time."""
    rows = duckdb.execute(_BASKETS, [str(held_out), n]).fetchall()
    return [
        Basket(str(household), str(store), str(basket), at.replace(tzinfo=UTC), products)
        for household, store, basket, at, products in rows
    ]


class Till:
    """A client that keeps its connection."""

    def __init__(self, url: str) -> None:
        self.url = url
        address = urlsplit(url)
        self._connection = HTTPConnection(address.hostname or "", address.port, timeout=60)

    def get(self, path: str) -> Any:
        """Ask for something. Raises: ClickException: the answer is not 200."""
        return self._call("GET", path, None)

    def post(self, path: str, body: object) -> Any:
        """Send something. Raises: ClickException: the answer is not 200."""
        return self._call("POST", path, json.dumps(body))

    def decide(self, slot: str, household: str) -> dict[str, Any]:
        """Ask what a household should see in a slot."""
        answer: dict[str, Any] = self.post("/v1/decide", {"slot": slot, "customer": {"user_id": household}})
        return answer

    def scan(self, baskets: Sequence[Basket]) -> Iterator[dict[str, Any]]:
        """Send baskets one after the other, each answered when it is durable and folded in."""
        for basket in baskets:
            yield self.post("/v1/track", basket.wire())

    def _call(self, method: str, path: str, body: str | None) -> Any:
        self._connection.request(method, path, body, {"Content-Type": "application/json"})
        response = self._connection.getresponse()
        answer = json.loads(response.read())
        if response.status != 200:
            raise click.ClickException(f"{method} {path} answered {response.status}: {answer.get('message', '')}")
        return answer


@contextmanager
def served(shop: Path, *, now: datetime, port: int) -> Iterator[str]:
    """Run `shopkeeper serve` on a shop, its clock pinned to `now`, and give its URL once it is ready."""
    command = [
        str(Path(sys.executable).with_name("shopkeeper")),
        "--shop",
        str(shop),
        "--json",
        "serve",
        "--port",
        str(port),
    ]
    environment = os.environ | {"SHOPKEEPER_NOW": now.isoformat()}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True) as server:  # noqa: S603 (our own)
        try:
            yield _url(server)
        finally:
            server.terminate()
            server.wait(timeout=30)


def _url(server: "subprocess.Popen[str]") -> str:
    """Read the JSON that the server prints when it is ready."""
    said = ""
    for line in server.stdout or ():
        said += line
        if line.rstrip() == "}":
            return str(json.loads(said)["url"])
    raise click.ClickException(f"the server ended with {server.wait()} before it was ready")
