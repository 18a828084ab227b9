import asyncio
from asyncio import Transport
from typing import cast

from shopkeeper.api.coalescing import LARGE, Coalescing


class Inner:
    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.closed = False

    def write(self, data: bytes) -> None:
        assert not self.closed
        self.written.append(data)

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed


def opened() -> tuple[Inner, Coalescing]:
    inner = Inner()
    return inner, Coalescing(cast(Transport, inner), asyncio.get_running_loop())


async def test_the_head_and_the_body_of_an_answer_go_out_together() -> None:
    inner, transport = opened()
    transport.write(b"head")
    transport.write(b"body")
    assert inner.written == []
    await asyncio.sleep(0)
    assert inner.written == [b"headbody"]


async def test_a_head_whose_body_comes_later_goes_out_at_once() -> None:
    inner, transport = opened()
    transport.write(b"head")
    await asyncio.sleep(0)
    transport.write(b"body")
    await asyncio.sleep(0)
    assert inner.written == [b"head", b"body"]


async def test_who_streams_without_a_pause_is_not_held_in_memory() -> None:
    inner, transport = opened()
    for _ in range(100):
        transport.write(b"x" * 10)
    assert len(b"".join(inner.written)) > 900
    transport.write(b"y" * LARGE)
    assert len(b"".join(inner.written)) == 1_000 + LARGE


async def test_what_was_written_goes_out_before_the_end() -> None:
    inner, transport = opened()
    transport.write(b"late")
    transport.close()
    await asyncio.sleep(0)
    assert inner.written == [b"late"]
    assert transport.is_closing()


async def test_where_the_connection_is_lost_meanwhile_nothing_is_written() -> None:
    inner, transport = opened()
    transport.write(b"to nobody")
    inner.close()
    await asyncio.sleep(0)
    assert inner.written == []
