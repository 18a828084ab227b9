"""Bodies on their way in: what they take of the room that all share, packed and not, until they are whole and after."""

import asyncio
import gzip
import zlib
from collections.abc import Sequence

import pytest
from starlette.requests import Request

from shopkeeper.api.bodies import HOLD, Body, body_of
from shopkeeper.core.errors import BadInput, Overloaded, TooLarge
from shopkeeper.flows.collecting.limits import BATCH, KEPT
from shopkeeper.flows.collecting.pressure import Hands, Hold

WHOLE = b'{"batch": "' + b"a" * 490_000 + b'"}'


def beginning(data: bytes) -> bytes:
    """The gzip of some bytes, of which the end is to come."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return packer.compress(data) + packer.flush(zlib.Z_SYNC_FLUSH)


def sent(pieces: Sequence[bytes], hold: Hold, *, encoding: str = "gzip", ends: bool = True) -> Request:
    """A request whose body comes in pieces; after the last one nothing comes if it does not end."""
    coming = list(pieces)

    async def receive() -> dict[str, object]:
        if not coming:
            await asyncio.Event().wait()
        return {"type": "http.request", "body": coming.pop(0), "more_body": bool(coming) or not ends}

    headers = [(b"content-encoding", encoding.encode())]
    return Request({"type": "http", "headers": headers, HOLD: hold}, receive)


async def read(pieces: Sequence[bytes], hold: Hold, encoding: str = "gzip") -> Body:
    return await body_of(sent(pieces, hold, encoding=encoding))


async def test_who_falls_silent_takes_no_more_room_than_what_they_sent():
    """Planted bug: what came is unpacked at once, so that 500 bytes take the room of 490,000."""
    hands = Hands(most=BATCH)
    packed = beginning(WHOLE)
    with hands.hold() as silent, hands.hold() as other:
        waiting = asyncio.create_task(body_of(sent([packed], silent, ends=False)))
        await asyncio.sleep(0.01)
        assert (silent.size, len(packed) < 1_000) == (len(packed), True)
        assert (await read([WHOLE], other, "identity")).size == len(WHOLE)
        waiting.cancel()


async def test_what_is_unpacked_takes_its_room_and_finds_it_or_is_told_to_wait():
    hands = Hands(most=BATCH)
    packed = gzip.compress(WHOLE)
    pieces = [packed[:100], packed[100:200], packed[200:]]
    with hands.hold() as first:
        body = await read(pieces, first)
        assert (body.data == WHOLE, first.size) == (True, len(WHOLE))
        with hands.hold() as second, pytest.raises(Overloaded):
            await read(pieces, second)
    with hands.hold() as again:
        assert (await read(pieces, again)).size == len(WHOLE)


@pytest.mark.parametrize("pieces", [1, 3, 1_000])
async def test_of_what_is_larger_than_a_batch_the_beginning_is_left_however_it_comes(pieces: int):
    large = b"b" * (BATCH + 1)
    packed = gzip.compress(large, compresslevel=0)
    step = -(-len(packed) // pieces)
    with Hands().hold() as hold:
        body = await read([packed[at : at + step] for at in range(0, len(packed), step)], hold)
        assert (body.size, body.data, hold.size <= BATCH) == (BATCH + 1, large[:KEPT], True)


async def test_a_bomb_whose_end_never_comes_is_given_up_once_it_is_looked_at():
    bomb = beginning(bytes(300 << 20))
    assert len(bomb) < BATCH
    more = bomb + bytes(BATCH)
    with Hands().hold() as hold, pytest.raises(TooLarge):
        await body_of(sent([more], hold, ends=False))


async def test_a_gzip_that_ends_in_the_middle_is_told_when_it_ends():
    with Hands().hold() as hold, pytest.raises(BadInput, match="ends in the middle"):
        await read([beginning(WHOLE), b""], hold)
    assert (await read([b""], hold)).size == 0
