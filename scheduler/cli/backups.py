"""Commands for backups: made, listed, put back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from scheduler.cli.house import here, plain_errors, the_context
from scheduler.config import Settings, load_settings
from scheduler.domain.problem import Invalid
from scheduler.environment import FILE, ensure_data, ensure_secrets, load_environment


@click.command()
@click.option("--to", "folder", type=click.Path(file_okay=False, path_type=Path), help="Make it in this folder.")
@click.option("--with-secrets", is_flag=True, help="Put .env into it too: keep such a backup as safe as a password.")
def backup(folder: Path | None, with_secrets: bool) -> None:
    """Back up database, articles, configuration and media; print where the backup is."""
    from scheduler.services.operations import backup as backups

    with plain_errors():
        env_file = here() / FILE if with_secrets else None
        made = backups.make(the_context(), backups.BY_HAND, to=folder, env_file=env_file)
        click.echo(made.path)
        if not with_secrets:
            click.echo("Your secrets (.env) are not in it. Keep a copy of them in a safe place.", err=True)


@click.command("backups")
def list_backups() -> None:
    """List the backups: where, how large, how old, and why they were made."""
    from scheduler.domain.wording import distance, size
    from scheduler.services.operations import backup as backups

    with plain_errors():
        context = the_context()
        found, now = backups.overview(context), context.clock.now_ms()
        for one in found.backups:
            manifest = one.manifest
            click.echo(f"{one.path}  {size(manifest.bytes)}  {distance(manifest.made_at, now)}  {manifest.kind}")
        if not found.backups:
            click.echo("There is none yet. Make one: python -m scheduler backup", err=True)
        if found.failure:
            click.echo(f"The last try failed: {found.failure}", err=True)


@click.command()
@click.argument("path", required=False, type=click.Path(path_type=Path))
@click.option("--yes", is_flag=True, help="Do not ask.")
def restore(path: Path | None, yes: bool) -> None:
    """Put the backup at PATH in place of everything. Without PATH, finish a restore that was interrupted."""
    from scheduler.clock import SystemClock
    from scheduler.services.operations import restore as restoring

    with plain_errors():
        settings = _settings_for_restore(path)
        if path is None:
            done = restoring.finish(settings)
        else:
            source = path if path.exists() else settings.data / "backups" / path
            for line in restoring.preview(settings, source):
                click.echo(line)
            if not yes:
                click.confirm("Go on?", abort=True)
            done = restoring.restore(settings, source, SystemClock())
        for line in restoring.told(done):
            click.echo(line)


def _settings_for_restore(path: Path | None) -> Settings:
    """Return the settings; those in the backup stand in for a broken configuration and a missing .env."""
    from scheduler.services.operations.restore import bring_secrets

    root = here()
    if path is not None:
        bring_secrets(path, root / FILE)
    ensure_secrets(root)
    environ = load_environment(root)
    try:
        settings = load_settings(environ, root)
    except Invalid:
        if path is None or not (path / "config").is_dir():
            raise
        present = root / (environ.get("DRUMBEAT_CONFIG") or "config")
        settings = replace(load_settings(environ | {"DRUMBEAT_CONFIG": str(path / "config")}, root), config=present)
    ensure_data(settings.data)
    return settings
