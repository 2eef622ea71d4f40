"""Signing in at Meta: our app there, the code for a token of an hour, that for one of 60 days (sheet, 2 and 3)."""

from __future__ import annotations

from collections.abc import Mapping

from scheduler.domain.outcome import Forbidden, Outcome, Rejected, Unauthorized
from scheduler.platforms.answers import Reader, attempt
from scheduler.platforms.base import AppSetup, CredentialField, Credentials, Refused, Session
from scheduler.platforms.connectors.threads.graph import ask, base, error_of, outcome_of, reader_of
from scheduler.platforms.http import Answer
from scheduler.platforms.oauth import Provider, credentials_of

LOGIN = "https://threads.net"
SCOPES = (
    "threads_basic",
    "threads_content_publish",
    "threads_manage_replies",
    "threads_read_replies",
    "threads_manage_insights",
    "threads_delete",
)
NEEDED = SCOPES[:2]
"""Without these nothing can be posted; the others are for replies, numbers and taking down."""

APP = AppSetup(
    "threads",
    "https://developers.facebook.com/apps/",
    (
        "Create an app at Meta for developers and choose the use case “Access the Threads API”.",
        "Open the use case and add the permissions " + ", ".join(SCOPES) + ".",
        "Under its settings enter {redirect_uri} as redirect callback URL, and as uninstall and delete callback too.",
        "Under App roles add your own profile as a Threads tester, then accept the invitation in the settings of "
        "Threads, under Website permissions.",
        "Copy the Threads app ID and the Threads app secret; they are not those of the Meta app.",
    ),
    review="Profiles that are no testers of the app need Meta's App Review and business verification first.",
    fields=(
        CredentialField("client_id", "Threads app ID"),
        CredentialField("client_secret", "Threads app secret", secret=True),
    ),
)


def provider(session: Session) -> Provider:
    """Return how Threads does OAuth."""
    login = str(session.config.get("login", LOGIN)).rstrip("/")
    return Provider(
        "Threads",
        f"{login}/oauth/authorize",
        f"{base(session)}/oauth/access_token",
        SCOPES,
        pkce=False,
        separator=",",
        refusal=_token_refusal,
    )


def granted(session: Session) -> str:
    """Return the permissions that the person really gave, as one text. Raises `Refused` without those to post."""
    token = {"input_token": session.credentials["access_token"]}
    try:
        data = ask(session, "GET", "debug_token", token).get("data")
    except Refused:
        data = None
    scopes = data.get("scopes") if isinstance(data, dict) else None
    if not isinstance(scopes, list):  # not known: what is missing shows when it is needed
        return " ".join(SCOPES)
    missing = [scope for scope in NEEDED if scope not in scopes]
    if missing:
        sentence = (
            f"You did not allow {' and '.join(missing)} at Threads. Start again and leave everything switched on."
        )
        raise Refused(Forbidden(sentence=sentence))
    return " ".join(scope for scope in SCOPES if scope in scopes)


def _token_refusal(reader: Reader, answer: Answer) -> Outcome | None:
    """Return what a refusal of a token call means: whatever does not pass by itself ends the sign-in."""
    if not error_of(answer) or answer.status >= 500:
        return None
    outcome = outcome_of(reader, answer)
    if not isinstance(outcome, Rejected):
        return outcome
    sentence = "Threads no longer accepts the sign-in. Connect the account again."
    return Unauthorized(sentence=sentence, evidence=outcome.evidence)


def long_lived(session: Session, path: str, fields: Mapping[str, str]) -> Credentials:
    """Return the credentials of a token for 60 days. Raises `Refused`."""
    reader, token = reader_of(session).harmless(), session.credentials["access_token"]
    params = {**fields, "access_token": token}
    result = attempt(lambda: session.http.request("GET", f"{base(session)}/{path}", params=params))
    if not isinstance(result, Answer) or not result.ok:
        own = _token_refusal(reader, result) if isinstance(result, Answer) else None
        raise Refused(own or reader.outcome_of(result))
    kept = credentials_of(result.object(), session.clock.now_ms())
    if "access_token" not in kept:
        raise Refused(reader.unreadable(result))
    # Without a renewal nothing outlives the token: the person has to sign in again when it ends.
    return kept | ({"dies_at": kept["expires_at"]} if "expires_at" in kept else {})
