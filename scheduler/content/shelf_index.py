"""What the files of `posts/` said, kept on disk: a start looks at ten thousand files, but reads only what changed.

Nothing depends on it. A file that is missing, damaged, of another version of the product or of another folder counts as
none, and everything is read again. It is a pickle, and only our own plain records may come out of it.
"""

from __future__ import annotations

import hashlib
import io
import logging
import os
import pickle
import secrets
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from scheduler.content.shelf import Volume

log = logging.getLogger(__name__)

_OURS = {
    "scheduler.content.shelf": {"Volume"},
    "scheduler.content.shelved": {"ShelvedArticle"},
    "scheduler.domain.article": {"Author", "Kind", "LeadImage", "LinkCard", "Status"},
    "copyreg": {"__newobj__"},
}
_DIGEST_BYTES = 32


def load(file: Path, root: str) -> dict[str, Volume]:
    """Return what was kept of the folder `root`; nothing when there is nothing to rely on."""
    try:
        data = file.read_bytes()
        head, content = data[:_DIGEST_BYTES], memoryview(data)[_DIGEST_BYTES:]
        if head != _digest(root, content):
            return {}
        kept = _Reader(io.BytesIO(content)).load()
        return {volume.path: volume for volume in kept}
    except FileNotFoundError:
        return {}
    except Exception as error:  # noqa: BLE001  # whatever is wrong with it: the articles themselves are there
        log.warning("the index of articles is not used: %s", type(error).__name__)
        return {}


def save(file: Path, root: str, volumes: Mapping[str, Volume]) -> None:
    """Keep what the files said, those without a fault that have settled; a disk that refuses is only logged."""
    kept = [volume for volume in volumes.values() if volume.settled and volume.good is not None and not volume.problems]
    content = pickle.dumps(kept, protocol=5)
    fresh = file.with_name(f"{file.name}.{secrets.token_hex(4)}.tmp")
    try:
        with fresh.open("xb") as target:
            target.write(_digest(root, content))
            target.write(content)
        fresh.replace(file)
    except OSError as error:
        log.warning("the index of articles could not be kept: %s", error.strerror)
        fresh.unlink(missing_ok=True)


class _Reader(pickle.Unpickler):
    """Reads our records and nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        """Return one of our classes; refuse every other."""
        if name not in _OURS.get(module, ()):
            raise pickle.UnpicklingError(f"{module}.{name} has no place in the index of articles")
        return super().find_class(module, name)


def _digest(root: str, content: bytes | memoryview) -> bytes:
    digest = hashlib.blake2b(digest_size=_DIGEST_BYTES)
    for part in (_code(), os.fsencode(root), content):
        digest.update(part)
    return digest.digest()


@lru_cache(maxsize=1)
def _code() -> bytes:
    """Return the name of the code that reads articles: another version may read the same file differently."""
    package = Path(__file__).parent
    files = [*sorted(package.glob("*.py")), *sorted((package.parent / "domain").glob("*.py"))]
    digest = hashlib.blake2b()
    for file in files:
        digest.update(file.read_bytes())
    return digest.digest()
