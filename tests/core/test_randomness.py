"""The operating system's randomness, drawn a page at a time."""

import pytest

from shopkeeper.core.randomness import PAGE, PagedRandom


def test_draws_fill_their_bits_and_never_repeat_over_many_pages():
    rng = PagedRandom()
    drawn = [rng.getrandbits(62) for _ in range(PAGE)]
    assert len(set(drawn)) == PAGE
    assert max(drawn).bit_length() == 62
    assert all(value < 1 << 62 for value in drawn)


def test_what_is_larger_than_a_page_is_drawn_whole():
    assert len(PagedRandom().randbytes(3 * PAGE)) == 3 * PAGE


def test_no_bits_are_none_and_fewer_are_refused():
    assert PagedRandom().getrandbits(0) == 0
    with pytest.raises(ValueError, match="non-negative"):
        PagedRandom().getrandbits(-1)
