"""A visitor who means harm: made-up hosts and headers, proxies, guesses, races, and numbers that fit nowhere."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from sqlalchemy import event

from scheduler.domain.delivery import State
from scheduler.domain.problem import Invalid
from scheduler.services.accounts.practice import practice_store
from scheduler.services.context import Context
from scheduler.services.operations import users as people
from scheduler.services.operations.users import create_owner, create_token, hash_token, new_setup_link
from scheduler.storage import users
from scheduler.storage.users import User
from scheduler.web.login import LONGEST_MS, SINCE
from tests.support.clock import StillClock
from tests.support.house import OWNER_EMAIL, OWNER_PASSWORD, Visitor, furnish, the_app
from tests.support.posts import write_article

PUBLIC = ("/", "/blog/", "/blog/knee/", "/no/page", "/healthz", "/favicon.svg", "/static/manifest.json", "/x/none")
FOR_THIS_MACHINE = (
    ("GET", "/metrics"),
    ("GET", "/practice/bluesky/xrpc/com.atproto.server.describeServer"),
    ("POST", "/practice/bluesky/xrpc/com.atproto.server.createSession"),
    ("GET", "/practice/mastodon/api/v2/instance"),
    ("POST", "/practice/webhook/clinic"),
)
THROUGH_A_PROXY = (
    {"X-Forwarded-For": "203.0.113.9"},
    {"X-Forwarded-For": "127.0.0.1"},
    {"Forwarded": "for=127.0.0.1"},
    {"X-Real-IP": "127.0.0.1"},
    {"Via": "1.1 proxy"},
    {"X-Forwarded-Proto": "https"},
    {"CF-Connecting-IP": "203.0.113.9"},
    {"Host": "www.ferrystreet.example"},
)


@pytest.fixture
def public_house(tmp_path: Path) -> Iterator[Context]:
    """A house whose site is public: a proxy on the same machine forwards to it."""
    environ = {"DRUMBEAT_BASE_URL": "https://www.ferrystreet.example"}
    with furnish(tmp_path, clock=StillClock(), environ=environ) as made:
        yield made


@pytest.fixture
def public_app(public_house: Context) -> Flask:
    """The application on `public_house`."""
    return the_app(public_house)


def visitor(app: Flask) -> Visitor:
    made = app.test_client()
    assert isinstance(made, Visitor)
    return made


def test_no_public_page_carries_the_session_of_whoever_looks(
    context: Context, owner_client: Visitor, client: Visitor
) -> None:
    write_article(context, "knee")
    for path in PUBLIC:
        with owner_client.get(path) as mine, client.get(path) as anybodys:
            assert mine.data == anybodys.data, path
            for answer in (mine, anybodys):
                assert "Set-Cookie" not in answer.headers, path
                assert "Cookie" not in answer.headers.get("Vary", ""), path


def test_the_admin_keeps_the_session_alive(owner_client: Visitor) -> None:
    assert "drumbeat=" in owner_client.get("/admin/").headers["Set-Cookie"]


def test_no_header_or_parameter_changes_a_public_page(context: Context, client: Visitor) -> None:
    write_article(context, "knee")
    plain = client.get("/blog/knee/").data
    for header in ("X-Forwarded-Host", "X-Forwarded-Proto", "X-Original-URL", "X-Rewrite-URL", "Forwarded", "Cookie"):
        assert client.get("/blog/knee/", headers={header: "evil.example/<script>"}).data == plain
    assert client.get("/blog/knee/?utm_source=<script>&preview=1&draft=1&framed=1").data == plain


@pytest.mark.parametrize("headers", THROUGH_A_PROXY, ids=str)
def test_nobody_behind_a_proxy_reaches_what_is_for_this_machine(public_app: Flask, headers: dict[str, str]) -> None:
    for method, path in FOR_THIS_MACHINE:
        answer = visitor(public_app).open(path, method=method, headers={"Host": "127.0.0.1:8000", **headers})
        assert answer.status_code == (401 if path == "/metrics" else 404), path
        assert "drumbeat_" not in answer.text


def test_nobody_on_the_network_reaches_the_practice_networks(public_app: Flask) -> None:
    path = "/practice/bluesky/xrpc/com.atproto.server.describeServer"
    here = {"Host": "127.0.0.1:8000"}
    outside = {"REMOTE_ADDR": "203.0.113.9"}
    assert visitor(public_app).get(path, headers=here, environ_base=outside).status_code == 404
    assert visitor(public_app).get(path, headers=here).status_code == 200


def test_the_owner_sees_practice_pictures_through_a_proxy(context: Context, app: Flask, owner_client: Visitor) -> None:
    account = practice_store(context).create_account("bluesky", "clinic", "Clinic")
    seen = {"X-Forwarded-For": "203.0.113.9"}
    picture = f"/practice/bluesky/avatar/{account.identifier}.png"
    assert visitor(app).get(picture, headers=seen).status_code == 404
    with owner_client.get(picture, headers=seen) as shown:
        assert (shown.status_code, shown.mimetype) == (200, "image/png")
    assert owner_client.post("/practice/webhook/clinic", headers=seen).status_code == 404


def test_a_forged_address_does_not_get_more_guesses(
    client: Visitor, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people, "log_in", lambda *_: None)

    def guess(number: int, email: str) -> int:
        headers = dict.fromkeys(("X-Forwarded-For", "X-Real-IP", "Forwarded"), f"203.0.113.{number}")
        return client.post("/admin/login", data={"email": email, "password": "x"}, headers=headers).status_code

    assert [guess(n, f" {OWNER_EMAIL.upper()} ") for n in range(9)] == [422] * 8 + [429]
    assert [guess(n, f"somebody{n}@ferrystreet.example") for n in range(24)][-1] == 429


def test_the_answer_to_a_wrong_login_is_the_same_for_everybody(client: Visitor, owner: User) -> None:
    def page(email: str) -> str:
        text = client.post("/admin/login", data={"email": email, "password": "wrong password"}).text
        # A token holds the second in which it was signed, so it differs whenever the clock ticks between two pages.
        return re.sub(r"[\w-]{20,}\.[\w-]{6}\.[\w-]{20,}", "a token", text.replace(email, ""))

    assert page(OWNER_EMAIL) == page("nobody@ferrystreet.example")


def test_a_wrong_address_costs_as_much_as_a_wrong_password(
    client: Visitor, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    verified: list[str] = []
    hasher = people._hasher

    class Counting:
        def verify(self, known: str, password: str) -> bool:
            verified.append(known.split("$")[3])
            return hasher.verify(known, password)

    monkeypatch.setattr(people, "_nobodys_hash", lambda: hasher.hash("x"))
    monkeypatch.setattr(people, "_hasher", Counting())
    for email in (OWNER_EMAIL, "nobody@ferrystreet.example"):
        client.post("/admin/login", data={"email": email, "password": "wrong password"})
    assert len(verified) == 2
    assert len(set(verified)) == 1


def test_a_session_given_to_somebody_before_the_login_is_not_theirs_after_it(client: Visitor, owner: User) -> None:
    with client.session_transaction() as session:
        session["planted"] = "by somebody"
    token = client.csrf_token()
    client.post("/admin/login", data={"email": OWNER_EMAIL, "password": OWNER_PASSWORD})
    with client.session_transaction() as session:
        assert "planted" not in session
    assert client.csrf_token() != token


def test_a_session_ends_after_a_while_however_much_it_is_used(owner_client: Visitor, clock: StillClock) -> None:
    for _ in range(LONGEST_MS // (10 * 86_400_000) - 1):
        clock.move(days=10)
        assert owner_client.get("/admin/").status_code == 200
    clock.move(days=11)
    assert owner_client.get("/admin/").status_code == 302


def test_a_session_without_its_beginning_is_none(owner_client: Visitor) -> None:
    with owner_client.session_transaction() as session:
        del session[SINCE]
    assert owner_client.get("/admin/").status_code == 302


def test_a_forged_session_is_none(client: Visitor, app: Flask, owner: User) -> None:
    app.secret_key, real = "a guess", app.secret_key
    serializer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert serializer
    client.set_cookie("drumbeat", str(serializer.dumps({"_user_id": f"{owner.id}.0", SINCE: 2**60})))
    app.secret_key = real
    assert client.get("/admin/").status_code == 302


def test_two_browsers_with_one_set_up_link_make_one_owner(context: Context) -> None:
    token = new_setup_link(context).removeprefix("/setup/")
    both, made, refused = threading.Barrier(2), [], []

    def create(number: int) -> None:
        both.wait()
        try:
            email = f"owner{number}@ferrystreet.example"
            made.append(create_owner(context, token, email=email, name="Alex", password="a long enough password"))
        except Invalid as error:
            refused.append(str(error))

    threads = [threading.Thread(target=create, args=[number]) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(made), len(refused)) == (1, 1)


def test_the_set_up_link_is_spent_in_one_step(context: Context) -> None:
    token = new_setup_link(context).removeprefix("/setup/")
    with context.database.writing() as tx:
        said: list[str] = []
        event.listen(tx, "before_cursor_execute", lambda _c, _cursor, statement, *_: said.append(statement))
        spent = [users.use_link(tx, purpose="setup", token_hash=hash_token(token), now=0) for _ in range(2)]
    assert spent == [True, False]
    assert all("used_at IS NULL" in statement for statement in said if statement.startswith("UPDATE"))


def test_guessing_set_up_links_costs_no_password_hash(client: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "_hasher", None)
    form = {"name": "Alex", "email": "alex@ferrystreet.example", "password": "a long enough password"}
    codes = [client.post(f"/setup/guess{n}", data=form).status_code for n in range(21)]
    assert codes == [422] * 20 + [429]


def test_guessing_preview_links_is_throttled_and_tells_nothing(client: Visitor) -> None:
    answers = [client.get(f"/preview/guess{n}") for n in range(61)]
    assert {answer.status_code for answer in answers[:60]} == {404}
    assert answers[60].status_code == 429
    assert all(answer.headers["Cache-Control"] == "no-store, private" for answer in answers)


def test_guessing_short_links_makes_nobody_wait(
    context: Context, client: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(_: object) -> None:
        raise AssertionError("a guess must not ask for the right to write")

    monkeypatch.setattr(type(context.database), "writing", forbidden)
    for code in ("abcdefgh", "'", "%00", "x" * 5000, "%", "..%2f"):
        assert client.get(f"/x/{code}").status_code == 404


def test_numbers_that_no_database_holds_are_no_error(owner_client: Visitor) -> None:
    places = (
        "/admin/deliveries/{}", "/admin/accounts/{}", "/admin/teasers/{}", "/admin/queue/?account={}",
        "/admin/calendar/?account={}", "/admin/media/?page={}", "/admin/articles/?page={}", "/blog/page/{}/",
        "/blog/tag/running/?page={}", "/admin/practice/bluesky?limit={}", "/admin/practice/bluesky?account={}",
    )  # fmt: skip
    for number in ("9" * 30, str(2**63), "-1", "0", "1" * 400):
        for place in places:
            assert owner_client.get(place.format(number)).status_code < 500, place.format(number)


def test_no_word_of_a_search_is_read_as_sql(owner_client: Visitor) -> None:
    names = ("q", "find", "show", "account", "state", "date", "page", "kind", "status", "category", "sort")
    for word in ("\x00", "a\x00b", "%", "'", '"', "*", "a OR b", "NEAR(", "due_at; DROP TABLE x", "\u202e"):
        for path in ("media/", "articles/", "teasers/articles", "queue/"):
            answer = owner_client.get(f"/admin/{path}", query_string=dict.fromkeys(names, word))
            assert answer.status_code < 500, (path, word)


def test_crooked_addresses_are_nothing(client: Visitor) -> None:
    for path in ("//[x", "/[x", "//evil.example/..", "/\x00", "/blog/\x00/", "/static/../manifest.json", "/\\evil"):
        answer = client.get("/", environ_overrides={"PATH_INFO": path})
        assert answer.status_code in (308, 404), path
        assert answer.headers.get("Location", "http://localhost/").startswith("http://localhost/"), path


def test_crooked_hosts_are_refused(client: Visitor) -> None:
    for host in ("[", "[::1", "a b", "localhost:x", "localhost@evil.example", "evil.example/localhost", ""):
        assert client.get("/admin/login", headers={"Host": host}).status_code == 400, host


def test_a_token_opens_the_metrics_through_a_proxy(public_house: Context, public_app: Flask) -> None:
    token = create_token(public_house, name="Watcher", scopes=["read"])
    headers = {"Authorization": f"Bearer {token}", "X-Forwarded-For": "203.0.113.9", "Host": "www.ferrystreet.example"}
    answer = visitor(public_app).get("/metrics", headers=headers)
    assert (answer.status_code, State.SCHEDULED in answer.text) == (200, True)


def test_cookies_of_a_public_site_go_over_https_only(public_app: Flask) -> None:
    page = visitor(public_app).get("/admin/login", base_url="https://www.ferrystreet.example")
    assert {"Secure", "HttpOnly", "SameSite=Lax"} <= set(page.headers["Set-Cookie"].split("; "))
