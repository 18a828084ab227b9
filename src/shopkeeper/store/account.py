"""Accounts, sessions and sign-in links in SQL."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Table, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from shopkeeper.core.account import ENDS_SESSIONS, OWNER, Account, Session, SignedIn, SignInLink
from shopkeeper.core.errors import Conflict, NotFound
from shopkeeper.core.instant import from_micros, micros
from shopkeeper.store.shop_schema import sessions, sign_in_links, users

_TIMES = ("created_at", "changed_at", "seen_at", "expires_at")
_owners = (
    select(users.c.id).where(users.c.role == OWNER, users.c.disabled.is_(False)).order_by(users.c.id).with_for_update()
)
_session_columns = len(sessions.columns)
_with_account = (
    select(*sessions.columns, *users.columns)
    .join_from(sessions, users, sessions.c.account == users.c.id)
    .where(users.c.disabled.is_(False))
)


def accounts(conn: Connection) -> list[Account]:
    """Return every account, by name."""
    return [_account(row) for row in conn.execute(select(users).order_by(users.c.name))]


def find_account(conn: Connection, name: str) -> Account | None:
    """Return the account of a name."""
    return _one(conn, users.c.name == name)


def add_account(conn: Connection, account: Account) -> None:
    """Keep an account. Raises: Conflict: its name, e-mail or subject is another's."""
    with _telling_whose():
        conn.execute(insert(users), _row(account))


def change_account(conn: Connection, account: Account) -> None:
    """Replace an account and end its sessions if need be. Raises: NotFound, Conflict: see `core.account.Accounts`."""
    with _an_owner_remains(conn):
        before = _one(conn, users.c.id == account.id)
        if before is None:
            raise NotFound("name: this account was removed; look at the list again")
        with _telling_whose():
            conn.execute(update(users).where(users.c.id == account.id).values(_row(account)))
        if any(getattr(before, name) != getattr(account, name) for name in ENDS_SESSIONS):
            _shut_out(conn, account.id)


def remove_account(conn: Connection, account: str) -> None:
    """Forget an account with its sessions and links. Raises: Conflict: it is the last owner's."""
    with _an_owner_remains(conn):
        conn.execute(delete(users).where(users.c.id == account))
        _shut_out(conn, account)


def rehash(conn: Connection, account: str, *, old: str, new: str) -> None:
    """Replace the hash of an unchanged password."""
    conn.execute(update(users).where(users.c.id == account, users.c.password == old).values(password=new))


def add_session(conn: Connection, session: Session, *, idle_since: datetime) -> None:
    """Keep a session and forget those that have ended by themselves."""
    ended = or_(sessions.c.expires_at <= micros(session.created_at), sessions.c.seen_at < micros(idle_since))
    conn.execute(delete(sessions).where(ended))
    conn.execute(insert(sessions), _row(session))


def find_session(conn: Connection, digest: str) -> SignedIn | None:
    """Return a session and its account."""
    row = conn.execute(_with_account.where(sessions.c.digest == digest)).one_or_none()
    if row is None:
        return None
    session = Session(**_values(sessions, row[:_session_columns]))
    return SignedIn(session, _account(row[_session_columns:]))


def touch_session(conn: Connection, digest: str, seen_at: datetime) -> None:
    """Note that a session was used."""
    conn.execute(update(sessions).where(sessions.c.digest == digest).values(seen_at=micros(seen_at)))


def end_session(conn: Connection, digest: str) -> None:
    """Forget a session."""
    conn.execute(delete(sessions).where(sessions.c.digest == digest))


def add_link(conn: Connection, link: SignInLink, *, now: datetime) -> None:
    """Keep a link and forget those that have expired."""
    conn.execute(delete(sign_in_links).where(sign_in_links.c.expires_at <= micros(now)))
    conn.execute(insert(sign_in_links), _row(link))


def use_link(conn: Connection, digest: str, *, now: datetime) -> Account | None:
    """Use a link up; of two at once, one finds it."""
    used = delete(sign_in_links).where(sign_in_links.c.digest == digest, sign_in_links.c.expires_at > micros(now))
    account = conn.execute(used.returning(sign_in_links.c.account)).scalar_one_or_none()
    return None if account is None else _one(conn, users.c.id == account, users.c.disabled.is_(False))


def _one(conn: Connection, *where: ColumnElement[bool]) -> Account | None:
    row = conn.execute(select(users).where(*where)).one_or_none()
    return None if row is None else _account(row)


def _account(row: Sequence[Any]) -> Account:
    return Account(**_values(users, row))


def _values(table: Table, row: Sequence[Any]) -> dict[str, Any]:
    named = zip(table.columns.keys(), row, strict=True)
    return {name: from_micros(value) if name in _TIMES else value for name, value in named}


def _row(struct: Account | Session | SignInLink) -> dict[str, Any]:
    values = msgspec.structs.asdict(struct)
    return {name: micros(value) if name in _TIMES else value for name, value in values.items()}


def _shut_out(conn: Connection, account: str) -> None:
    for table in (sessions, sign_in_links):
        conn.execute(delete(table).where(table.c.account == account))


@contextmanager
def _an_owner_remains(conn: Connection) -> Iterator[None]:
    """Refuse a change that leaves no owner; two that would each leave the other wait for one another."""
    before = conn.execute(_owners).all()
    yield
    if before and not conn.execute(_owners).all():
        raise Conflict("role: the shop would be left without an owner who can sign in; make another one first")


@contextmanager
def _telling_whose() -> Iterator[None]:
    try:
        yield
    except IntegrityError:
        raise Conflict("name: another account has this name or e-mail address; choose another") from None
