"""Places for shops that are broken: in memory, where syncing costs nothing; a kill shows no missing sync anyway."""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from faults.shop import Shop, make_shop


@pytest.fixture
def scratch() -> Iterator[Path]:
    """A folder in memory, where there is one."""
    memory = Path("/dev/shm")  # noqa: S108 - a folder of a random name in it
    with tempfile.TemporaryDirectory(prefix="faults", dir=memory if memory.is_dir() else None) as folder:
        yield Path(folder)


@pytest.fixture
def broken(scratch: Path, request: pytest.FixtureRequest) -> Callable[[str], Shop]:
    """Make a shop on a kind of store."""

    def make(store: str) -> Shop:
        return make_shop(
            scratch / "shop", None if store == "sqlite" else str(request.getfixturevalue("postgres_database"))
        )

    return make
