"""The API on both databases: kept answers, pages and texts that a database could stumble over."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from scheduler.services.context import Context
from scheduler.storage.engine import Database
from tests.support.api import Program, errors
from tests.support.clock import StillClock
from tests.support.house import furnish, the_app
from tests.support.newsroom import add_account


@pytest.fixture
def context(tmp_path: Path, database: Database) -> Iterator[Context]:
    """A house whose database is one of the two."""
    url = database.engine.url.render_as_string(hide_password=False)
    with furnish(tmp_path, clock=StillClock(), environ={"DATABASE_URL": url}) as made:
        yield made


def test_a_day_of_a_program(context: Context) -> None:
    program = Program(the_app(context), context, "admin")
    sky = add_account(context, "bluesky", "Clinic")
    body = {"text": "Hips “tired” \U0001f9d8 \u202e %s ' \\ \"", "accounts": [sky.id], "when": {"queue": "next"}}
    first = program.post("/teasers", body, key="k")
    assert (first.status_code, program.post("/teasers", body, key="k").data) == (201, first.data)
    assert (first.json or {})["text"] == body["text"]
    assert "text" in errors(program.post("/teasers", body | {"text": "a\x00b"}, key="n"))
    made = [(program.post("/teasers", body, key=str(n)).json or {})["deliveries"][0]["id"] for n in range(3)]
    seen, path = [], "/deliveries?limit=1&state=scheduled&since=2026-01-01T00:00:00Z&until=2027-06-01T00:00:00Z"
    while path:
        page = program.get(path).json
        assert page
        seen += [each["id"] for each in page["items"]]
        path = page["next"]
    assert seen == [(first.json or {})["deliveries"][0]["id"], *made]
    for resource in ("articles", "assets", "accounts", "teasers"):
        assert program.get(f"/{resource}?limit=1").status_code == 200
    assert program.get("/assets?words=a&kind=photo").status_code == 200
    for strange in (
        "/assets/a%00b",
        "/articles/a%00b",
        "/assets?words=%00",
        "/articles?words=%00",
        "/deliveries?account=%00",
    ):
        assert program.get(strange).status_code in (404, 422), strange
    assert program.post(f"/deliveries/{made[0]}/cancellation", key="c").status_code == 200
    assert program.delete(f"/accounts/{sky.id}").status_code == 204
