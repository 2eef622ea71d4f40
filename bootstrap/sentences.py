"""What a person is told when set-up cannot go on: what happened and the way out, in plain sentences."""

from __future__ import annotations

import contextlib
import errno
import re

from bootstrap.places import HERE, tools


class Stop(Exception):
    """Set-up cannot go on; the text is the whole message for the person."""


NO_ENSUREPIP = (
    "This Python cannot make virtual environments: its parts “venv” and “ensurepip” are not installed. On Debian and "
    "Ubuntu install them with: sudo apt install python3-venv. Then start run.py again."
)
NO_NETWORK = (
    "The packages could not be fetched: there is no connection to the package registry. Check the network (and the "
    "proxy, if you have one), then start run.py again; what is already fetched is kept."
)
DISK_FULL = "The disk is full. Make room (about 1 GB is needed), then start run.py again."
READ_ONLY = (
    "Drumbeat cannot write in its folder ({place}). Use a copy in a folder that belongs to you, or correct the "
    "permissions, then start run.py again."
)
_SIGNS = (
    (r"No space left on device|ENOSPC|Errno 28\b", DISK_FULL),
    (r"Read-only file system|EROFS|Permission denied|EACCES", READ_ONLY),
    (r"ensurepip is not available|No module named '?(ensurepip|venv|pip)\b", NO_ENSUREPIP),
    (
        r"NewConnectionError|Failed to establish|Temporary failure in name resolution|Name or service not known|"
        r"getaddrinfo|Network is unreachable|Connection refused|ConnectionError|Max retries exceeded|ProxyError|"
        r"Connection to \S+ timed out|Read timed out|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH",
        NO_NETWORK,
    ),
)


def sentence_for_output(label: str, output: str) -> str:
    """Return what a person should know about a failed step, from what its program said."""
    for sign, sentence in _SIGNS:
        if re.search(sign, output):
            return sentence.format(place=HERE)
    with contextlib.suppress(OSError):
        (tools() / "setup.log").write_text(output, "utf-8")
    said = [line.strip() for line in output.splitlines() if line.strip()]
    last = next((line for line in reversed(said) if re.search("error", line, re.IGNORECASE)), said[-1] if said else "")
    return f"The step “{label}” failed: {last or 'it gave no reason'}\nEverything it said is in .tools/setup.log."


def sentence_for_error(error: OSError) -> str:
    """Return what a person should know about an error of the operating system."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DISK_FULL
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return READ_ONLY.format(place=HERE)
    return f"Drumbeat could not be set up: {error.strerror or error} ({error.filename or HERE})."
