"""Commands that bring articles over from other systems, and take everything out again."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scheduler.cli.house import plain_errors, the_context

if TYPE_CHECKING:
    from scheduler.services.site.export import Progress


@click.command()
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

    with plain_errors():
        context = the_context(base_url)
        maker = AppMaker(create_app(context), context)
        if folder is None:
            if hasattr(os, "nice"):
                os.nice(10)  # visitors are answered and posts go out meanwhile
            made = exporting.make(context, maker, _Told())
            click.echo(f"{exporting.zip_file(context)[0]}: {made.pages} pages, {made.files} files, {made.size} bytes.")
            return
        done = write_site(context, maker, folder, _Told())
        exporting.note_by_hand(context, done)
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


@click.group("import")
def bring_over() -> None:
    """Bring articles over from another system."""


def _bring_over(source: str, file: Path, media: Path | None, options: dict[str, str | bool]) -> None:
    from scheduler.services.moving import imports

    with plain_errors():
        context = the_context()
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


@click.command()
@click.option("--zip", "zip_file", type=click.Path(dir_okay=False, path_type=Path), help="Articles, photos, settings.")
@click.option("--wxr", "wxr_file", type=click.Path(dir_okay=False, path_type=Path), help="For WordPress: an XML file.")
def takeout(zip_file: Path | None, wxr_file: Path | None) -> None:
    """Take everything out: as a zip of the files it is kept in, or as an export that WordPress takes."""
    from scheduler.services.moving.takeout import write_zip
    from scheduler.services.moving.takeout_wxr import write_wxr

    if not zip_file and not wxr_file:
        raise click.UsageError("Say where to: --zip FILE or --wxr FILE.")
    with plain_errors():
        context = the_context()
        for path, write in ((zip_file, write_zip), (wxr_file, write_wxr)):
            if path:
                write(context, path)
                click.echo(path)
