"""Alembic's revisions of the schema, run at start-up under a lock."""
