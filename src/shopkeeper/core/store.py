"""The operational store: every port that one database serves."""

from typing import Protocol

from shopkeeper.core.account import Accounts
from shopkeeper.core.consent import ConsentLedger
from shopkeeper.core.contract import ContractShelf
from shopkeeper.core.definitions import DefinitionShelf
from shopkeeper.core.event import EventLog
from shopkeeper.core.group import GroupShelf
from shopkeeper.core.identifier import Directory
from shopkeeper.core.identity import IdentityIndex
from shopkeeper.core.intake import Intake
from shopkeeper.core.item import Catalogue
from shopkeeper.core.model import ModelShelf
from shopkeeper.core.note import Notes
from shopkeeper.core.offer import OfferShelf
from shopkeeper.core.parcel import ParcelShelf
from shopkeeper.core.profile import ProfileStore
from shopkeeper.core.quarantine import ImportJournal, Quarantine
from shopkeeper.core.shard import LeaseBook
from shopkeeper.core.source import SourceShelf
from shopkeeper.core.traffic import TrafficLedger


class Store(
    EventLog,
    Directory,
    IdentityIndex,
    Intake,
    ProfileStore,
    Catalogue,
    OfferShelf,
    DefinitionShelf,
    ModelShelf,
    Quarantine,
    ImportJournal,
    TrafficLedger,
    ConsentLedger,
    Accounts,
    Notes,
    GroupShelf,
    ContractShelf,
    SourceShelf,
    LeaseBook,
    Protocol,
):
    """What SQLite and PostgreSQL both do, under one contract suite."""

    @property
    def parcels(self) -> ParcelShelf | None:
        """Where events lie that come faster than the log takes them; None where the database needs no such place."""
        ...

    def waiting(self) -> int:
        """Return how many events wait for their commit, which senders must not make without end."""
        ...

    async def secret(self, name: str) -> bytes:
        """Return 32 random bytes kept under a name, made at the first call."""
        ...

    async def close(self) -> None:
        """Finish what is being written and let go of the database."""
        ...
