"""The command line: what `python -m scheduler` can do, each command a few lines that call a service."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from scheduler.config import LiveConfig, Settings, StillConfig, load_settings, with_base_url
from scheduler.domain.problem import Conflict, Invalid
from scheduler.environment import FILE, ensure_config, ensure_data, ensure_secrets, load_environment

if TYPE_CHECKING:
    from scheduler.services.context import Context
    from scheduler.services.site.export import Progress


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


@cli.command()
def run() -> None:
    """Start the web server and the worker, and keep both running."""
    from scheduler.supervisor import Supervisor

    with _plain_errors():
        sys.exit(Supervisor(_root(), live_config().settings).run())


@cli.command()
def prepare() -> None:
    """Bring the database up to date and add the sample media once; print the set-up path of a new site."""
    from scheduler.services.library.samples import ensure_samples, missing_samples
    from scheduler.services.operations.users import new_setup_link

    with _plain_errors():
        context = _context()
        if missing_samples(context):
            click.echo("Drawing the sample photos and the film, once ...", err=True)
            ensure_samples(context)
        click.echo(new_setup_link(context))


@cli.command()
def web() -> None:
    """Start the web server alone."""
    from scheduler.web.server import serve

    with _plain_errors():
        serve(_context())


@cli.command()
def worker() -> None:
    """Start a worker alone: it publishes what is due. One is enough; on PostgreSQL several may run, on any machine."""
    from scheduler.worker.main import Worker

    with _plain_errors():
        Worker(_context()).run()


@cli.command()
def doctor() -> None:
    """Check configuration, database, clock, disk, assets, accounts and worker, and say what to do."""
    from scheduler.services.operations.doctor import examine, exit_code

    # Neither secrets nor tables are made here: the doctor looks and touches nothing.
    findings = examine(load_environment(_root()), _root())
    for finding in findings:
        click.echo(str(finding))
    sys.exit(exit_code(findings))


@cli.command()
@click.argument("folder", type=click.Path(path_type=Path), required=False)
@click.option("--base-url", default="", help="The address at which the files will be served; else DRUMBEAT_BASE_URL.")
def export(folder: Path | None, base_url: str) -> None:
    """Write the whole public site into FOLDER as files for any static host. Only what has changed is written again.

    Without FOLDER it is made where Articles, Static site offers it for download, and packed as a zip.
    """
    from scheduler.app import create_app
    from scheduler.services.site import exporting
    from scheduler.services.site.export import export as write_site
    from scheduler.web.export_maker import AppMaker

    with _plain_errors():
        context = _context(base_url)
        maker = AppMaker(create_app(context), context)
        if folder is None:
            made = exporting.make(context, maker, _Told())
            click.echo(f"{exporting.zip_file(context)[0]}: {made.pages} pages, {made.files} files, {made.size} bytes.")
            return
        done = write_site(context, maker, folder, _Told())
        click.echo(
            f"{done.target}: {done.pages} pages, {done.made} made anew; "
            f"{done.written} files written, {done.removed} removed."
        )


class _Told:
    """Shows on the terminal how far a long piece of work is: one line that changes, or a line for each tenth."""

    def __init__(self) -> None:
        self._tenth = -1

    def __call__(self, progress: Progress) -> None:
        line = f"{progress.what} {progress.done}/{progress.total}" if progress.total else progress.what
        tenth = 10 * progress.done // progress.total if progress.total else -1
        if sys.stderr.isatty():
            click.echo(f"\r{line:<60}", nl=progress.done == progress.total, err=True)
        elif tenth != self._tenth or not progress.total:
            click.echo(line, err=True)
        self._tenth = tenth


@cli.command()
@click.option("--to", "folder", type=click.Path(file_okay=False, path_type=Path), help="Make it in this folder.")
@click.option("--with-secrets", is_flag=True, help="Put .env into it too: keep such a backup as safe as a password.")
def backup(folder: Path | None, with_secrets: bool) -> None:
    """Back up database, articles, configuration and media; print where the backup is."""
    from scheduler.services.operations import backup as backups

    with _plain_errors():
        env_file = _root() / FILE if with_secrets else None
        made = backups.make(_context(), backups.BY_HAND, to=folder, env_file=env_file)
        click.echo(made.path)
        if not with_secrets:
            click.echo("Your secrets (.env) are not in it. Keep a copy of them in a safe place.", err=True)


@cli.command("backups")
def list_backups() -> None:
    """List the backups: where, how large, how old, and why they were made."""
    from scheduler.domain.wording import distance, size
    from scheduler.services.operations import backup as backups

    with _plain_errors():
        context = _context()
        found, now = backups.overview(context), context.clock.now_ms()
        for one in found.backups:
            manifest = one.manifest
            click.echo(f"{one.path}  {size(manifest.bytes)}  {distance(manifest.made_at, now)}  {manifest.kind}")
        if not found.backups:
            click.echo("There is none yet. Make one: python -m scheduler backup", err=True)
        if found.failure:
            click.echo(f"The last try failed: {found.failure}", err=True)


@cli.command()
@click.argument("path", required=False, type=click.Path(path_type=Path))
@click.option("--yes", is_flag=True, help="Do not ask.")
def restore(path: Path | None, yes: bool) -> None:
    """Put the backup at PATH in place of everything. Without PATH, finish a restore that was interrupted."""
    from scheduler.clock import SystemClock
    from scheduler.services.operations import restore as restoring

    with _plain_errors():
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

    root = _root()
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


@cli.group("import")
def bring_over() -> None:
    """Bring articles over from another system."""


def _bring_over(source: str, file: Path, media: Path | None, options: dict[str, str | bool]) -> None:
    from scheduler.services.moving import imports

    with _plain_errors():
        context = _context()
        zipped = media if media and media.is_file() else None
        given = imports.Handed(
            source, file.name, str(options["site"]), str(options["unknown"]), str(media) if media and not zipped else ""
        )
        import_id = imports.hand_over(context, given, file, zipped)
        try:
            done = imports.at_once(context, import_id, bool(options["dry_run"]), _count_up)
            for line in imports.told(context, done):
                click.echo(line)
        finally:
            if options["dry_run"]:
                imports.forget(context, import_id)


def _count_up(number: int) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r{number} ", nl=False, err=True)


_FILE = click.argument("file", type=click.Path(exists=True, path_type=Path))
_MEDIA = click.option("--media", type=click.Path(exists=True, path_type=Path), help="Folder or zip of the uploads.")
_DRY = click.option("--dry-run", is_flag=True, help="Only say what would happen.")
_SITE = click.option("--site", default="", help="Address of the old site, where the file does not say it.")


@bring_over.command("wordpress")
@_FILE
@_MEDIA
@_DRY
@click.option("--drop-shortcodes", is_flag=True, help="Take out shortcodes that are not known here.")
def import_wordpress(file: Path, media: Path | None, dry_run: bool, drop_shortcodes: bool) -> None:
    """Bring over WordPress's export (Tools, Export: an XML file)."""
    unknown = "drop" if drop_shortcodes else "keep"
    _bring_over("wordpress", file, media, {"site": "", "unknown": unknown, "dry_run": dry_run})


