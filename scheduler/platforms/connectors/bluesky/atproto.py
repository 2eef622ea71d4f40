"""One Bluesky account's own server (PDS): its sign-in, its calls, and what its errors mean.

The tokens live in the account's credentials beside the app password: `access_jwt` (about 2 hours), `refresh_jwt`
(90 days, replaced at every use), `did` and `pds`. A sign-in by OAuth has `access_token` (an hour), `refresh_token`
(good once) and `dpop_key` instead. Source: the platform sheet of Bluesky, sections 1, 2, 3 and 7.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from scheduler.domain.outcome import Duplicate, Forbidden, NotSent, Outcome, Unauthorized
from scheduler.domain.teaser import MediaItem
from scheduler.platforms.answers import Reader, Result, attempt, secrets_of
from scheduler.platforms.base import Credentials, Refused, Session
from scheduler.platforms.connectors.bluesky import sign_in as by_oauth
from scheduler.platforms.connectors.bluesky.dpop import Prover
from scheduler.platforms.connectors.bluesky.identity import pds_of
from scheduler.platforms.http import Answer

_DEAD_TOKEN = frozenset({"ExpiredToken", "InvalidToken"})
_SIGNED_OUT = _DEAD_TOKEN | {"invalid_token", "AuthenticationRequired", "AuthMissing", "AuthFactorTokenRequired"}
_BARRED = frozenset({"AccountTakedown", "AccountDeactivated", "AccountSuspended"})


PUBLIC_CREDENTIALS = frozenset({"service", "identifier", "did", "pds", "issuer", "token_endpoint", "client_id"}) | {
    "scopes",
    "expires_at",
    "renew_at",
    "dies_at",
}
"""What is kept with the credentials and is no secret: the log may show it, so that an answer can be read."""


class Pds:
    """The account's own server, spoken to as one account."""

    def __init__(self, session: Session, secrets: tuple[str, ...] = ()) -> None:
        self.session = session
        self._secrets = secrets
        key = session.credentials.get("dpop_key", "")
        self._prover = Prover(session, key) if key else None

    @property
    def reader(self) -> Reader:
        """Return the reader of answers; made anew as the secrets change with every refresh."""
        hidden = (value for name, value in self.session.credentials.items() if name not in PUBLIC_CREDENTIALS)
        secrets = secrets_of(self._secrets, hidden)
        return Reader("Bluesky", secrets, self.session.clock.now_ms())

    def hide(self, secret: str) -> None:
        """Keep one more secret out of logs and sentences."""
        self._secrets += (secret,)

    def refused(self, result: Result) -> Refused:
        """Return the error of a call that may be repeated freely."""
        return Refused(outcome_of(self.reader.harmless(), result))

    def get(self, nsid: str, params: Mapping[str, str] | None = None, *, open_to_all: bool = False) -> Answer:
        """Make a query."""
        if open_to_all:
            return self.session.http.request("GET", self._url("pds", nsid), params=params)
        return self._request("GET", nsid, params=params)

    def post(self, nsid: str, body: Mapping[str, Any]) -> Answer:
        """Call a procedure with a JSON body."""
        return self._request("POST", nsid, json=body)

    def upload(self, item: MediaItem) -> dict[str, Any]:
        """Upload a file and return its blob, which goes into the record unchanged."""
        data = self.session.read_media(item.key)
        headers = {"Content-Type": item.mime}

        def call() -> Answer:
            return self._request("POST", "com.atproto.repo.uploadBlob", headers=headers, body=data)

        answer = self.authorised(call)
        if not isinstance(answer, Answer) or not answer.ok:
            raise self.refused(answer)
        blob = answer.object().get("blob")
        if not isinstance(blob, dict):
            raise Refused(self.reader.harmless().unreadable(answer))
        return blob

    def authorised(self, call: Callable[[], Answer]) -> Result:
        """Return the result of a call that may be repeated, after one refresh when the token has run out.

        Not for a sign-in by OAuth: its refresh token is good once, so it is renewed where nobody else does (`refresh`).
        """
        result = attempt(call)
        if self._prover is None and isinstance(result, Answer) and error_name(result) in _DEAD_TOKEN:
            self.refresh()
            result = attempt(call)
        return result

    def tolerated(self, nsid: str, params: Mapping[str, str]) -> dict[str, Any]:
        """Return the answer of a query that we can do without; empty when it fails (a server may not offer it)."""
        result = attempt(lambda: self.get(nsid, params))
        return result.object() if isinstance(result, Answer) and result.ok else {}

    def did_of(self, handle: str) -> str | None:
        """Return the DID of a handle, None when nobody has it."""
        result = attempt(lambda: self.get("com.atproto.identity.resolveHandle", {"handle": handle}))
        if not isinstance(result, Answer):
            raise self.refused(result)
        did = result.object().get("did")
        return did if result.ok and isinstance(did, str) and did.startswith("did:") else None

    def sign_in(self, account: Credentials) -> Answer:
        """Make a session with the app password. Bluesky allows 300 a day: only to connect or when all else is dead."""
        url = f"{account['service']}/xrpc/com.atproto.server.createSession"
        login = {"identifier": account["identifier"], "password": account["password"]}
        self.hide(account["password"])
        answer = attempt(lambda: self.session.http.request("POST", url, json=login))
        if not isinstance(answer, Answer) or not answer.ok:
            raise self.refused(answer)
        self._keep(account, answer)
        return answer

    def refresh(self) -> None:
        """Renew the tokens; when the refresh token is dead too, sign in once with the app password."""
        if self._prover is not None:
            by_oauth.renew(self.session, self._prover)
            return
        url = self._url("service", "com.atproto.server.refreshSession")
        answer = attempt(lambda: self.session.http.request("POST", url, headers=self._bearer("refresh_jwt")))
        if isinstance(answer, Answer) and answer.ok:
            self._keep(self.session.credentials, answer)
            return
        outcome = outcome_of(self.reader.harmless(), answer)
        account = self.session.credentials
        if not isinstance(outcome, Unauthorized) or not account.get("password"):
            raise Refused(outcome)
        self.sign_in(account)

    def require_active(self, answer: Answer) -> None:
        """Raise `Refused` when the platform says that the account cannot publish."""
        state = answer.object()
        if state.get("active") is False:
            status = str(state.get("status") or "not active")
            sentence = f"Bluesky says this account is {status}. Sign in to Bluesky to see what to do."
            raise Refused(Forbidden(sentence=sentence, evidence=self.reader.evidence(answer)))

    def _keep(self, account: Credentials, answer: Answer) -> None:
        """Remember the new tokens durably, and only then use them."""
        data = answer.object()
        did, access, renewal = (data.get(key) for key in ("did", "accessJwt", "refreshJwt"))
        texts = isinstance(did, str) and isinstance(access, str) and isinstance(renewal, str)
        if not texts or not (did and access and renewal):
            raise Refused(self.reader.harmless().unreadable(answer))
        if self.session.remote_id not in ("", did):
            sentence = "This sign-in belongs to another Bluesky account. Connect that one as an account of its own."
            raise Refused(Unauthorized(sentence=sentence, evidence=self.reader.evidence(answer)))
        document = data.get("didDoc")
        named = pds_of(document) if isinstance(document, dict) else ""
        pds = named or account.get("pds") or account["service"]
        kept = {**account, "access_jwt": access, "refresh_jwt": renewal, "did": did, "pds": pds}
        self.session.remember(kept)
        self.session.credentials = kept

    def _request(self, method: str, nsid: str, **content: Any) -> Answer:
        """Call the account's server as the account."""
        url = self._url("pds", nsid)
        if self._prover is not None:
            return self._prover.request(method, url, self.session.credentials["access_token"], **content)
        headers = {**content.pop("headers", {}), **self._bearer("access_jwt")}
        return self.session.http.request(method, url, headers=headers, **content)

    def _url(self, place: str, nsid: str) -> str:
        return f"{self.session.credentials[place]}/xrpc/{nsid}"

    def _bearer(self, token: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.session.credentials[token]}"}


