"""Work beside the requests goes on whatever fails, and says once what is wrong."""

import asyncio
import logging

import pytest

from shopkeeper.core.errors import StoreError
from shopkeeper.flows import background as module
from shopkeeper.flows.background import Background


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> float:
    monkeypatch.setattr(module, "LONGEST", 0.004)
    return 0.001


async def test_one_cause_is_logged_once_and_its_end_once(quick: float, caplog: pytest.LogCaptureFixture) -> None:
    done, down, many = Background(), True, [0, 0, 0]

    async def work(place: int) -> None:
        many[place] += 1
        if down:
            raise StoreError("postgresql://db/shop: the database does not answer; start it, then try again")

    async def enough(more: int) -> None:
        until = [n + more for n in many]
        while any(n < least for n, least in zip(many, until, strict=True)):
            await asyncio.sleep(quick)

    with caplog.at_level(logging.WARNING):
        tasks = [asyncio.create_task(done.every(quick, lambda n=n: work(n))) for n in range(3)]  # type: ignore[misc]
        await enough(5)
        assert done.is_troubled
        down = False
        await enough(2)
        assert not done.is_troubled
        for task in tasks:
            task.cancel()
    assert [record.getMessage() for record in caplog.records] == [
        "background work failed and will be tried again: store_error: postgresql://db/shop: the database does not "
        "answer; start it, then try again",
        "background work goes on: the store answers again",
    ]


async def test_what_was_not_foreseen_is_logged_by_its_kind_alone(
    quick: float, caplog: pytest.LogCaptureFixture
) -> None:
    done = Background()

    async def work() -> None:
        raise KeyError("ann@example.org")

    task = asyncio.create_task(done.every(quick, work))
    while not done.is_troubled:
        await asyncio.sleep(quick)
    task.cancel()
    assert "KeyError" in caplog.text
    assert "ann@example.org" not in caplog.text


async def test_work_goes_on_after_what_nobody_foresaw_and_its_text_is_not_logged(
    quick: float, caplog: pytest.LogCaptureFixture
) -> None:
    calls: list[int] = []

    async def fails() -> None:
        calls.append(1)
        raise RuntimeError("canary-78")

    task = asyncio.create_task(Background().every(quick, fails))
    while len(calls) < 4:
        await asyncio.sleep(quick)
    task.cancel()
    assert "unforeseen RuntimeError" in caplog.text
    assert "canary" not in caplog.text
