"""The demo from beginning to end; what an earlier run left is taken up where it is."""

import asyncio
import os
import socket
import sys
import webbrowser
from collections.abc import Awaitable, Callable
from pathlib import Path
from shutil import copytree, ignore_patterns, rmtree
from typing import Any, NamedTuple, TypeVar

import duckdb
import msgspec
from rich.console import Console

from demo import evaluate, terminal
from demo.everybody import decide_everybody
from demo.play import play
from demo.prepare import CUT, prepare
from demo.report import write
from demo.result import Coupons, Decided, Result, Score
from demo.steps import Steps
from demo.till import Till, first_baskets, served
from shopkeeper.app import App, open_app
from shopkeeper.flows.accounts import local_owner_link

T = TypeVar("T")

IMPORTS = {
    "stores": "stores",
    "products": "products",
    "demographics": "customers",
    "coupons": "coupons",
    "transactions": "orders",
    "mailings": "mailings",
    "campaigns": "campaigns",
    "redemptions": "redemptions",
}
"""File → mapping of the shipped example; the catalogue first, since lines take their category from it."""
COUNTS = {
    "households": "SELECT count(DISTINCT household_id) FROM {transactions}",
    "orders": "SELECT count(DISTINCT basket_id) FROM {transactions}",
    "lines": "SELECT count(*) FROM {transactions}",
    "products": "SELECT count(*) FROM {products}",
    "stores": "SELECT count(*) FROM {stores}",
    "coupons": "SELECT count(DISTINCT offer_id) FROM {coupons}",
    "redemptions": "SELECT count(*) FROM {redemptions}",
}
PORT = 8765


class Found(NamedTuple):
    """What deciding and judging found, kept for the next run; `about` names the definitions and models it is about."""

    about: dict[str, str]
    decided: Decided
    recommendation: dict[str, dict[str, Score]]
    coupons: Coupons


