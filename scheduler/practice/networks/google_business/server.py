"""The servers behind Google Business Profile, each under the key of its address."""

from __future__ import annotations

from collections.abc import Callable

import regex
from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as AnyResponse

from scheduler.practice.accounts import PracticeAccount
from scheduler.practice.answers import log_exchanges, note_switch
from scheduler.practice.google_answers import GoogleRefusal, exhausted, refusal_answer, service_disabled
from scheduler.practice.google_sign_in import GoogleApi, GoogleSignIn
from scheduler.practice.network import Surroundings
from scheduler.practice.networks.google_business.performance import Performance
from scheduler.practice.networks.google_business.places import NETWORK_NAME, SCOPE, Places
from scheduler.practice.networks.google_business.posts import HOST, LocalPosts
from scheduler.practice.pictures import serve_pictures, to_feed
from scheduler.practice.rates import Budget
from scheduler.practice.store import PracticeStore
from scheduler.practice.switches import FailureSwitch

API = GoogleApi(NETWORK_NAME, "Google Business Profile", (SCOPE,))
SERVICES = {
    "accounts": ("My Business Account Management API", "mybusinessaccountmanagement.googleapis.com"),
    "information": ("My Business Business Information API", "mybusinessbusinessinformation.googleapis.com"),
    "api": ("Google My Business API", HOST),
    "performance": ("Business Profile Performance API", "businessprofileperformance.googleapis.com"),
}
REQUESTS_PER_MINUTE = 300
_POSTS = r"v4/accounts/([^/]+)/locations/([^/]+)/localPosts"

Handler = Callable[..., Response]


class GoogleBusinessImitation:
    """Sign-in, quotas and routes; what the calls do stands in places, posts and performance."""

    def __init__(self, store: PracticeStore, surroundings: Surroundings) -> None:
        """Serve the locations of `store`."""
        self._store = store
        self.sign_in = GoogleSignIn(store, API)
        places = Places(store, self._signed_in)
        posts = LocalPosts(store, places, surroundings.fetch_media)
        self._routes: list[tuple[str, str, str, Handler]] = [
            ("accounts", "GET", r"v1/accounts", places.accounts),
            ("information", "GET", r"v1/accounts/([^/]+)/locations", places.locations),
            ("api", "POST", _POSTS, posts.create),
            ("api", "GET", _POSTS, posts.listing),
            ("api", "GET", rf"{_POSTS}/([^/:]+)", posts.show),
            ("api", "PATCH", rf"{_POSTS}/([^/:]+)", posts.change),
            ("api", "DELETE", rf"{_POSTS}/([^/:]+)", posts.delete),
            (
                "performance",
                "GET",
                r"v1/locations/([^/:]+):fetchMultiDailyMetricsTimeSeries",
                Performance(store, places).daily,
            ),
        ]

    def blueprint(self) -> Blueprint:
        """Return the blueprint, to be mounted at `/practice/google_business`."""
        blueprint = Blueprint("practice_google_business", __name__, url_prefix=f"/practice/{NETWORK_NAME}")
        hosts = ",".join(SERVICES)
        methods = ["GET", "POST", "PATCH", "PUT", "DELETE"]
        blueprint.add_url_rule(f"/<any({hosts}):host>/<path:call>", "api", self._call, methods=methods)
        blueprint.add_url_rule("/web/place", "post", self._visit)
        self.sign_in.mount(blueprint)
        serve_pictures(blueprint, self._store, NETWORK_NAME)
        log_exchanges(blueprint, self._store, NETWORK_NAME)
        return blueprint

    def _call(self, host: str, call: str) -> Response:
        for key, verb, pattern, handler in self._routes:
            found = regex.fullmatch(pattern, call)
            if key == host and verb == request.method and found:
                try:
                    return handler(*found.groups())
                except GoogleRefusal as refusal:
                    return refusal_answer(refusal)
        return _nowhere()

    def _signed_in(self) -> PracticeAccount:
        account = self.sign_in.signed_in(SCOPE)
        label, host = SERVICES[request.path.split("/")[3]]
        switch = self._store.switches.take(account.id, FailureSwitch.MISCONFIGURED_APP)
        if switch is not None:
            note_switch(switch)
            # The posts' own API answers with a quota of nothing until Google approves the application form.
            raise exhausted(host, 0) if host == HOST else service_disabled(label, host)
        if self._store.rates.spend(Budget(f"google_business-{host}", REQUESTS_PER_MINUTE, 60), "project").exceeded:
            raise exhausted(host, REQUESTS_PER_MINUTE)
        return account

    def _visit(self) -> AnyResponse:
        account = self._store.accounts.find(NETWORK_NAME, request.args.get("id", ""))
        post = self._store.posts.get(account.id, "", request.args.get("lpsid", "")) if account else None
        return to_feed(NETWORK_NAME, post.id) if post else _nowhere()


def _nowhere() -> Response:
    """Return what Google's front door says of an address that none of its APIs knows: a page, not JSON."""
    page = "<!DOCTYPE html><html lang=en><title>Error 404 (Not Found)!!1</title><p>The requested URL was not found on"
    return Response(f"{page} this server.</html>", 404, mimetype="text/html")
