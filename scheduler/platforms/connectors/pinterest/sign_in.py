"""Signing in at Pinterest: our app there, and tokens that change with every renewal (platform sheet, sections 2, 3)."""

from __future__ import annotations

from scheduler.domain.outcome import Forbidden, Misconfigured, Outcome, Unauthorized
from scheduler.platforms.answers import Reader
from scheduler.platforms.base import AppSetup, CredentialField, Credentials, Refused, Session
from scheduler.platforms.connectors.pinterest.wire import VERSION, base, code_of
from scheduler.platforms.http import Answer
from scheduler.platforms.oauth import Provider

LOGIN = "https://www.pinterest.com"
SCOPES = ("boards:read", "boards:write", "pins:read", "pins:write", "user_accounts:read")
"""Pinterest wants all four of boards and pins for making a pin."""
_SPENT = frozenset({281, 283})

APP = AppSetup(
    "pinterest",
    "https://developers.pinterest.com/apps/",
    (
        "Sign in with a business account, choose Connect app and fill in the form.",
        "When the app is there, open it and enter {redirect_uri} as redirect link, letter for letter.",
        "Copy the app ID and the app secret key.",
        "Ask for standard access: with trial access Pinterest lets the app read, and make no pins.",
    ),
    review="For standard access Pinterest wants a video that shows the sign-in and a pin being made by your app.",
    fields=(
        CredentialField("client_id", "App ID"),
        CredentialField("client_secret", "App secret key", secret=True),
    ),
)


def provider(session: Session) -> Provider:
    """Return how Pinterest does OAuth."""
    login = str(session.config.get("login", LOGIN)).rstrip("/")
    return Provider(
        "Pinterest",
        f"{login}/oauth/",
        f"{base(session)}/{VERSION}/oauth/token",
        SCOPES,
        auth_method="client_secret_basic",
        pkce=False,
        separator=",",
        refusal=_token_refusal,
    )


def require_rights(credentials: Credentials) -> None:
    """Raise `Refused` when the person or the app's settings left a right out that pins need."""
    missing = [scope for scope in SCOPES if scope not in credentials.get("scopes", "").split()]
    if missing:
        sentence = f"Pinterest did not grant {', '.join(missing)}. Start again and allow everything that is asked for."
        raise Refused(Forbidden(sentence=sentence))


def _token_refusal(reader: Reader, answer: Answer) -> Outcome | None:
    """Return what a refusal of the token endpoint means: a dead grant, or an app that is not registered so."""
    code = code_of(answer)
    if code is None or answer.status not in (400, 401, 403):
        return None
    evidence = reader.evidence(answer)
    if code in _SPENT:
        sentence = "Pinterest no longer accepts the sign-in. Connect the account again."
        return Unauthorized(sentence=sentence, evidence=evidence)
    sentence = (
        "Pinterest does not accept this installation's app ID, secret key or redirect link. Compare them with what is "
        "registered there."
    )
    return Misconfigured(sentence=sentence, evidence=evidence)
