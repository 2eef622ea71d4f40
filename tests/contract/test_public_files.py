"""Files at our public address, for platforms that fetch them: signed, for hours, and a held post where nobody can."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import time_machine
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import update

from scheduler.domain.account import Account
from scheduler.domain.delivery import State
from scheduler.domain.teaser import MediaItem, When, payload_from_json
from scheduler.platforms.registry import platform
from scheduler.services.accounts.connect import connect
from scheduler.services.accounts.practice import practice_store
from scheduler.services.delivery import decisions, dispatch, gate
from scheduler.services.library import public_media
from scheduler.services.library.assets import add_asset
from scheduler.services.planning.compose import Submission, TeaserInput
from scheduler.services.planning.scheduling import schedule
from scheduler.storage.schema import accounts as table
from tests.support.clock import StillClock
from tests.support.house import Visitor
from tests.support.live import LiveServer, serve
from tests.support.pictures import camera_jpeg


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def live(tmp_path: Path, clock: StillClock) -> Iterator[LiveServer]:
    with serve(tmp_path, clock=clock) as server:
        yield server


@pytest.fixture
def visitor(live: LiveServer) -> Visitor:
    made = live.app.test_client()
    assert isinstance(made, Visitor)
    return made


def photo(live: LiveServer, folder: Path) -> str:
    file = folder / "photo.jpg"
    file.write_bytes(camera_jpeg(1200, 900))
    return add_asset(live.context, file, file.name, "A runner at dawn").asset.id


def post(live: LiveServer, account: Account, media: str) -> int:
    given = TeaserInput(text="Strong hips.", accounts=(account.id,), assets=(media,), when=When(now=True))
    return schedule(live.context, given, Submission(key=account.key)).deliveries[0].id


def item_of(live: LiveServer, folder: Path) -> MediaItem:
    """Return a file of the library as a post holds it."""
    account = connect(live.context, "threads", {"service": "practice"})
    number = post(live, account, photo(live, folder))
    return payload_from_json(decisions.delivery(live.context, number).payload).media[0]


def ask(visitor: Visitor, path: str, part: str = "", method: str = "GET") -> tuple[int, bytes, dict[str, str]]:
    """Return status, body and headers; the file behind the answer is closed."""
    with visitor.open(path, method=method, headers={"Range": part} if part else {}) as answer:
        return answer.status_code, answer.data, dict(answer.headers)


def path_of(live: LiveServer, item: MediaItem) -> str:
    return urlsplit(public_media.address(live.context, item, practising=True)).path


def test_whoever_has_the_address_gets_the_file_whole_or_in_parts(
    live: LiveServer, visitor: Visitor, tmp_path: Path
) -> None:
    item = item_of(live, tmp_path)
    path = path_of(live, item)
    status, whole, headers = ask(visitor, path)
    assert (status, headers["Content-Type"]) == (200, item.mime)
    assert whole == live.context.blobs.read(item.key)
    assert headers["X-Robots-Tag"] == "noindex"
    assert "Set-Cookie" not in headers
    status, body, headers = ask(visitor, path, method="HEAD")
    assert (status, body, headers["Content-Length"]) == (200, b"", str(len(whole)))
    status, body, _ = ask(visitor, path, part="bytes=10-19")
    assert (status, body) == (206, whole[10:20])


def test_nobody_else_gets_anything(live: LiveServer, visitor: Visitor, tmp_path: Path) -> None:
    item = item_of(live, tmp_path)
    path, key = path_of(live, item), live.context.settings.secret_key
    folder, name = path.rpartition("/")[0], path.rpartition("/")[2]
    signed, ending = name.rpartition(".")[0], name.rpartition(".")[2]
    other_salt = URLSafeTimedSerializer(key, salt="something-else").dumps([item.key, item.mime])
    other_key = URLSafeTimedSerializer("guessed", salt="media-for-platforms").dumps([item.key, item.mime])
    flipped = ("A" if signed[5] != "A" else "B").join((signed[:5], signed[6:]))
    for wrong in ("", item.key, f"{item.key}.jpg", f"{flipped}.{ending}", f"{other_salt}.jpg", f"{other_key}.jpg"):
        assert visitor.get(f"{folder}/{wrong}").status_code == 404, wrong
    assert visitor.get(folder).status_code == 404
    signer = URLSafeTimedSerializer(key, salt="media-for-platforms")
    strangers: tuple[object, ...] = (
        ["../drumbeat.db", item.mime],
        [".env", "text/html"],
        ["nowhere", "image/jpeg"],
        "x",
        [1, 2],
        {},
    )
    for stranger in strangers:
        assert visitor.get(f"{folder}/{signer.dumps(stranger)}.jpg").status_code == 404, stranger


def test_an_address_ends(live: LiveServer, visitor: Visitor, tmp_path: Path) -> None:
    item = item_of(live, tmp_path)
    with time_machine.travel("2026-11-23T09:00Z", tick=False):
        path = path_of(live, item)
        assert ask(visitor, path)[0] == 200
    with time_machine.travel("2026-11-25T08:59Z", tick=False):
        assert ask(visitor, path)[0] == 200
    with time_machine.travel("2026-11-25T09:01Z", tick=False):
        assert ask(visitor, path)[0] == 404


@pytest.mark.parametrize("name", ["instagram", "threads", "google_business"])
def test_a_post_waits_while_the_platform_could_not_fetch_its_files(
    live: LiveServer, clock: StillClock, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ctx = live.context
    made = connect(ctx, name, {"service": "practice"})
    with ctx.database.writing() as tx:  # a real account, whose platform happens to live on this machine
        tx.execute(update(table).where(table.c.id == made.id).values(practice=False))
    hosts = {key: f"{live.url}/practice/{name}/{key}" for key in platform(name).hosts}
    lines = [f"[{name}]", *(f'{key} = "{address}"' for key, address in hosts.items())]
    (ctx.settings.config / "platforms.toml").write_text("\n".join(lines))
    number = post(live, made, photo(live, tmp_path))
    for claimed in dispatch.claim_due(ctx, "w", 5):
        dispatch.send(ctx, claimed)
    held = decisions.delivery(ctx, number)
    assert (held.state, held.reason) == (State.HELD, "files")
    assert "DRUMBEAT_BASE_URL" in held.sentence
    assert live.url in held.sentence
    clock.move(minutes=5)
    assert gate.release(ctx) == 0
    assert practice_store(ctx).feed(name) == []
    monkeypatch.setattr(public_media, "private_reason", lambda _ctx: "")  # the site has got a public address
    clock.move(minutes=5)
    assert gate.release(ctx) == 1
    for claimed in dispatch.claim_due(ctx, "w", 5):
        dispatch.send(ctx, claimed)
    assert decisions.delivery(ctx, number).state in (State.PUBLISHED, State.PENDING), decisions.delivery(ctx, number)
    [shown] = practice_store(ctx).feed(name)
    assert len(shown.images) == 1
