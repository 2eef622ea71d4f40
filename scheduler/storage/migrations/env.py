"""Alembic's entry: runs the revisions on the connection that `scheduler.storage.migrate` hands over."""

from alembic import context

from scheduler.storage.schema import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, render_as_batch=True, compare_type=True)
context.run_migrations()
