import asyncio
import tempfile
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from shopkeeper.core.event import Event, Receipt
from shopkeeper.store import open_store

NOW = datetime(2017, 12, 4, tzinfo=UTC)
offers = st.lists(
    st.lists(st.tuples(st.sampled_from(["till", "web"]), st.integers(0, 5), st.integers(0, 1)), max_size=6), max_size=6
)


def event(source: str, n: int, body: int) -> Event:
    return Event(
        source=source, message_id=str(n), name="X", customer="c", at=NOW, received_at=NOW, money={"total": body}
    )


def told(batches: list[list[tuple[str, int, int]]]) -> list[list[Receipt]]:
    """Say what a log does, in a dictionary."""
    first: dict[tuple[str, int], tuple[int, int]] = {}
    answers = []
    for batch in batches:
        answer = []
        for source, n, body in batch:
            if (source, n) not in first:
                first[source, n] = (len(first) + 1, body)
                answer.append(Receipt("accepted", len(first)))
            else:
                seq, held = first[source, n]
                answer.append(Receipt("duplicate" if held == body else "conflict", seq))
        answers.append(answer)
    return answers


async def answered(batches: list[list[tuple[str, int, int]]], *, at_once: bool) -> list[list[Receipt]]:
    with tempfile.TemporaryDirectory() as folder:
        store = await open_store(f"sqlite:///{folder}/store.db")
        appends = [store.append([event(*one) for one in batch]) for batch in batches]
        answers = await asyncio.gather(*appends) if at_once else [await append for append in appends]
        assert [one.seq for one in await store.read(after=0, limit=99)] == list(range(1, await store.head() + 1))
        await store.close()
    return list(answers)


@settings(deadline=None, max_examples=15)
@given(offers, st.booleans())
def test_the_first_copy_wins_one_by_one_and_at_once(batches: list[list[tuple[str, int, int]]], at_once: bool) -> None:
    assert asyncio.run(answered(batches, at_once=at_once)) == told(batches)
