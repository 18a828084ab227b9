"""Definitions: a shop as code, read from its folder, immutable once loaded."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, NamedTuple, Protocol
from zoneinfo import ZoneInfo

import msgspec

from shopkeeper.core.consent import Grade
from shopkeeper.core.offer import Offer
from shopkeeper.core.trait import Segment, Trait


class Purpose(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A purpose of use and the legal basis that the shop declares for it.

    category: The category or categories of a consent banner's preferences that speak for it. gpc: Whether Global
    Privacy Control turns it off: what sells, shares or targets ads. expires_after: How long a consent lasts, such as
    `13 months`. least_grade: The weakest evidence of a consent that counts.
    """

    basis: Literal["consent", "legitimate_interest", "contract"]
    description: str = ""
    category: str | tuple[str, ...] = ()
    gpc: bool = False
    expires_after: str | None = None
    least_grade: Grade | None = None

    @property
    def categories(self) -> tuple[str, ...]:
        """The categories of a consent banner that speak for it; all of them must be given."""
        return (self.category,) if isinstance(self.category, str) else self.category


class IdentifierKind(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A kind of identifier.

    limit: How many of it one customer may have; None: 1 of `user_id`, 5 of any other.
    type: How its values are brought into one form: an e-mail address, a telephone number (E.164), or a text; None: by
    the kind's name, `email` and `phone`. case: Whether capitals of a text make a difference (`exact`) or not (`fold`).
    blocked: Values that many strangers share, beside those that always are (`undefined`, zeros …).
    """

    limit: int | None = None
    type: Literal["text", "email", "phone"] | None = None
    case: Literal["exact", "fold"] = "exact"
    blocked: tuple[str, ...] = ()


class GroupKind(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A kind of group that customers belong to, such as `household` or `company`.

    traits: Those of its traits that may stand in the log; every other is kept apart as personal data of the group.
    blocked: Ids that many strangers share, beside those that always are (`undefined`, `guest`, zeros …).
    """

    description: str = ""
    traits: tuple[str, ...] = ()
    blocked: tuple[str, ...] = ()


class Holdout(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The universal holdout: `share` of customers in [0, 0.5], chosen by a stable hash under `salt`."""

    share: float = 0.0
    salt: str = "universal"


class NotRecommended(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is sold but never recommended: fuel, deposits, coupons rung up as goods.

    without_category: Items that the catalogue puts in no category.
    """

    departments: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    without_category: bool = False


class Shop(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """shop.yaml.

    region: The country (ISO 3166, such as `AT`) whose telephone numbers are written without its code.
    """

    name: str
    currency: str
    time_zone: str
    identifiers: dict[str, IdentifierKind]
    purposes: dict[str, Purpose]
    region: str = ""
    holdout: Holdout = Holdout()
    not_recommended: NotRecommended = NotRecommended()
    groups: dict[str, GroupKind] = {}

    @property
    def group_kinds(self) -> Mapping[str, GroupKind]:
        """The kinds of groups; the first is meant where a call names none."""
        return self.groups or {"group": GroupKind()}

    @property
    def zone(self) -> ZoneInfo:
        """The shop's time zone."""
        return ZoneInfo(self.time_zone)

    @property
    def limits(self) -> dict[str, int]:
        """How many identifiers of each kind one customer may have."""
        return {kind: rule.limit or (1 if kind == "user_id" else 5) for kind, rule in self.identifiers.items()}


class Slot(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where something is shown.

    kind: `product` recommends items; any other kind shows offers of that kind.
    max_per: At most so many picks that share a category, department or brand.
    policy: `best` takes the highest score; `explore` draws place by place (Plackett-Luce) at `temperature`.
    fallback: `popular` items, or `none` for an empty answer, when no personal answer can be given.
    least_value: Offers that are expected to change no more than this, in units of the currency, are left out.
    skip_bought_days: Items bought in so many days are left out; 0 keeps them.
    context: Facts of the moment that callers send, by name; predicates read them as `context.<name>`.
    """

    name: str
    kind: str
    n: int = 10
    purpose: str = "personalization"
    max_per: dict[Literal["category", "department", "brand"], int] = {}
    policy: Literal["best", "explore"] = "best"
    temperature: float = 0.1
    fallback: Literal["popular", "none"] = "popular"
    least_value: float = 0.0
    skip_bought_days: int = 0
    where: str | None = None
    pins: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    context: dict[str, Literal["text", "number", "boolean"]] = {}
    description: str = ""


class OfferRules(msgspec.Struct, frozen=True, kw_only=True):
    """Rules for imported offers of one `group`: what offers.yaml says about a table of coupons."""

    name: str
    group: str
    where: str | None = None
    per_customer: int | None = 1
    pause_days: int = 28


class Definitions(NamedTuple):
    """Everything that a shop's folder says, checked."""

    version: str
    shop: Shop
    traits: Mapping[str, Trait]
    segments: Mapping[str, Segment]
    offers: Mapping[str, Offer]
    offer_rules: Mapping[str, OfferRules]
    slots: Mapping[str, Slot]


class AppliedVersion(msgspec.Struct, frozen=True, kw_only=True):
    """One applied version: the files' texts by name, who put it in force, when, and a word on why."""

    version: str
    number: int
    who: str
    at: datetime
    files: dict[str, str]
    note: str = ""


class DefinitionShelf(Protocol):
    """Keeps every version of the definitions that was ever in force."""

    async def in_force(self) -> AppliedVersion | None:
        """Return the version in force, or None before the first apply."""
        ...

    async def put_version(self, applied: AppliedVersion, *, replaces: str | None) -> None:
        """Keep a version and put it in force. Raises: Conflict: `replaces` is no longer in force."""
        ...

    async def versions(self) -> list[AppliedVersion]:
        """Return every version, newest first."""
        ...
