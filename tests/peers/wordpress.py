"""`python -m tests.peers.wordpress`: our import against a real WordPress, and its own export of a filled site.

WordPress, PHP and MariaDB come from Debian's packages (`apt-get download`, a Debian system is needed) and are unpacked
into a folder, not installed: no service is touched, and the database is ours, on a socket of that folder. The export
is printed by WordPress's own `export_wp()`; `wordpress.php` beside this file says what is in it.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scheduler.clock import SystemClock
from scheduler.services.context import Context
from scheduler.services.editorial.rendering import rendered
from scheduler.services.moving import imports
from tests.support.house import furnish

PACKAGES = (
    "wordpress", "php8.2-cli", "php8.2-common", "php8.2-mysql", "php8.2-xml", "php8.2-gd", "php8.2-mbstring",
    "libjs-prototype", "php-getid3", "mariadb-server-core", "libaio1", "liburing2",
)  # fmt: skip
EXTENSIONS = ("mysqlnd", "mysqli", "dom", "simplexml", "xml", "mbstring", "gd", "exif", "tokenizer", "ctype", "iconv")
WORDS = {
    "finer-points": (
        "**is not**", "## How it feels", "```gallery", "vimeo.com/76979871", "youtube.com/watch",
        "C:\\\\temp", "[contact-form-7",
    ),
    "knees-that-ache": ("### Why they ache", "3. Third", "| Mon", "I run again", "```button", "555-0100", "if (a < b)"),
    "about": ("**a clinic**",),
}  # fmt: skip
NOT_WORDS = ("wp:", "<script", "onerror", "following two tabs", "Latest Posts", "[caption", "[embed]", "wp-block")
START_SECONDS = 30


def main() -> int:
    """Make the export, bring it over, and say what is missing; 0 when nothing is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path.home() / ".cache/drumbeat-peers/wordpress")
    parser.add_argument("--show", action="store_true", help="Print every article that came of it.")
    asked = parser.parse_args()
    folder = asked.folder.resolve()
    unpacked = _unpacked(folder)
    if not unpacked:
        return 2
    export = exported(folder, unpacked)
    with tempfile.TemporaryDirectory() as home, furnish(Path(home), clock=SystemClock()) as ctx:
        return 1 if _bring_over(ctx, export, unpacked, asked.show) else 0


def exported(folder: Path, unpacked: Path) -> Path:
    """Fill a new WordPress and return its export."""
    wordpress, target = unpacked / "usr/share/wordpress", folder / "export.xml"
    shutil.rmtree(wordpress / "wp-content/uploads", ignore_errors=True)
    with _database(folder, unpacked) as socket:
        (wordpress / "wp-config.php").unlink(missing_ok=True)
        (wordpress / "wp-config.php").write_text(_config(socket))
        _php(unpacked, "install")
        _php(unpacked, "write")
        target.write_bytes(_php(unpacked, "export"))
    return target


def _unpacked(folder: Path) -> Path | None:
    """Return the folder that holds WordPress, unpacked at the first run; None, and why, where that cannot be."""
    root = folder / "root"
    if (root / "usr/share/wordpress/wp-load.php").exists():
        return root
    if not (shutil.which("apt-get") and shutil.which("dpkg")):
        print("WordPress is not installed: its packages come from Debian, and this system has no apt-get.")
        return None
    packages = folder / "packages"
    packages.mkdir(parents=True, exist_ok=True)
    loaded = subprocess.run(["apt-get", "download", "-q", *PACKAGES], cwd=packages, capture_output=True, text=True)
    if loaded.returncode:
        print(f"WordPress is not installed: its packages could not be had.\n{loaded.stderr.strip()}")
        return None
    for package in packages.glob("*.deb"):
        subprocess.run(["dpkg", "-x", package, root], check=True)
    return root


@contextmanager
def _database(folder: Path, unpacked: Path) -> Iterator[Path]:
    """Run an empty MariaDB on a socket below `folder`; it is stopped at the end by its own process."""
    data, log = folder / "data", folder / "database.log"
    shutil.rmtree(data, ignore_errors=True)
    (data / "mysql").mkdir(parents=True)
    (data / "wordpress").mkdir()
    with tempfile.TemporaryDirectory() as short:  # the name of a socket may have 107 bytes
        socket = Path(short) / "db"
        command = [
            str(unpacked / "usr/sbin/mariadbd"), "--no-defaults", f"--datadir={data}", f"--socket={socket}",
            "--skip-networking", "--skip-grant-tables", f"--lc-messages-dir={unpacked / 'usr/share/mysql'}",
            f"--character-sets-dir={unpacked / 'usr/share/mysql/charsets'}", f"--pid-file={short}/pid",
        ]  # fmt: skip
        if os.name == "posix" and os.geteuid() == 0:
            command.append("--user=root")
        with log.open("wb") as told, subprocess.Popen(command, stderr=told, env=_environment(unpacked)) as process:
            try:
                _wait_for(socket, process, log)
                yield socket
            finally:
                process.terminate()


