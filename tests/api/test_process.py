"""The real process: it starts, answers, and ends on a signal with everything written."""

import json
import signal
import socket

import httpx
import pytest

from shopkeeper.core.identifier import Identifier
from shopkeeper.store import open_store
from shopkeeper.testing.shop import NOW, basket, user
from tests.process import finished, served, served_anew


async def test_it_answers_and_ctrl_c_ends_it_with_everything_written(shop):
    with served_anew(shop) as (process, url):
        assert httpx.get(f"{url}/v1/health", timeout=60).json()["status"] == "ready"
        wire = basket(user(5), ["pets-0", "pets-1", "pets-2"], key="b1", at=NOW)
        assert httpx.post(f"{url}/v1/track", json=wire, timeout=60).json()["outcome"] == "accepted"
        asked = {"slot": "recommendations", "customer": {"user_id": user(5)}}
        decided = [httpx.post(f"{url}/v1/decide", json=asked, timeout=60).json()["id"] for _ in range(20)]
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        assert (process.returncode, err) == (0, "")
        assert "Traceback" not in out
    store = await open_store(f"sqlite:///{shop}/.shopkeeper/store.db")
    name = Identifier("user_id", user(5))
    customer = (await store.find_customers([name]))[name]
    assert [await store.find_event("shopkeeper", one) is not None for one in decided] == [True] * 20
    order = await store.find_event("api", "b1")
    assert order is not None
    assert (await store.ground([customer])).stored[customer].seq >= order.seq
    await store.close()


def test_a_second_server_of_the_same_shop_is_refused_and_the_first_goes_on(shop):
    with served(shop) as (process, url):
        second = finished("serve", "--port", "0", shop=shop)
        assert second.returncode == 1
        assert "has it open for writing" in second.stderr
        assert "Traceback" not in second.stderr
        read = finished("--json", "customer", "show", f"user_id:{user(5)}", shop=shop)
        assert json.loads(read.stdout)["identifiers"] == {"user_id": [user(5)]}
        assert httpx.get(f"{url}/v1/health", timeout=60).status_code == 200
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
        assert process.returncode == 0


def test_a_key_is_asked_for_on_every_interface(shop):
    with served(shop, "--host", "0.0.0.0", SHOPKEEPER_API_KEY="sesame-0123456789") as (_, url):  # noqa: S104 - the test
        local = url.replace("0.0.0.0", "127.0.0.1")  # noqa: S104 - the same
        assert httpx.get(f"{local}/v1/segments", timeout=60).status_code == 401
        key = {"Authorization": "Bearer sesame-0123456789"}
        assert httpx.get(f"{local}/v1/segments", headers=key, timeout=60).status_code == 200


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "shop.example.org"])  # noqa: S104 - to be refused
def test_an_address_that_others_reach_needs_a_key(shop, host):
    found = finished("serve", "--host", host, "--port", "0", shop=shop)
    assert found.returncode == 2
    assert "set api_key" in found.stderr
    assert found.stdout == ""


def test_an_account_that_can_sign_in_opens_an_address_that_others_reach(shop):
    words = ("user", "add", "ann", "--role", "owner", "--no-password")
    assert finished(*words, shop=shop).returncode == 0
    assert "let somebody sign in" in finished("serve", "--host", "0.0.0.0", "--port", "0", shop=shop).stderr  # noqa: S104 - to be refused
    added = finished("user", "add", "bob", "--role", "owner", "--password-stdin", shop=shop, said="a lamp in the fog\n")
    assert added.returncode == 0
    with served(shop, "--host", "0.0.0.0") as (_, url):  # noqa: S104 - the test
        local = url.replace("0.0.0.0", "127.0.0.1")  # noqa: S104 - the same
        assert httpx.get(f"{local}/v1/session", timeout=60).json()["user"] is None
        assert httpx.get(f"{local}/v1/users", timeout=60).status_code == 403


@pytest.mark.parametrize("host", ["0.0.0.0", "127.0.0.1"])  # noqa: S104 - to be refused
def test_a_key_that_stands_in_an_example_opens_nothing(shop, host):
    found = finished("serve", "--host", host, "--port", "0", shop=shop, SHOPKEEPER_API_KEY="Your-API-key-here")
    assert (found.returncode, found.stdout) == (2, "")
    assert "stands in an example" in found.stderr
    assert "Your-API" not in found.stderr


def test_a_taken_port_is_named(shop):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        found = finished("serve", "--port", str(taken.getsockname()[1]), shop=shop)
    assert found.returncode == 2
    assert "choose another with --port" in found.stderr


def test_a_shop_without_definitions_in_force_is_told_so(shop):
    for path in (shop / ".shopkeeper").glob("store.db*"):
        path.unlink()
    bare = finished("serve", "--port", "0", shop=shop)
    assert (bare.returncode, "there is no store; make one with `shopkeeper apply`" in bare.stderr) == (1, True)
    assert finished("user", "add", "ann", "--role", "owner", "--no-password", shop=shop).returncode == 0
    found = finished("serve", "--port", "0", shop=shop)
    assert found.returncode == 2
    assert "run 'shopkeeper apply' first" in found.stderr
    assert "Traceback" not in found.stderr
