"""Leases of shards in SQL, and the fence that every write of a worker passes.

PostgreSQL holds the fence by a lock in memory for each shard, shared by those who write under it and exclusive to who
takes it: a lock on the row itself would be a write of each, and there may be 64.
"""

from collections.abc import Collection, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Integer, Select, bindparam, case, delete, func, select, update
from sqlalchemy.dialects.postgresql import ARRAY

from shopkeeper.core.errors import Conflict, LostLease
from shopkeeper.core.event import Event
from shopkeeper.core.profile import Membership, StoredProfile
from shopkeeper.core.shard import ALL_SHARDS, NO_FENCE, Fence, Lease, Roster
from shopkeeper.store import log, profile
from shopkeeper.store.dialect import fetch, insert_absent, numbered, one_of, upsert
from shopkeeper.store.row import rows_of
from shopkeeper.store.schema import cursors, workers
from shopkeeper.store.schema import leases as table

_LOCKS = 0x53484F50
"""What keeps these locks apart from those of others in the database."""
_lease = (table.c.shard, table.c.worker, table.c.epoch, table.c.expires_at, table.c.seq)
FOLLOWER = "follower"
"""The cursor at which a shard begins that nobody ever took."""


def beat(conn: Connection, worker: str, *, holds: Fence, now: int, until: int) -> Roster:
    """Note a sign of life, renew what a worker holds, free what it does not know of, and return who is there."""
    upsert(conn, workers, [{"worker": worker, "expires_at": until}])
    mine = (table.c.worker == worker) & (table.c.expires_at > 0)
    written = conn.execute(select(table.c.shard, table.c.epoch).where(mine))
    held = [shard for shard, epoch in written if holds.get(shard) == epoch]
    conn.execute(update(table).where(mine).values(expires_at=case((table.c.shard.in_(held), until), else_=0)))
    alive = select(workers.c.worker).where(workers.c.expires_at > now)
    return Roster(
        frozenset(conn.execute(alive).scalars()),
        {row.shard: Lease(*row) for row in conn.execute(select(*_lease))},
    )


def take_leases(conn: Connection, worker: str, shards: Collection[int], *, now: int, until: int) -> dict[int, Lease]:
    """Take the free ones of some shards, in order, under their next epoch."""
    began = conn.execute(select(func.coalesce(func.max(cursors.c.seq), 0)).where(cursors.c.name == FOLLOWER)).scalar()
    absent = [{"shard": shard, "worker": "", "epoch": 0, "expires_at": 0, "seq": began} for shard in sorted(ALL_SHARDS)]
    insert_absent(conn, table, absent)
    free = table.c.shard.in_(sorted(shards)) & (table.c.expires_at <= now)
    _hold(conn, conn.execute(select(table.c.shard).where(free).order_by(table.c.shard)).scalars().all(), shared=False)
    found = conn.execute(select(table.c.shard).where(free).order_by(table.c.shard).with_for_update()).scalars().all()
    if found:
        taken = {"worker": worker, "epoch": table.c.epoch + 1, "expires_at": until}
        conn.execute(update(table).where(table.c.shard.in_(found)).values(**taken))
    held = conn.execute(select(*_lease).where(table.c.shard.in_(found)))
    return {row.shard: Lease(*row) for row in held}


def stand_by(conn: Connection, fence: Fence) -> None:
    """Hold some leases until this transaction ends.

    Raises: LostLease: one is another's by now.
    """
    if not fence:
        return
    shards = sorted(fence)
    _hold(conn, shards, shared=True)
    held = dict(fetch(conn, _select_epochs(conn.dialect.name), numbered(conn, shards)))
    lost = [shard for shard in shards if held.get(shard) != fence[shard]]
    if lost:
        raise LostLease(f"shards {', '.join(map(str, lost))}: another process follows them by now; nothing was written")


@cache
def _select_epochs(dialect: str) -> Select[Any]:
    return select(table.c.shard, table.c.epoch).where(one_of(dialect, table.c.shard))


def _hold(conn: Connection, shards: Sequence[int], *, shared: bool) -> None:
    """Wait for the locks of some shards, in order; SQLite lets one write at a time."""
    if conn.dialect.name != "sqlite" and shards:
        conn.execute(_select_locks(shared=shared), {"shards": list(shards)})


@cache
def _select_locks(*, shared: bool) -> Select[Any]:
    shard = func.unnest(bindparam("shards", type_=ARRAY(Integer))).table_valued("shard").render_derived().c.shard
    lock = func.pg_advisory_xact_lock_shared if shared else func.pg_advisory_xact_lock
    return select(shard).where(lock(_LOCKS, shard).is_(None))


def release_leases(conn: Connection, fence: Fence, *, seq: int) -> None:
    """Free leases."""
    _write(conn, fence, seq=seq, expires_at=0)


def advance_leases(conn: Connection, fence: Fence, *, seq: int) -> None:
    """Note how far shards are followed."""
    _write(conn, fence, seq=seq)


def _write(conn: Connection, fence: Fence, **values: int) -> None:
    stand_by(conn, fence)
    here = one_of(conn.dialect.name, table.c.shard)
    conn.execute(update(table).where(here).values(**values), numbered(conn, sorted(fence)))


def leave(conn: Connection, worker: str) -> None:
    """Free whatever a worker holds."""
    conn.execute(update(table).where(table.c.worker == worker).values(expires_at=0))
    conn.execute(delete(workers).where(workers.c.worker == worker))


def followed_by_all(conn: Connection) -> int | None:
    """Return the least position."""
    return conn.execute(select(func.min(table.c.seq))).scalar()


def pass_leases_over(conn: Connection, seq: int, *, now: int) -> None:
    """Move every position."""
    if conn.execute(select(func.count()).where(table.c.expires_at > now)).scalar():
        raise Conflict("leases: the shop is being served; whoever serves it follows the log")
    conn.execute(update(table).where(table.c.seq < seq).values(seq=seq))


def save_profiles(conn: Connection, profiles: Sequence[StoredProfile], *, fence: Fence = NO_FENCE) -> None:
    """Write states under a fence."""
    stand_by(conn, fence)
    profile.save_profiles(conn, profiles)


def change_memberships(
    conn: Connection,
    *,
    entered: Sequence[Membership],
    left: Sequence[tuple[str, str]],
    told: Sequence[Event] = (),
    fence: Fence = NO_FENCE,
) -> None:
    """Write where customers stand, and tell the log, under a fence."""
    stand_by(conn, fence)
    log.append(conn, rows_of(told))
    profile.change_memberships(conn, entered=entered, left=left)


def record_memberships(
    conn: Connection, *, entered: Sequence[Membership], left: Sequence[tuple[str, str]], upto: int
) -> set[str]:
    """Write where customers stand who have no event after a number; return those who have one."""
    log.lock_head(conn)  # who enters or leaves is told to the log: meanwhile nobody does
    newer = log.customers_after(conn, upto)
    profile.change_memberships(
        conn,
        entered=[one for one in entered if one.customer not in newer],
        left=[one for one in left if one[0] not in newer],
    )
    return newer