def _wait_for(socket: Path, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while not socket.exists():
        if process.poll() is not None or time.monotonic() > until:
            sys.exit(f"MariaDB did not start:\n{log.read_text(errors='replace')[-2000:]}")
        time.sleep(0.1)


def _config(socket: Path) -> str:
    names = ("AUTH_KEY", "SECURE_AUTH_KEY", "LOGGED_IN_KEY", "NONCE_KEY", "AUTH_SALT", "SECURE_AUTH_SALT",
             "LOGGED_IN_SALT", "NONCE_SALT")  # fmt: skip
    values = {
        "DB_NAME": "wordpress", "DB_USER": "root", "DB_PASSWORD": "", "DB_HOST": f"localhost:{socket}",
        "DB_CHARSET": "utf8mb4", "DB_COLLATE": "", "WP_HOME": "https://old-clinic.example",
        "WP_SITEURL": "https://old-clinic.example", "WP_HTTP_BLOCK_EXTERNAL": "1", "DISABLE_WP_CRON": "1",
        **{name: name for name in names},
    }  # fmt: skip
    lines = [f"define('{name}', '{value}');" for name, value in values.items()]
    end = "$table_prefix = 'wp_';\ndefine('ABSPATH', __DIR__ . '/');\nrequire ABSPATH . 'wp-settings.php';\n"
    return "\n".join(["<?php", *lines, end])


def _php(unpacked: Path, task: str) -> bytes:
    modules = next((unpacked / "usr/lib/php").glob("20*"))
    command: list[str | Path] = [unpacked / "usr/bin/php8.2", "-n", "-d", f"extension_dir={modules}"]
    command += ["-d", "display_errors=stderr", "-d", "memory_limit=512M"]
    for name in EXTENSIONS:
        if (modules / f"{name}.so").exists():
            command += ["-d", f"extension={name}"]
    command += [Path(__file__).with_suffix(".php"), task]
    done = subprocess.run(command, env=_environment(unpacked), capture_output=True)
    if done.returncode:
        sys.exit(f"WordPress, {task}: {(done.stderr + done.stdout).decode(errors='replace')[-3000:]}")
    return done.stdout


def _environment(unpacked: Path) -> dict[str, str]:
    libraries = unpacked / f"usr/lib/{platform.machine()}-linux-gnu"
    found = {"LD_LIBRARY_PATH": str(libraries), "WORDPRESS_FOLDER": str(unpacked / "usr/share/wordpress")}
    return {"PATH": os.environ["PATH"], **found}


def _bring_over(ctx: Context, export: Path, unpacked: Path, show: bool) -> list[str]:
    uploads = str(unpacked / "usr/share/wordpress/wp-content/uploads")
    import_id = imports.hand_over(ctx, imports.Handed("wordpress", export.name, media_folder=uploads), export)
    print("A dry run:", *imports.told(ctx, imports.at_once(ctx, import_id, dry_run=True)), sep="\n  ")
    done = imports.at_once(ctx, import_id)
    print("The import:", *imports.told(ctx, done), sep="\n  ")
    for item in imports.results(ctx, import_id):
        print(f"  {item.state}: {item.title or '(no title)'}", *item.notes, sep="\n    ")
    failures = _missing(ctx)
    if show:
        for article in ctx.articles.all():
            print(f"\n===== {article.slug}\n{(ctx.articles.path(article.slug) or Path()).read_text()}")
    for failure in failures:
        print(f"MISSING {failure}")
    return failures


def _missing(ctx: Context) -> list[str]:
    """Return what the articles should say and do not, or say and should not."""
    failures = []
    for slug, words in WORDS.items():
        article = ctx.articles.get(slug)
        failures += [f"{slug}: {word}" for word in words if article is None or word not in article.body]
    for article in ctx.articles.all():
        failures += [f"{article.slug} still says {word}" for word in NOT_WORDS if word in article.body]
        if article.title != "数据":  # its photo is nowhere
            failures += [f"{article.slug}: {problem.reason}" for problem in rendered(ctx, article).problems]
    sam = ctx.articles.author("sam-oneil")
    if sam is None or "treated runners" not in sam.bio:
        failures.append("sam-oneil: the words of the author box")
    return failures


if __name__ == "__main__":
    sys.exit(main())
