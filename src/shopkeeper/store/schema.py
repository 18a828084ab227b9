"""The operational schema, once for SQLite and PostgreSQL.

Columns that hold personal data carry `info={"personal": True}`; every other column is pseudonymous, so that an
access export and an erasure find what they must by reading this file and `store.shop_schema`, which holds the tables of
the shop itself. Instants are int64 microseconds since 1970 UTC.
Structured bodies are msgpack.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    false,
    literal_column,
)

from shopkeeper.core.event import DECISION_MADE, ORDER_COMPLETED

metadata = MetaData(
    naming_convention={"ix": "ix_%(table_name)s_%(column_0_N_name)s", "uq": "uq_%(table_name)s_%(column_0_N_name)s"}
)

PERSONAL = {"personal": True}
Int64 = BigInteger().with_variant(Integer, "sqlite")
"""On SQLite an integer key is the row's own number; both hold 64 bits."""

log_head = Table(
    "log_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("seq", Int64, nullable=False),
)

events = Table(
    "events",
    metadata,
    Column("seq", Int64, primary_key=True, autoincrement=False),
    Column("source", Text, nullable=False),
    Column("message_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("part", Text, nullable=False),
    Column("order_id", Text),
    Column("at", Int64, nullable=False),
    Column("received_at", Int64, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("body", LargeBinary, nullable=False),
    UniqueConstraint("source", "message_id"),
)
is_order = events.c.name == literal_column(f"'{ORDER_COMPLETED}'")
"""Written as a literal: SQLite uses a partial index only where the query repeats its very condition."""
is_decision = events.c.name == literal_column(f"'{DECISION_MADE}'")
Index("ix_events_decisions", events.c.seq, sqlite_where=is_decision, postgresql_where=is_decision)
Index("ix_events_part_seq", events.c.part, events.c.seq)
Index("ix_events_orders", events.c.part, events.c.order_id, sqlite_where=is_order, postgresql_where=is_order)

cursors = Table("cursors", metadata, Column("name", Text, primary_key=True), Column("seq", Int64, nullable=False))

histories = Table(
    "histories",
    metadata,
    Column("source", Text, primary_key=True),
    Column("received_at", Int64, primary_key=True, autoincrement=False),
)
"""Which events were imported, and are not lived through again."""

leases = Table(
    "leases",
    metadata,
    Column("shard", Int64, primary_key=True, autoincrement=False),
    Column("worker", Text, nullable=False),
    Column("epoch", Int64, nullable=False),
    Column("expires_at", Int64, nullable=False),
    Column("seq", Int64, nullable=False),
)
"""Which process follows which shard of customers, see `core.shard`."""

workers = Table(
    "workers",
    metadata,
    Column("worker", Text, primary_key=True),
    Column("expires_at", Int64, nullable=False),
)

parts = Table("parts", metadata, Column("id", Text, primary_key=True), Column("created_at", Int64, nullable=False))
"""What one identifier brought; a part that is joined to no other is a customer by itself. See `core.identity`."""

identifiers = Table(
    "identifiers",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("value", Text, primary_key=True, info=PERSONAL),
    Column("part", Text, nullable=False, index=True),
    Column("claimed", Boolean, nullable=False, server_default=false()),
)
"""`claimed`: only ever named without proof; its part is nobody yet, and stands in no row of `parts`."""
Index("ix_identifiers_value", identifiers.c.value, postgresql_ops={"value": "text_pattern_ops"})
"""For the search by the beginning of an identifier, whatever its kind."""

members = Table(
    "members",
    metadata,
    Column("part", Text, primary_key=True),
    Column("customer", Text, nullable=False, index=True),
)
"""The customer of each part that is not a customer by itself: what follows from the links."""

links = Table(
    "links",
    metadata,
    Column("a", Text, primary_key=True),
    Column("b", Text, primary_key=True),
    Column("seq", Int64, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("at", Int64, nullable=False),
    Column("source", Text, nullable=False),
    Column("message_id", Text, nullable=False),
    Column("by", Text, info=PERSONAL),
    Column("cut_seq", Int64),
    Column("cut_at", Int64),
    Column("cut_by", Text, info=PERSONAL),
    Index("ix_links_a_kind", "a", "kind"),
    Index("ix_links_b_kind", "b", "kind"),
)
"""What staff make of two parts stands beside what was there: only a proof takes a claim's place.

A name that every visitor claims has millions of claimed links: what joins is found without reading those.
"""

shapes = Table(
    "shapes",
    metadata,
    Column("customer", Text, primary_key=True),
    Column("seq", Int64, primary_key=True, autoincrement=False, index=True),
)
"""Which events changed the parts of which customers."""

crowded = Table(
    "crowded",
    metadata,
    Column("part", Text, primary_key=True),
    Column("refused", Int64, nullable=False, index=True),
    Column("last_at", Int64, nullable=False),
)

refused = Table("refused", metadata, Column("a", Text, primary_key=True), Column("b", Text, primary_key=True))
"""Pairs of parts that some event names together and that may not be joined; `crowded` counts them by part."""

intake = Table(
    "intake",
    metadata,
    Column("source", Text, primary_key=True),
    Column("accepted", Int64, nullable=False),
    Column("refused", Int64, nullable=False),
    Column("duplicates", Int64, nullable=False),
    Column("conflicts", Int64, nullable=False),
)

consent_words = Table(
    "consent_words",
    metadata,
    Column("seq", Int64, primary_key=True, autoincrement=False),
    Column("part", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("captured_at", Int64, nullable=False),
    Column("source", Text, nullable=False),
    Column("via", Text, nullable=False),
    Column("grade", Text, nullable=False),
    Column("channel", Text),
    Column("basis", Text),
    Column("wording", Text),
    Column("policy_version", Text),
    Column("actor", Text),
    Column("jurisdiction", Text),
    Column("expires_at", Int64),
)
is_plain = literal_column("channel IS NULL AND via <> 'gpc'", Boolean)
"""Words on all channels that are no browser's signal; written as a literal as `is_order` is."""
Index("ix_consent_words_part", consent_words.c.part, consent_words.c.purpose, consent_words.c.via)
Index(
    "ix_consent_words_plain",
    *(consent_words.c[name] for name in ("part", "purpose", "captured_at", "seq")),
    sqlite_where=is_plain,
    postgresql_where=is_plain,
)
Index("ix_consent_words_purpose", consent_words.c.purpose, consent_words.c.part)
"""The ledger of consent: a line for each event that is a word. Triggers refuse to change or delete one."""

consent_wordings = Table(
    "consent_wordings",
    metadata,
    Column("hash", Text, primary_key=True),
    Column("text", Text, nullable=False),
    Column("kept_at", Int64),
)
"""Each text that was shown, once, under its SHA-256."""

profiles = Table(
    "profiles",
    metadata,
    Column("customer", Text, primary_key=True),
    Column("state", LargeBinary, nullable=False),
    Column("seq", Int64, nullable=False),
    Column("version", Text, nullable=False),
)

predicted = Table(
    "predicted",
    metadata,
    Column("customer", Text, primary_key=True),
    Column("trait", Text, primary_key=True, index=True),
    Column("model", Text, nullable=False),
    Column("value", LargeBinary, nullable=False),
)

personal_values = Table(
    "personal_values",
    metadata,
    Column("part", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False, info=PERSONAL),
    Column("folded", Text, nullable=False, server_default="", info=PERSONAL),
    Column("at", Int64, nullable=False, server_default="0"),
)
Index("ix_personal_values_folded", personal_values.c.folded, postgresql_ops={"folded": "text_pattern_ops"})
"""`folded` is the beginning of the value without the difference of capitals, for the search, as long as an index takes;
`at` when it was said: of two parts of a customer the later word stands."""

memberships = Table(
    "memberships",
    metadata,
    Column("customer", Text, primary_key=True),
    Column("segment", Text, primary_key=True),
    Column("since", Int64),
    Column("recheck_at", Int64, index=True),
    Index("ix_memberships_segment_customer", "segment", "customer"),
)

versions = Table("versions", metadata, Column("name", Text, primary_key=True), Column("number", Int64, nullable=False))

items = Table("items", metadata, Column("id", Text, primary_key=True), Column("body", LargeBinary, nullable=False))

places = Table("places", metadata, Column("id", Text, primary_key=True), Column("body", LargeBinary, nullable=False))

stock = Table(
    "stock",
    metadata,
    Column("place", Text, primary_key=True),
    Column("item", Text, primary_key=True),
    Column("available", Boolean, nullable=False),
    Column("price", Int64),
)

offers = Table("offers", metadata, Column("id", Text, primary_key=True), Column("body", LargeBinary, nullable=False))

offer_counts = Table(
    "offer_counts",
    metadata,
    Column("offer", Text, primary_key=True),
    Column("arm", Text, primary_key=True),
    Column("shown", Int64, nullable=False),
    Column("taken", Int64, nullable=False),
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("id", Text, primary_key=True),
    Column("origin", Text, nullable=False),
    Column("position", Int64),
    Column("code", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("body", Text, nullable=False, info=PERSONAL),
    Column("at", Int64, nullable=False),
    Column("mapping", Text, nullable=False),
    Column("replayed_at", Int64),
    Column("mended", Text, info=PERSONAL),
    Column("mended_by", Text, info=PERSONAL),
    Column("terms", Text),
    Index("ix_quarantine_origin_code", "origin", "code"),
)

import_progress = Table(
    "import_progress",
    metadata,
    Column("job", Text, primary_key=True),
    Column("file", Text, nullable=False),
    Column("rows", Int64, nullable=False),
    Column("accepted", Int64, nullable=False),
    Column("duplicates", Int64, nullable=False),
    Column("quarantined", Int64, nullable=False),
    Column("done", Boolean, nullable=False),
    Column("total", Int64),
    Column("source", Text),
    Column("kind", Text),
    Column("begun_at", Int64),
    Column("ended_at", Int64),
    Column("stopped", Text),
    Column("after_seq", Int64),
    Column("upto_seq", Int64),
    Column("customers", Int64),
)

traffic = Table(
    "traffic",
    metadata,
    Column("source", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("hour", Int64, primary_key=True, autoincrement=False, index=True),
    Column("events", Int64, nullable=False),
    Column("last_at", Int64, nullable=False),
    Column("last_received_at", Int64, nullable=False),
)
"""How many events of each name each source brought, by the hour in which they happened: the log, counted."""

contracts = Table(
    "contracts",
    metadata,
    Column("source", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("mode", Text, nullable=False),
    Column("events", Int64, nullable=False),
    Column("accepted", Int64, nullable=False),
    Column("first_at", Int64, nullable=False),
    Column("last_at", Int64, nullable=False),
    Column("changed_at", Int64),
    Column("changed_by", Text, info=PERSONAL),
)

contract_facts = Table(
    "contract_facts",
    metadata,
    Column("source", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("path", Text, primary_key=True),
    Column("fact", Text, primary_key=True),
    Column("events", Int64, nullable=False),
    Column("nth", Int64, nullable=False),
    Column("first_at", Int64, nullable=False),
    Column("last_at", Int64, nullable=False),
)
"""What the events of a contract had, by the property's path: names and counts, never a value."""

groups = Table(
    "groups",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("seq", Int64, nullable=False),
)

group_words = Table(
    "group_words",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("part", Text, primary_key=True, index=True),
    Column("at", Int64, primary_key=True),
    Column("seq", Int64, primary_key=True),
    Column("joined", Boolean, nullable=False),
    Column("claimed", Boolean, nullable=False),
    Column("source", Text, nullable=False),
)
"""Each word that a part belongs to a group (`joined`), or no longer does. All are kept: since when follows from the
order in which they were said, and one may come that was said between two others."""

group_members = Table(
    "group_members",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("part", Text, primary_key=True),
    Column("claimed", Boolean, primary_key=True),
    Column("joined", Boolean, nullable=False),
    Column("at", Int64, nullable=False),
    Column("seq", Int64, nullable=False),
)
"""The last word of each part on each group, of those that are proven and those that are claimed: who belongs to it."""

group_values = Table(
    "group_values",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False, info=PERSONAL),
    Column("apart", Boolean, nullable=False),
    Column("at", Int64, nullable=False),
)
"""What was said last of each trait of a group, as JSON; `apart` where the log does not hold it."""

notes = Table(
    "notes",
    metadata,
    Column("id", Text, primary_key=True),
    Column("customer", Text, nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("text", Text, nullable=False, info=PERSONAL),
    Column("author", Text, nullable=False, info=PERSONAL),
    Column("at", Int64, nullable=False),
    Column("due_at", Int64),
    Column("done_at", Int64),
    Column("done_by", Text, info=PERSONAL),
)
is_open_task = (notes.c.kind == literal_column("'task'")) & notes.c.done_at.is_(None)
Index("ix_notes_open_tasks", notes.c.due_at, sqlite_where=is_open_task, postgresql_where=is_open_task)
