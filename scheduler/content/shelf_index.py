"""What the files of `posts/` said, kept on disk: a start looks at ten thousand files, but reads only what changed.

Nothing depends on it. A file that is missing, damaged, of another version of the product or of another folder counts as
none, and everything is read again. It is a pickle, and only our own plain records may come out of it.
"""

from __future__ import annotations

import hashlib
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
_DIGEST_BYTES, _PART_BYTES = 32, 1 << 20


def load(file: Path, root: str) -> dict[str, Volume]:
    """Return what was kept of the folder `root`; nothing when there is nothing to rely on."""
    try:
        with file.open("rb") as source:  # never as a whole: it would be the largest thing in memory
            head, digest = source.read(_DIGEST_BYTES), _begun(root)
            while part := source.read(_PART_BYTES):
                digest.update(part)
            if head != digest.digest():
                return {}
            source.seek(_DIGEST_BYTES)
            return {volume.path: volume for volume in _Reader(source).load()}
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
            digest = _begun(root)
            digest.update(content)
            target.write(digest.digest())
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


def _begun(root: str) -> hashlib.blake2b:
    """Return the digest of a file's content, begun with what else must be the same."""
    return hashlib.blake2b(_code() + os.fsencode(root), digest_size=_DIGEST_BYTES)


@lru_cache(maxsize=1)
def _code() -> bytes:
    """Return the name of the code that reads articles: another version may read the same file differently."""
    package = Path(__file__).parent
    files = [*sorted(package.glob("*.py")), *sorted((package.parent / "domain").glob("*.py"))]
    digest = hashlib.blake2b()
    for file in files:
        digest.update(file.read_bytes())
    return digest.digest()
