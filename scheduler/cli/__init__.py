"""The command line: what `python -m scheduler` can do, each command a few lines that call a service."""

from __future__ import annotations

import logging
import sys

import click

from scheduler.cli.backups import backup, list_backups, restore
from scheduler.cli.moving import bring_over, export, takeout
from scheduler.cli.people import token, user
from scheduler.cli.serving import doctor, prepare, run, web, worker

__all__ = ["cli", "main"]

COMMANDS = (run, prepare, web, worker, doctor, export, backup, list_backups, restore, bring_over, takeout, user, token)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("-v", "--verbose", is_flag=True, help="Log what happens in detail.")
def cli(verbose: bool) -> None:
    """Drumbeat: articles, teasers, and a queue that never posts twice."""
    logging.basicConfig(
        level=logging.INFO if verbose else logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        stream=sys.stderr,
    )
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # a skipped run does no harm


for _command in COMMANDS:
    cli.add_command(_command)


def main() -> None:
    """Run the command line."""
    cli(prog_name="python -m scheduler")