@bring_over.command("ghost")
@_FILE
@_MEDIA
@_DRY
@_SITE
def import_ghost(file: Path, media: Path | None, dry_run: bool, site: str) -> None:
    """Bring over Ghost's export (a JSON file, or a zip that holds it)."""
    _bring_over("ghost", file, media, {"site": site, "unknown": "keep", "dry_run": dry_run})


@bring_over.command("folder")
@_FILE
@_MEDIA
@_DRY
@_SITE
def import_folder(file: Path, media: Path | None, dry_run: bool, site: str) -> None:
    """Bring over a folder or zip of Markdown: Jekyll, Hugo, or a takeout of ours."""
    _bring_over("folder", file, media, {"site": site, "unknown": "keep", "dry_run": dry_run})


@cli.command()
@click.option("--zip", "zip_file", type=click.Path(dir_okay=False, path_type=Path), help="Articles, photos, settings.")
@click.option("--wxr", "wxr_file", type=click.Path(dir_okay=False, path_type=Path), help="For WordPress: an XML file.")
def takeout(zip_file: Path | None, wxr_file: Path | None) -> None:
    """Take everything out: as a zip of the files it is kept in, or as an export that WordPress takes."""
    from scheduler.services.moving.takeout import write_zip
    from scheduler.services.moving.takeout_wxr import write_wxr

    if not zip_file and not wxr_file:
        raise click.UsageError("Say where to: --zip FILE or --wxr FILE.")
    with _plain_errors():
        context = _context()
        for path, write in ((zip_file, write_zip), (wxr_file, write_wxr)):
            if path:
                write(context, path)
                click.echo(path)