def outcome_of(reader: Reader, result: Result) -> Outcome:
    """Return what a failed call means, by Bluesky's own error names first (sheet, section 7)."""
    if not isinstance(result, Answer):
        return reader.outcome_of(result)
    error, evidence = error_name(result), reader.evidence(result)
    if error in _SIGNED_OUT and result.status < 500:
        sentence = (
            "Bluesky does not accept the sign-in. Connect the account again with its handle and a new app password."
        )
        return Unauthorized(sentence=sentence, evidence=evidence)
    if error in _BARRED:
        sentence = "Bluesky has barred or deactivated this account. Sign in to Bluesky to see what to do."
        return Unauthorized(sentence=sentence, evidence=evidence)
    if error == "use_dpop_nonce":
        sentence = "Bluesky asked for another proof of the sign-in. It will be tried again."
        return NotSent(sentence=sentence, evidence=evidence)
    if error == "InvalidSwap":
        return Duplicate(sentence="Bluesky has a post under this key already. It will be looked up.", evidence=evidence)
    if error == "BlobNotFound":
        sentence = "Bluesky has thrown the uploaded files away. They will be uploaded again."
        return NotSent(sentence=sentence, evidence=evidence)
    return reader.outcome_of(result, str(result.object().get("message") or ""))


def error_name(answer: Answer) -> str:
    return "" if answer.ok else str(answer.object().get("error") or "")
