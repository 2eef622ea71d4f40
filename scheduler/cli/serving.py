"""Commands that start Drumbeat, and the doctor who looks at it."""

from __future__ import annotations

import sys

import click

from scheduler.cli.house import here, live_config, plain_errors, the_context
from scheduler.environment import load_environment


@click.command()
def run() -> None:
    """Start the web server and the worker, and keep both running."""
    from scheduler.supervisor import Supervisor

    with plain_errors():
        sys.exit(Supervisor(here(), live_config().settings).run())


@click.command()
def prepare() -> None:
    """Bring the database up to date and add the sample media once; print the set-up path of a new site."""
    from scheduler.services.library.samples import ensure_samples, missing_samples
    from scheduler.services.operations.users import new_setup_link

    with plain_errors():
        context = the_context()
        if missing_samples(context):
            click.echo("Drawing the sample photos and the film, once ...", err=True)
            ensure_samples(context)
        click.echo(new_setup_link(context))


@click.command()
def web() -> None:
    """Start the web server alone."""
    from scheduler.web.server import serve

    with plain_errors():
        serve(the_context())


@click.command()
def worker() -> None:
    """Start a worker alone: it publishes what is due. One is enough; on PostgreSQL several may run, on any machine."""
    from scheduler.worker.main import Worker

    with plain_errors():
        Worker(the_context()).run()


@click.command()
def doctor() -> None:
    """Check configuration, database, clock, disk, assets, accounts and worker, and say what to do."""
    from scheduler.services.operations.doctor import examine, exit_code

    # Neither secrets nor tables are made here: the doctor looks and touches nothing.
    findings = examine(load_environment(here()), here())
    for finding in findings:
        click.echo(str(finding))
    sys.exit(exit_code(findings))