@cli.group()
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
    with _plain_errors():
        made = users.create_user(_context(), email=email, name=name, password=password, role=role)
        click.echo(f"{made.name} <{made.email}> can log in now ({made.role}).")


def _ask_password() -> str:
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))


@cli.group()
def token() -> None:
    """Tokens for the JSON API."""


@token.command("create")
@click.option("--name", required=True, help="What the token is for.")
@click.option("--scope", "scopes", multiple=True, default=("read",), show_default=True, help="read, write or admin")
def create_token(name: str, scopes: tuple[str, ...]) -> None:
    """Create a token and print it, alone, this once."""
    from scheduler.services.operations import users

    with _plain_errors():
        click.echo(users.create_token(_context(), name=name, scopes=list(scopes)))


def live_config() -> LiveConfig:
    """Return the configuration of the current folder; makes the secrets when they are missing."""
    root = _root()
    ensure_secrets(root)
    environ = load_environment(root)
    ensure_config(root / (environ.get("DRUMBEAT_CONFIG") or "config"))
    settings = load_settings(environ, root)
    ensure_data(settings.data)
    return LiveConfig(settings, environ, root)


def _context(base_url: str = "") -> Context:
    from scheduler.services.context import build_context
    from scheduler.services.operations.occupancy import occupy
    from scheduler.storage.migrate import migrate

    config = live_config()
    _held.append(occupy(config.settings.data))
    if base_url:
        config = StillConfig(with_base_url(config.settings, base_url))
    context = build_context(config)
    migrate(context.database)
    return context


_held: list[TextIO] = []
"""The hold on the data folder, for as long as this process lives: a restore waits for its end."""


def _root() -> Path:
    return Path.cwd()


@contextmanager
def _plain_errors() -> Iterator[None]:
    """Turn what a person can mend into plain sentences on standard error and exit code 1."""
    try:
        yield
    except Invalid as error:
        for problem in error.problems:
            click.echo(f"{problem.field}: {problem.message}" if problem.field else problem.message, err=True)
        sys.exit(1)
    except (PermissionError, FileExistsError, IsADirectoryError, NotADirectoryError) as error:
        click.echo(f"{error.filename} cannot be used: {error.strerror}. Check who owns the folder.", err=True)
        sys.exit(1)
    except Exception as error:
        if sentence := _known(error):
            click.echo(sentence, err=True)
            sys.exit(1)
        raise


def _known(error: Exception) -> str:
    from scheduler.services.operations.backup_folder import NotABackup
    from scheduler.storage.backup import CopyFailed
    from scheduler.storage.engine import connection_problem
    from scheduler.worker.lock import AnotherWorker

    told = isinstance(error, AnotherWorker | CopyFailed | Conflict | NotABackup)
    return str(error) if told else connection_problem(error)


def main() -> None:
    """Run the command line."""
    cli(prog_name="python -m scheduler")
