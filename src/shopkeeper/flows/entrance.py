"""How people come in: by password, by a link that works once, by a provider of identities; and how sessions go on.

Times here are the machine's, also where the shop's clock is pinned: a session of a pinned shop must end too.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256
from random import Random
from typing import Final, NamedTuple, TypeVar

from msgspec.structs import replace

from shopkeeper.core.account import Account, Session, SignedIn, SignInLink
from shopkeeper.core.errors import NotPermitted, NotSignedIn
from shopkeeper.core.store import Store
from shopkeeper.flows.attempts import Attempts
from shopkeeper.protect.password import SALT, check_password, hash_password, is_outdated, matches
from shopkeeper.protect.secret import new_secret

IDLE: Final = timedelta(hours=12)
WHOLE: Final = timedelta(days=7)
SEEN_EVERY: Final = timedelta(minutes=1)
HASHES_AT_ONCE: Final = 2
"""Each takes 64 MiB while it runs."""
_WRONG: Final = "the name or the password is wrong"
T = TypeVar("T")


class Opened(NamedTuple):
    """A session that begins; `secret` is what the browser keeps, and is kept nowhere else."""

    secret: str
    signed_in: SignedIn


class Identity(NamedTuple):
    """What a provider of identities says, after its signature was checked; `email` only where it has verified it."""

    issuer: str
    subject: str
    email: str | None


def digest(secret: str) -> str:
    """Return what the store keeps of a secret: its SHA-256, hexadecimal."""
    return sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


class Entrance:
    """Lets people in and out; one of each process, since it counts attempts."""

    def __init__(self, store: Store, *, rng: Random) -> None:
        self._store = store
        self._rng = rng
        self._attempts = Attempts()
        self._hashing = asyncio.Semaphore(HASHES_AT_ONCE)
        self._nobodys: str | None = None

    async def by_password(
        self, name: str, password: str, *, address: str, replacing: str | None, now: datetime
    ) -> Opened:
        """Sign in by name and password.

        Args:
            address: Where the attempt comes from.
            replacing: The secret of the session that the browser shows, which ends: none is taken over.

        Raises: NotSignedIn: wrong, and not said what. TooManyAttempts: too often; nothing was compared.
        """
        named = name.strip().lower()
        account = await self._compare(named, password, address=address, now=now)
        return await self.begin(account, replacing=replacing, now=now)

    async def _compare(self, name: str, password: str, *, address: str, now: datetime) -> Account:
        """Compare a password with the kept hash; for an unknown name with nobody's, which takes as long."""
        self._attempts.take(name, address, now=now)
        account = await self._store.find_account(name)
        kept = account.password if account is not None else None
        nobodys = await self._nobody()
        right = await self._hashed(lambda: matches(kept or nobodys, password))
        if account is None or kept is None or not right or account.disabled:
            raise NotSignedIn(_WRONG)
        self._attempts.forgive(name, address)
        if is_outdated(kept):
            await self._store.rehash(account.id, old=kept, new=await self.hash(password))
        return account

    async def by_link(self, secret: str, *, replacing: str | None, now: datetime) -> Opened:
        """Sign in by a link's secret, which is then used up. Raises: NotSignedIn: used, expired or never made."""
        account = await self._store.use_link(digest(secret), now=now)
        if account is None:
            raise NotSignedIn("this link was used already, or has expired: ask for another one")
        return await self.begin(account, replacing=replacing, now=now)

    async def by_identity(self, identity: Identity, *, replacing: str | None, now: datetime) -> Opened:
        """Sign in as the account that an owner added for this identity; none is ever made here.

        An account added by e-mail is bound to the subject that first comes with it: whoever gets the address later is
        somebody else.

        Raises: NotPermitted: nobody added this identity, or it was shut out.
        """
        subject = f"{identity.issuer} {identity.subject}"
        accounts = [one for one in await self._store.accounts() if not one.disabled]
        account = next((one for one in accounts if one.subject == subject), None)
        if account is None and identity.email:
            email = identity.email.strip().lower()
            account = next((one for one in accounts if one.email == email and one.subject is None), None)
            if account is not None:
                account = replace(account, subject=subject, changed_at=now)
                await self._store.change_account(account)
        if account is None:
            raise NotPermitted("your identity is known, but no account here is meant for it: ask an owner to add you")
        return await self.begin(account, replacing=replacing, now=now)

    async def begin(self, account: Account, *, replacing: str | None, now: datetime) -> Opened:
        """Begin a session under a secret that nobody knew before."""
        if replacing is not None:
            await self._store.end_session(digest(replacing))
        secret = new_secret(self._rng)
        session = Session(
            digest=digest(secret),
            account=account.id,
            csrf=new_secret(self._rng),
            created_at=now,
            seen_at=now,
            expires_at=now + WHOLE,
        )
        await self._store.add_session(session, idle_since=now - IDLE)
        return Opened(secret, SignedIn(session, account))

    async def current(self, secret: str, *, now: datetime) -> SignedIn | None:
        """Return the session of a secret, None where it has ended: after 12 hours unused, 7 days, or by a change."""
        found = await self._store.find_session(digest(secret))
        if found is None:
            return None
        session = found.session
        if now >= session.expires_at or now - session.seen_at >= IDLE:
            return None
        if now - session.seen_at >= SEEN_EVERY:
            await self._store.touch_session(session.digest, now)
        return found

    async def leave(self, secret: str) -> None:
        """Sign out."""
        await self._store.end_session(digest(secret))

    async def change_password(
        self, signed_in: SignedIn, *, old: str | None, new: str, address: str, now: datetime
    ) -> Opened:
        """Set one's own password; every session of the account ends, and this one begins anew.

        Args:
            old: The password so far; None where there is none, as after the first link.

        Raises: NotPermitted: `old` is wrong or missing, or another system says who this is. BadInput: `new` is weak.
            TooManyAttempts: `old` was wrong too often.
        """
        account = signed_in.account
        if account.password is None and account.email is not None:
            raise NotPermitted("you sign in through another system: change your password there")
        check_password(new, names=_names(account))
        if account.password is not None:
            await self._confirm(account, old or "", address=address, now=now)
        changed = replace(account, password=await self.hash(new), changed_at=now)
        await self._store.change_account(changed)
        return await self.begin(changed, replacing=None, now=now)

    async def _confirm(self, account: Account, old: str, *, address: str, now: datetime) -> None:
        try:
            await self._compare(account.name, old, address=address, now=now)
        except NotSignedIn:
            raise NotPermitted("old: this is not your password") from None

    async def make_link(self, account: Account, *, lasts: timedelta, now: datetime) -> str:
        """Make a link that signs an account in once; return its secret."""
        secret = new_secret(self._rng)
        await self._store.add_link(
            SignInLink(digest=digest(secret), account=account.id, expires_at=now + lasts), now=now
        )
        return secret

    async def hash(self, password: str) -> str:
        """Hash a password in a thread."""
        salt = self._rng.randbytes(SALT)
        return await self._hashed(lambda: hash_password(password, salt=salt))

    async def _nobody(self) -> str:
        """Return a hash that no password has."""
        if self._nobodys is None:
            self._nobodys = await self.hash(new_secret(self._rng))
        return self._nobodys

    async def _hashed(self, work: Callable[[], T]) -> T:
        async with self._hashing:
            return await asyncio.to_thread(work)


def _names(account: Account) -> tuple[str, ...]:
    return (account.name, account.display, account.email or "")
