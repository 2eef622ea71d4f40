"""Commands for people who may log in, and for the tokens of programs."""

from __future__ import annotations

import sys

import click

from scheduler.cli.house import plain_errors, the_context


@click.group()
def user() -> None:
    """People who may log in."""


@user.command("create")
@click.option("--email", required=True)
@click.option("--name", required=True)
@click.option("--role", default="owner", show_default=True, help="owner or editor")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def create_user(email: str, name: str, role: str, password_stdin: bool) -> None:
    """Create a user. Without --password-stdin the password is asked for."""
    from scheduler.services.operations import users

    password = sys.stdin.readline().rstrip("\n") if password_stdin else _ask_password()
    with plain_errors():
        made = users.create_user(the_context(), email=email, name=name, password=password, role=role)
        click.echo(f"{made.name} <{made.email}> can log in now ({made.role}).")


def _ask_password() -> str:
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))


@click.group()
def token() -> None:
    """Tokens for the JSON API."""


@token.command("create")
@click.option("--name", required=True, help="What the token is for.")
@click.option("--scope", "scopes", multiple=True, default=("read",), show_default=True, help="read, write or admin")
def create_token(name: str, scopes: tuple[str, ...]) -> None:
    """Create a token and print it, alone, this once."""
    from scheduler.services.operations import users

    with plain_errors():
        click.echo(users.create_token(the_context(), name=name, scopes=list(scopes)))
