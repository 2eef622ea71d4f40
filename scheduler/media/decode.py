"""The process that opens uploads: `python -m scheduler.media.decode <source> <folder>`.

It runs apart from the web server, without its secrets, with hard limits on memory, processor time, file size and
open files. It writes the derived files into `folder` and one line of JSON to standard output.
"""

from __future__ import annotations

import json
import sys
import warnings
from dataclasses import asdict
from pathlib import Path

from scheduler.domain.asset import Kind
from scheduler.domain.problem import Invalid
from scheduler.media.derived import Derivation
from scheduler.media.filetypes import HEAD_BYTES, recognise

MEMORY_BYTES = 3 * 1024**3
CPU_SECONDS = 300
FILE_BYTES = 600_000_000
OPEN_FILES = 64


def main(source: Path, folder: Path) -> int:
    """Derive everything from the file `source` into `folder` and print the result. Returns the exit code."""
    _limit_this_process()
    warnings.simplefilter("ignore")  # Pillow warns about odd metadata; what matters is raised
    try:
        answer = {"derivation": asdict(derive(source, folder))}
    except Invalid as error:
        answer = {"problems": [problem.message for problem in error.problems]}  # type: ignore[dict-item]
    print(json.dumps(answer))  # noqa: T201 - this is the answer to the parent process
    return 0


def derive(source: Path, folder: Path) -> Derivation:
    """Return what was derived from `source`; the files are in `folder`. Raises `Invalid`."""
    with source.open("rb") as file:
        filetype = recognise(file.read(HEAD_BYTES))
    if filetype is None:
        raise ValueError("the parent process checks the type first")
    if filetype.kind is Kind.PHOTO:
        from scheduler.media.renditions import derive_photo  # imported here: a photo does not need FFmpeg

        return derive_photo(source, filetype, folder)
    from scheduler.media.video import derive_video

    return derive_video(source, filetype, folder)


def _limit_this_process() -> None:
    if sys.platform == "win32":  # no such limits there; the parent's timeout remains
        return
    import resource

    for limit, value in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, FILE_BYTES),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(limit)
        ceiling = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(limit, (ceiling, ceiling))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
