"""Long work in a process of its own: what comes back, what goes wrong, and that none stays behind."""

import asyncio
import sys
from pathlib import Path

import msgspec
import pytest

from shopkeeper.core.errors import BadInput, Conflict, NotFound, StoreError
from shopkeeper.flows.apart import Apart, Task
from shopkeeper.flows.report import LiftReport, lift_report
from shopkeeper.flows.workshop import Workshop
from shopkeeper.testing.shop import NOW


def saying(script: str) -> Apart:
    """Run a script of Python instead."""
    return Apart(Path("/"), command=(sys.executable, "-c", f"import sys; sys.stdin.readline(); {script}"))


async def test_the_report_from_apart_is_the_report_from_here(app):
    found = await Apart(app.folder).run(Task(kind="report", now=NOW, days=28))
    made = await lift_report(app.store, app.batch, app.definitions, days=28, now=NOW)
    assert msgspec.json.decode(found, type=LiftReport) == made


async def test_models_are_trained_apart_and_put_in_force_by_the_server(app):
    workshop = Workshop(app.store, Apart(app.folder), clock=app.clock, feed=app.feed_lake)
    before = (await app.store.models_in_force())["recommend.category"].version
    begun = workshop.begin(["recommend.category"])
    assert (begun.state, begun.names) == ("running", ("recommend.category",))
    with pytest.raises(Conflict, match="runs already"):
        workshop.begin([])
    await workshop.settled()
    assert workshop.training.state == "done", workshop.training.words
    after = (await app.store.models_in_force())["recommend.category"].version
    assert workshop.training.trained == (("recommend.category", after),)
    assert after != before


async def test_a_model_that_there_is_not_is_refused(app):
    workshop = Workshop(app.store, saying(""), clock=app.clock, feed=app.feed_lake)
    with pytest.raises(NotFound, match="did you mean 'coupons'"):
        workshop.begin(["coupon"])


async def test_a_training_that_fails_says_why_and_another_may_begin(app):
    said = """print('{"progress": "reading"}'); print('{"code": "bad_input", "message": "too few orders"}')"""
    workshop = Workshop(app.store, saying(said), clock=app.clock, feed=app.feed_lake)
    for _ in range(2):
        workshop.begin([])
        await workshop.settled()
        assert (workshop.training.state, workshop.training.words) == ("failed", "too few orders")


async def test_an_error_over_there_is_raised_here():
    task = Task(kind="report", now=NOW)
    with pytest.raises(BadInput, match="too few"):
        await saying("""print('{"code": "bad_input", "message": "too few"}')""").run(task)
    with pytest.raises(StoreError, match="ended too early"):
        await saying("sys.exit(3)").run(task)


async def test_being_cancelled_ends_the_process(tmp_path):
    here = tmp_path / "pid"
    script = f"import os, time; open({str(here)!r}, 'w').write(str(os.getpid())); time.sleep(600)"
    task = asyncio.create_task(saying(script).run(Task(kind="train", now=NOW)))
    while not here.exists() or not here.read_text():
        await asyncio.sleep(0.02)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not Path(f"/proc/{here.read_text()}").exists()
