"""Saving an article and its draft under SIGKILL at random moments: each file is an old or a new one, never a part.

`DRUMBEAT_TEST_KILLS=100` makes a hundred of it; the default suite does a few.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
from pathlib import Path

from scheduler.clock import SystemClock
from scheduler.content import drafts, writer
from scheduler.content.library import ArticleLibrary

ROOT = Path(__file__).parents[2]
KILLS = int(os.environ.get("DRUMBEAT_TEST_KILLS", "5"))
LINES = 3000
SAVER = """
import sys
from pathlib import Path
from scheduler.clock import SystemClock
from scheduler.content import drafts, writer
from scheduler.content.drafts import Note
from scheduler.content.library import ArticleLibrary

library = ArticleLibrary(Path(sys.argv[1]), SystemClock())
number = int(sys.argv[2])
library.refresh()
print("ready", flush=True)
while True:
    number += 1
    words = (f"word{number}\\n" * int(sys.argv[3])).strip()
    there = drafts.read(library, "knee")
    base = library.get("knee").content_hash
    text = f"---\\ntitle: Knee\\n---\\n\\n{words}\\n"
    kept = drafts.save(library, "knee", text, Note(base, "0a", number, "Anna"), there.hash if there else "")
    print(f"draft {number}", flush=True)
    writer.save(library, "knee", {"series": str(number)}, words, base)
    print(f"index {number}", flush=True)
    if number % 3 == 0:
        drafts.discard(library, "knee", kept.hash)
"""


def test_a_killed_save_leaves_an_old_or_a_new_file(tmp_path: Path) -> None:
    library = ArticleLibrary(tmp_path / "posts", SystemClock())
    writer.create(library, {"title": "Knee", "slug": "knee", "status": "draft"}, "word0")
    chance = random.Random(20261123)
    number = 0
    for _ in range(KILLS):
        said = _killed(library, number, chance.uniform(0.0, 0.12))
        index, draft = _number_of(library, number), _draft_number(library)
        done = dict(said)
        assert index in (done.get("index", number), done.get("index", number) + 1), said
        assert draft in (index, index + 1) or (draft is None and index % 3 == 0), said
        assert draft is None or draft >= done.get("draft", 0), said
        number = index
    article = library.get("knee")
    assert article is not None
    there = drafts.read(library, "knee")
    note = drafts.Note(article.content_hash, "0b", 1)
    drafts.save(library, "knee", "---\ntitle: Knee\n---\nAfter all", note, there.hash if there else "")
    writer.save(library, "knee", {}, "After all", article.content_hash)  # no lock, and nothing half-made, is left
    assert sorted(path.name for path in (library.root / "knee").iterdir()) == ["draft.md", "index.md"]


def _killed(library: ArticleLibrary, number: int, seconds: float) -> list[tuple[str, int]]:
    """Let a process save for a moment, kill it, and return what it said that it had done."""
    command = [sys.executable, "-c", SAVER, str(library.root), str(number), str(LINES)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
        process.send_signal(signal.SIGKILL)
        lines = [line.split() for line in process.stdout if line.endswith("\n")]
    return [(what, int(count)) for what, count in lines]


def _number_of(library: ArticleLibrary, number: int) -> int:
    library.refresh(force=True)
    article = library.get("knee")
    assert article is not None and library.problems() == ()
    return _whole(article.body) if article.body.strip() != "word0" else number


def _draft_number(library: ArticleLibrary) -> int | None:
    draft = drafts.read(library, "knee")
    return _whole(draft.text.partition("---\n\n")[2]) if draft else None


def _whole(body: str) -> int:
    words = body.split()
    assert len(set(words)) == 1 and len(words) == LINES
    return int(words[0].removeprefix("word"))
