"""Everything leaves: articles, authors, photos and settings as one zip, in the very files that they are kept in here.

A folder reader of any other system takes it, and so does ours: photos keep their ids and their words (`media.json`).
"""

from __future__ import annotations

import json
import os
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path

from scheduler.services.context import Context
from scheduler.services.library.assets import original_key
from scheduler.storage import assets as asset_table

MEDIA_LIST = "media/media.json"
_README = """This is everything of {site}, taken out of Drumbeat.

posts/    one folder per article: index.md is Markdown with YAML front matter; _authors holds the authors
media/    the photos and videos as they were uploaded; media.json says which is which, with alt texts and captions
config/   the settings; secrets are not among them

An article shows a photo as ![what it shows](asset:ID "caption"): the file is media/ID with its ending.
"""


def write_zip(ctx: Context, to: Path) -> None:
    """Write the zip to a file. What cannot be read any more is left out and named in MISSING.txt."""
    missing: list[str] = []
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as archive:
        archive.writestr("README.txt", _README.format(site=ctx.settings.site.name))
        for folder, root in (("posts", ctx.settings.posts), ("config", ctx.settings.config)):
            for path in _files(root):
                archive.write(path, f"{folder}/{path.relative_to(root).as_posix()}")
        archive.writestr(MEDIA_LIST, json.dumps(list(_media(ctx, archive, missing)), ensure_ascii=False, indent=1))
        if missing:
            archive.writestr("MISSING.txt", "These files could not be read:\n" + "\n".join(missing) + "\n")


def _files(root: Path) -> Iterator[Path]:
    """Yield the plain files below a folder, without links and without what begins with a dot (locks, the trash)."""
    for folder, folders, files in os.walk(root, followlinks=False):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            path = Path(folder, name)
            if not name.startswith(".") and stat.S_ISREG(path.lstat().st_mode):
                yield path


def _media(ctx: Context, archive: zipfile.ZipFile, missing: list[str]) -> Iterator[dict[str, str]]:
    with ctx.database.reading() as tx:
        every = asset_table.search(tx, "", None, limit=1_000_000, offset=0)
    for asset in every:
        name = f"media/{asset.id}{Path(asset.filename).suffix.lower()[:6]}"
        try:
            # Photos and films do not shrink further; trying costs minutes.
            archive.write(ctx.blobs.path(original_key(asset)), name, zipfile.ZIP_STORED)
        except FileNotFoundError:
            missing.append(f"{name} ({asset.filename})")
            continue
        yield {
            "id": asset.id,
            "file": name,
            "filename": asset.filename,
            "alt": asset.alt,
            "caption": asset.caption,
            "credit": asset.credit,
        }