class Demo:
    """One run in one folder."""

    def __init__(self, root: Path, console: Console, *, quick: bool) -> None:
        self.console = console
        self.quick = quick
        self.reports = root
        self.root = root / "quick" if quick else root
        self.data, self.shop, self.evening = (self.root / name for name in ("data", "shop", "evening"))
        self.steps = Steps(console)

    def run(self, *, serve: bool) -> None:
        """Go through every step, then serve until Ctrl-C."""
        self._lay_out()
        self._open_shop()
        self._import()
        self._learn()
        found = self._judge()
        # The shop keeps only what it learned before the cut: what is played goes into a copy.
        rmtree(self.evening, ignore_errors=True)
        copytree(self.shop, self.evening, ignore=ignore_patterns("import", "spill"))
        entrance = _in(self.evening, _invite)
        baskets = first_baskets(self.data / "held_out.parquet", 40 if self.quick else 200)
        with served(self.evening, now=baskets[-1].at, port=_free_port()) as url:
            with self.steps.step("play", why=f"Scan the first {len(baskets)} baskets that the shop never saw"):
                household, played = play(Till(url), baskets, self._titles())
                panels = [terminal.household_panel(household), terminal.played_panel(played)]
                terminal.show(self.console, panels)
            result = Result(
                quick=self.quick,
                counts=self._counts(),
                recommendation=found.recommendation,
                coupons=found.coupons,
                decided=found.decided,
                household=household,
                played=played,
                steps=self.steps.seconds,
            )
            self.console.print(
                f"The report: [bold]{write(result, self.reports)}[/], its figures in report.json beside it"
            )
            if serve:
                Till(url).get("/v1/tour")  # its two customers are chosen once, which takes a while; then it is quick
                self._wait(url, entrance, household.name.split()[-1])

    def _lay_out(self) -> None:
        with self.steps.step("prepare", why="Lay out The Complete Journey as a shop's exports, cut at 2017-12-04"):
            self.console.print("Data: 84.51°, for education and exploration; its terms are the data owner's.")
            if prepare(self.data, quick=self.quick):
                rmtree(self.shop, ignore_errors=True)

    def _open_shop(self) -> None:
        with self.steps.step("apply", why="Make a shop from the shipped example and put its definitions in force"):
            if not (self.shop / "shop.yaml").exists():
                self.steps.shopkeeper("init", "--example", "grocery", str(self.shop))
            self.steps.shopkeeper("--shop", str(self.shop), "check")
            self.steps.shopkeeper("--shop", str(self.shop), "apply", "--yes", "--who", "demo", brief=True)

    def _import(self) -> None:
        with self.steps.step("import", why="Import everything that happened before the cut"):
            for file, mapping in IMPORTS.items():
                paths = str(self.data / f"{file}.parquet"), str(self.shop / "mappings" / f"{mapping}.yaml")
                self.steps.shopkeeper("--shop", str(self.shop), "import", paths[0], "--mapping", paths[1])

    def _learn(self) -> None:
        with self.steps.step("train", why="Work out segments, and train on all but the last 28 days"):
            if _in(self.shop, _trained):
                self.console.print("The models of an earlier run are in force.")
                return
            self.steps.shopkeeper("--shop", str(self.shop), "segment", "refresh")
            self.steps.shopkeeper("--shop", str(self.shop), "model", "train", "--before", CUT.isoformat())

    def _judge(self) -> Found:
        kept = self.root / "found.json"
        about = _in(self.shop, _about)
        if kept.exists():
            with_what = msgspec.json.decode(kept.read_bytes(), type=Found)
            if with_what.about == about:
                self._show(with_what)
                return with_what
        with self.steps.step("decide", why="Decide for every household what to show and which coupons to give"):
            decided = _in(self.shop, lambda app: decide_everybody(app, self._households(), self.console))
        with self.steps.step("judge", why="Judge on the 28 days that the shop never saw"):
            found = Found(
                about,
                decided,
                _in(self.shop, lambda app: evaluate.recommendation(app, self.data)),
                _in(self.shop, lambda app: evaluate.coupons(app, self.data)),
            )
        kept.write_bytes(msgspec.json.encode(found))
        self._show(found)
        return found

    def _show(self, found: Found) -> None:
        decided = found.decided
        roles = ", ".join(f"{n:,} {role}" for role, n in decided.roles.items())
        self.console.print(
            f"{decided.decisions:,} decisions in {decided.seconds:.1f} s. {decided.holdout} households are held out on "
            f"purpose and get nothing personal. Coupons: {roles}.\n"
        )
        tables = [terminal.recommendation_table(level, scores) for level, scores in found.recommendation.items()]
        terminal.show(self.console, [*tables, terminal.coupon_group(found.coupons)])

    def _wait(self, url: str, entrance: str, household: str) -> None:
        body = f'{{"slot": "coupons", "customer": {{"user_id": "{household}"}}}}'
        self.console.print("\nThe console opens signed in, once, within the hour, and begins with a tour:\n")
        self.console.print(f"  {url}{entrance}\n", style="bold", soft_wrap=True, highlight=False)
        self.console.print(f"The shop answers on {url}. Ask it, in another terminal:\n")
        self.console.print(f"  curl -s {url}/v1/decide -d '{body}'\n", style="bold", soft_wrap=True, highlight=False)
        self.console.print("Ctrl-C ends it.")
        if self.console.is_terminal and _has_screen():
            webbrowser.open(f"{url}{entrance}")
        asyncio.run(asyncio.Event().wait())

    def _households(self) -> list[str]:
        return [str(row[0]) for row in self._ask("SELECT DISTINCT household_id FROM {transactions} ORDER BY 1")]

    def _titles(self) -> dict[str, str]:
        query = "SELECT product_id, concat_ws(' ', product_type, package_size) FROM {products}"
        return {str(item): title for item, title in self._ask(query)}

    def _counts(self) -> dict[str, int]:
        return {noun: int(self._ask(query)[0][0]) for noun, query in COUNTS.items()}

    def _ask(self, query: str) -> list[tuple[Any, ...]]:
        """Ask the prepared files something; `{products}` stands for products.parquet."""
        files = {path.stem: f"'{path}'" for path in self.data.glob("*.parquet")}
        return duckdb.execute(query.format(**files)).fetchall()


def _in(shop: Path, work: Callable[[App], Awaitable[T]]) -> T:
    """Open a shop, do some work in it, close it."""

    async def opened() -> T:
        async with open_app(shop) as app:
            await app.feed_lake()
            return await work(app)

    return asyncio.run(opened())


async def _invite(app: App) -> str:
    """Return the path of a link that signs the owner of this machine in once."""
    now = app.wall_clock.now()
    return (await local_owner_link(app.store, app.entrance, base="", now=now, rng=app.rng)).url


def _has_screen() -> bool:
    return sys.platform == "darwin" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


async def _trained(app: App) -> bool:
    manifests = await app.store.models_in_force()
    return bool(manifests) and all(manifest.data_to == CUT for manifest in manifests.values())


async def _about(app: App) -> dict[str, str]:
    manifests = await app.store.models_in_force()
    return {"definitions": app.definitions.version} | {name: one.version for name, one in sorted(manifests.items())}


def _free_port() -> int:
    """Return the usual port, or 0 for any where somebody has taken it."""
    with socket.socket() as trying:
        trying.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trying.bind(("127.0.0.1", PORT))
        except OSError:
            return 0
    return PORT
