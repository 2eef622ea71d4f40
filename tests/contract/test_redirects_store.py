"""What both databases promise about redirects, their counts, and the addresses that were looked for in vain."""

from __future__ import annotations

import pytest

from scheduler.domain.redirects import Redirect
from scheduler.storage import redirects
from scheduler.storage.engine import Database

NOW = 1_800_000_000_000


def test_put_again_replaces(database: Database) -> None:
    with database.writing() as tx:
        redirects.put(tx, Redirect("/b", "/one/"), NOW)
        redirects.put(tx, Redirect("/a", "", 410, "by hand"), NOW)
        redirects.put(tx, Redirect("/b", "/two/", 302), NOW + 1)
        redirects.count_hits(tx, {"/b": 2, "/alias": 1}, NOW)
        redirects.count_hits(tx, {"/b": 3}, NOW + 5)
    with database.reading() as tx:
        first, second = redirects.every(tx)
        found = redirects.by_source(tx, "/b")
        assert first.redirect == Redirect("/a", "", 410, "by hand") and first.hits == 0
        assert second == found and found is not None
        assert (found.redirect.target, found.redirect.status, found.created_at) == ("/two/", 302, NOW)
        assert (found.hits, found.last_at) == (5, NOW + 5)
        assert redirects.hits(tx)["/alias"] == (1, NOW)
        assert redirects.get(tx, found.id) == found and redirects.by_source(tx, "/B") is None
    with database.writing() as tx:
        assert redirects.remove(tx, "/b") and not redirects.remove(tx, "/b")
        assert redirects.hits(tx).keys() == {"/alias"}


def test_what_was_looked_for_in_vain_is_counted_and_capped(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redirects, "MOST_MISSED", 3)
    with database.writing() as tx:
        redirects.count_missed(tx, {"/often": 9, "/old": 1}, NOW)
        redirects.count_missed(tx, {"/often": 1, "/new": 1, "/newer": 1}, NOW + 1)
    with database.reading() as tx:
        assert [(m.path, m.hits) for m in redirects.missed(tx, 10)] == [("/often", 10), ("/new", 1), ("/newer", 1)]
        assert redirects.missed(tx, 1)[0].first_at == NOW and redirects.missed(tx, 1)[0].last_at == NOW + 1
        assert [m.path for m in redirects.missed(tx, 1, 1)] == ["/new"] and redirects.missed_total(tx) == 3
    with database.writing() as tx:
        redirects.forget_missed(tx, ["/often"])
        assert redirects.missed_total(tx) == 2
        redirects.forget_missed(tx, None)
        assert redirects.missed_total(tx) == 0
