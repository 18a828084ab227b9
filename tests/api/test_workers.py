"""Several processes on one store: one is killed under load, and nothing is lost, told twice or out of order."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from shopkeeper.api.process import BEHIND
from shopkeeper.api.workers import open_for_workers
from shopkeeper.app import open_app
from shopkeeper.core.errors import BadInput
from shopkeeper.differentiate.fold import encode_state
from shopkeeper.flows.accounting import account
from shopkeeper.flows.profiles import Profiles
from shopkeeper.store import open_store
from shopkeeper.testing.shop import NOW, basket, fill_shop, seeded
from tests.process import served

CUSTOMERS, EACH = 12, 8
Shop = tuple[Path, dict[str, str]]
"""A shop's folder, and what its environment adds."""
PETS = ["pets-0", "pets-1", "pets-2"]


@pytest.fixture
def on_postgres(shop: Path, postgres_database: str) -> Shop:
    """Without its models, on an empty PostgreSQL."""

    async def fill() -> None:
        store = await open_store(postgres_database, rng=seeded(7))
        await fill_shop(store)
        await store.close()

    asyncio.run(fill())
    return shop, {"SHOPKEEPER_DATABASE": postgres_database}


@pytest.fixture(params=["sqlite", "postgres"])
def on_either(request: pytest.FixtureRequest, shop: Path) -> Shop:
    """The test kit's shop on either store."""
    if request.param == "sqlite":
        return shop, {}
    filled: Shop = request.getfixturevalue("on_postgres")
    return filled


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def nicenesses(pid: int) -> set[int]:
    """Return how nice a process's own threads are, but for those of a library's allocator, which starts as imported."""
    found = set[int]()
    for task in Path(f"/proc/{pid}/task").iterdir():
        with suppress(FileNotFoundError, ProcessLookupError):  # one that has ended meanwhile
            if not (task / "comm").read_text().startswith("jemalloc"):
                found.add(os.getpriority(os.PRIO_PROCESS, int(task.name)))
    return found


def post(url: str, body: dict[str, object]) -> dict[str, object]:
    """Send until it is answered, as an honest client does."""
    while True:
        try:
            answer = httpx.post(url, json=body, timeout=60)
            answer.raise_for_status()
            found: dict[str, object] = answer.json()
            return found
        except httpx.HTTPError:
            time.sleep(0.05)


