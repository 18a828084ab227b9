"""Alembic's entry: the migrations run on the connection, and in the transaction, that `upgrade` was given."""

from alembic import context

from shopkeeper.store.shop_schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
