"""The columns that most tables are made of. Instants are UTC epoch milliseconds; JSON is text."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, MetaData, Text

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def identity() -> Column[int]:
    """Return the column of a number that the database gives."""
    return Column("id", Integer, primary_key=True, autoincrement=True)


def instant(name: str, default: str | None = "0", nullable: bool = False) -> Column[int]:
    """Return the column of an instant; 0, or NULL where it may be, for one that has not come."""
    return Column(name, BigInteger, nullable=nullable, server_default=None if nullable else default)


def words(name: str, default: str | None = "") -> Column[str]:
    """Return the column of a text that is always there."""
    return Column(name, Text, nullable=False, server_default=default)


def number(name: str, default: str = "0") -> Column[int]:
    """Return the column of a whole number that is always there."""
    return Column(name, Integer, nullable=False, server_default=default)