def send_all(url: str, acked: dict[str, int]) -> None:
    def send(number: int) -> None:
        for n in range(EACH):
            key = f"w{number}-{n}"
            wire = {k: v for k, v in basket(f"worker-{number}", PETS, key=key, at=NOW).items() if k != "type"}
            acked[key] = int(str(post(f"{url}/v1/track", wire)["seq"]))

    threads = [threading.Thread(target=send, args=(number,)) for number in range(CUSTOMERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_one_of_two_workers_is_killed_under_load_and_nothing_shows(
    on_either: Shop,
) -> None:
    shop, environ = on_either
    acked: dict[str, int] = {}
    with served(shop, "--workers", "2", **environ) as (parent, url):
        before = children(parent.pid)
        assert len(before) == 2
        sending = threading.Thread(target=send_all, args=(url, acked))
        sending.start()
        while len(acked) < CUSTOMERS * EACH // 4:
            time.sleep(0.01)
        os.kill(before[0], signal.SIGKILL)
        sending.join()
        while set(children(parent.pid)) & set(before) == set(before) or len(children(parent.pid)) < 2:
            time.sleep(0.05)
        assert before[1] in children(parent.pid)
        while pending(url):
            time.sleep(0.1)
        parent.send_signal(signal.SIGTERM)
        assert parent.wait(60) == 0
    asyncio.run(look(shop, environ, acked))


def pending(url: str) -> int:
    found: int = httpx.get(f"{url}/v1/accounting", timeout=60).json()["total"]["pending"]
    return found


async def look(shop: Path, environ: dict[str, str], acked: dict[str, int]) -> None:
    async with open_app(shop, environ=environ) as app:
        events = await app.store.read(after=0, limit=1_000_000)
        ours = {event.message_id: event for event in events if event.message_id in acked}
        assert {key: event.seq for key, event in ours.items()} == acked
        assert len(acked) == CUSTOMERS * EACH
        whom = {event.customer for event in ours.values()}
        entered = Counter(
            e.customer for e in events if e.name == "Segment Entered" and e.texts["segment"] == "pet_owners"
        )
        assert {customer: n for customer, n in entered.items() if customer in whom} == dict.fromkeys(whom, 1)
        assert whom <= {member.customer for member in await app.store.members("pet_owners")}
        assert (await account(app.store)).total.difference == 0
        await same_as_folded_anew(app, sorted(whom))


async def same_as_folded_anew(app, whom):
    """What two workers wrote is what one fold over the log gives: no event twice, none left out, none out of order."""
    stored = (await app.store.ground(whom)).stored
    assert stored.keys() == set(whom)
    anew = Profiles(app.store, app.definitions)
    for profile in stored.values():
        fresh = anew._restore(profile.customer, None, 0)
        await anew._fold({profile.customer: fresh}, await app.store.history([profile.customer], upto=profile.seq))
        assert encode_state(fresh.state) == profile.state


async def test_sqlite_takes_two_workers_at_most(shop: Path) -> None:
    async with open_app(shop, environ={}) as app:
        with pytest.raises(BadInput, match="on SQLite at most 2; move to PostgreSQL"):
            await open_for_workers(app, host=None, port=0, count=3)


def test_what_one_process_answers_for_the_other_lets_into_the_log(shop: Path) -> None:
    adding = ["source", "add", "web", "--kind", "server", "--basis", "contract", "--json"]
    command = [sys.executable, "-m", "shopkeeper", "--shop", str(shop), *adding]
    made = subprocess.run(command, check=True, capture_output=True, text=True)
    key = json.loads(made.stdout)["write_key"]

    def send(url: str, number: int) -> None:
        batch = [basket(f"flood-{number}", PETS, key=f"f{number}-{n}", at=NOW) for n in range(20)]
        httpx.post(f"{url}/v1/batch", json={"batch": batch}, auth=(key, ""), timeout=60).raise_for_status()

    with served(shop, "--workers", "2") as (_parent, url):
        before = httpx.get(f"{url}/v1/accounting", timeout=60).json()["total"]
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda number: send(url, number), range(40)))
        while pending(url):
            time.sleep(0.1)
        after = httpx.get(f"{url}/v1/accounting", timeout=60).json()["total"]
    assert after["accepted"] - before["accepted"] == 800
    assert after["difference"] == 0
    assert (shop / ".shopkeeper" / "store.db.inbox").exists()


def test_a_worker_ends_with_the_process_that_started_it(shop: Path) -> None:
    with served(shop, "--workers", "2") as (parent, _url):
        orphans = children(parent.pid)
        parent.kill()
        parent.wait()
        while any(alive(child) for child in orphans):
            time.sleep(0.1)


def alive(pid: int) -> bool:
    done = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], check=False, capture_output=True, text=True)
    return done.returncode == 0 and not done.stdout.startswith("Z")


def test_the_clerk_gets_what_the_process_that_answers_leaves(shop: Path) -> None:
    with served(shop, "--workers", "2") as (parent, _url):
        answers, clerk = children(parent.pid)
        own = os.getpriority(os.PRIO_PROCESS, 0)
        assert (nicenesses(answers), nicenesses(clerk)) == ({own}, {min(own + BEHIND, 19)})
        sessions = {os.getsid(one) for one in (parent.pid, answers, clerk)}
        groups = {os.getpgid(one) for one in (parent.pid, answers, clerk)}
        assert (len(sessions), len(groups)) == (1, 3)
