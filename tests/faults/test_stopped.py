"""Without its database a shop goes on deciding and tells senders to wait."""

from collections.abc import Iterator

import pytest

from faults.postgres import Cluster, cluster
from faults.shop import make_shop
from faults.stopped import stopped


@pytest.fixture(scope="module")
def database() -> Iterator[Cluster]:
    with cluster() as running:
        yield running


@pytest.mark.parametrize("way", ["frozen", "stopped", pytest.param("crashed", marks=pytest.mark.slow)])
def test_a_database_that_is_gone_costs_nobody_anything_but_time(database, scratch, way):
    found = stopped(database, make_shop(scratch / "shop", database.database()), way)
    assert found.held, found.problems
    assert found.figures["decisions"] > 10


@pytest.mark.slow
def test_a_yes_without_a_database_is_seen(database, scratch):
    found = stopped(database, make_shop(scratch / "shop", database.database()), "stopped", plant="success_on_error")
    assert not found.held
