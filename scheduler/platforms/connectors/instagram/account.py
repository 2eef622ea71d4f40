"""An Instagram account: its two sign-ins, what each one can call, and the codes that only Instagram answers.

Source: the platform sheet of Instagram, sections 1, 2 and 6.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scheduler.domain.outcome import Forbidden, NotSent, Outcome, Unauthorized
from scheduler.platforms import oauth
from scheduler.platforms.addresses import web_address
from scheduler.platforms.answers import Reader
from scheduler.platforms.base import (
    AppSetup,
    Connection,
    CredentialField,
    Credentials,
    Profile,
    Refused,
    Session,
    Way,
)
from scheduler.platforms.http import Answer
from scheduler.platforms.meta import FACEBOOK_GRAPH, FACEBOOK_PAGES, VERSION, Codes, Graph, Kind, config_of, safe
from scheduler.platforms.meta_login import DATA_ACCESS_MS, FacebookLogin

LABEL = "Instagram"
GRAPH = "https://graph.instagram.com"
TOKENS = "https://api.instagram.com"
PAGES = "https://www.instagram.com"
INSTAGRAM, FACEBOOK = "instagram", "facebook"
NEEDED = ("instagram_business_basic", "instagram_business_content_publish")
SCOPES = (*NEEDED, "instagram_business_manage_comments", "instagram_business_manage_insights")
FACEBOOK_NEEDED = ("instagram_basic", "instagram_content_publish", "pages_show_list", "pages_read_engagement")
FACEBOOK_SCOPES = (*FACEBOOK_NEEDED, "instagram_manage_comments", "instagram_manage_insights")
CODES: Codes = {
    **dict.fromkeys((-1, 2_207_001, 2_207_032, 2_207_053), Kind.TROUBLE),
    **dict.fromkeys((-2, 9004, 9007, 2_207_003, 2_207_008, 2_207_020, 2_207_027, 2_207_052), Kind.AGAIN),
    **dict.fromkeys((9, 2_207_042), Kind.LIMIT),
    **dict.fromkeys((25, 2_207_050, 2_207_051), Kind.BLOCKED),
    **dict.fromkeys((24, 2_207_006), Kind.RIGHT),
    **dict.fromkeys((36_000, 36_001, 36_003, 36_004, 2_207_004, 2_207_005, 2_207_009, 2_207_010), Kind.CONTENT),
    **dict.fromkeys((2_207_023, 2_207_026, 2_207_028, 2_207_035, 2_207_036, 2_207_037, 2_207_040), Kind.CONTENT),
    **dict.fromkeys((2_207_057, 2_207_077, 2_207_081, 2_207_082), Kind.CONTENT),
}
_APP_FIELDS = (CredentialField("client_id", "App ID"), CredentialField("client_secret", "App secret", secret=True))
_REVIEW = "For accounts of people who have no role on your app, Meta asks for App Review and Business Verification."
INSTAGRAM_WAY = Way(
    INSTAGRAM,
    "Sign in with Instagram",
    "For a professional account (business or creator); no Facebook Page is needed. The sign-in lasts 60 days and is "
    "renewed by itself.",
    redirects=True,
    app=AppSetup(
        name="instagram",
        register_url="https://developers.facebook.com/apps/",
        steps=(
            "Open Meta for Developers, create an app of the type Business and add the product Instagram.",
            "Choose API setup with Instagram login. Under Business login settings enter this redirect address, which "
            "Instagram only takes when it begins with https: {redirect_uri}",
            "Copy Instagram app ID and Instagram app secret from the same page; they differ from those of the app.",
            "Under App roles, add your account as an Instagram tester, and accept it in Instagram's settings.",
        ),
        review=_REVIEW,
        fields=_APP_FIELDS,
    ),
    scopes=SCOPES,
)
FACEBOOK_WAY = Way(
    FACEBOOK,
    "Sign in with Facebook",
    "For a professional account that is linked to a Facebook Page. Posts can be deleted from here too. Leave "
    "everything ticked on Facebook's page.",
    redirects=True,
    app=AppSetup(
        name="facebook",
        register_url="https://developers.facebook.com/apps/",
        steps=(
            "Open Meta for Developers and create an app of the type Business.",
            "Add the products Facebook Login and Instagram. In the settings of Facebook Login enter this address under "
            "Valid OAuth Redirect URIs: {redirect_uri}",
            "Under App settings, Basic, copy App ID and App secret, and switch the app to Live.",
        ),
        review=_REVIEW,
        fields=_APP_FIELDS,
    ),
    scopes=FACEBOOK_SCOPES,
)
_FIELDS = "user_id,username,name,profile_picture_url"


def graph_of(session: Session) -> Graph:
    """Return the API as the account, on the host of its sign-in."""
    kept = session.credentials
    base = facebook_address(session) if by_facebook(kept) else _address(session)
    return Graph(session, LABEL, base, kept.get("access_token", ""), CODES, by_facebook(kept))


def by_facebook(credentials: Credentials) -> bool:
    """Return whether the account signed in with Facebook."""
    return credentials.get("login") == FACEBOOK


def facebook_address(session: Session) -> str:
    """Return the address of Facebook's API, with the version."""
    return f"{config_of(session, 'facebook_api', FACEBOOK_GRAPH)}/{config_of(session, 'version', VERSION)}"


def facebook_login(session: Session) -> FacebookLogin:
    """Return the sign-in with Facebook."""
    version = config_of(session, "version", VERSION)
    pages = f"{config_of(session, 'facebook_login', FACEBOOK_PAGES)}/{version}"
    return FacebookLogin("Facebook", facebook_address(session), pages, FACEBOOK_SCOPES, FACEBOOK_NEEDED)


def linked_accounts(user: Graph, scopes: str) -> list[Connection]:
    """Return every Instagram account that is linked to a Page of the person. Raises `Refused`."""
    fields = "id,name,access_token,instagram_business_account{id,username,name,profile_picture_url}"
    pages = user.walk("me/accounts", {"fields": fields, "limit": "100"})
    found = [(page, page.get("instagram_business_account")) for page in pages]
    dies_at = str(user.session.clock.now_ms() + DATA_ACCESS_MS)
    connections = [
        Connection(
            profile_of(account),
            {
                "access_token": str(page["access_token"]),
                "user_id": str(account.get("id")),
                "login": FACEBOOK,
                "scopes": scopes,
                "dies_at": dies_at,
            },
        )
        for page, account in found
        if isinstance(account, dict) and account.get("id") and page.get("access_token")
    ]
    if not connections:
        sentence = (
            "Facebook named no Instagram account. Make the account a professional one, link it to your Page, and tick "
            "both on Facebook's page."
        )
        raise Refused(Forbidden(sentence=sentence))
    return connections


def provider_of(session: Session) -> oauth.Provider:
    """Return how the sign-in with Instagram goes."""
    return oauth.Provider(
        LABEL,
        f"{config_of(session, 'login', PAGES)}/oauth/authorize",
        f"{config_of(session, 'token', TOKENS)}/oauth/access_token",
        SCOPES,
        pkce=False,
        separator=",",
        refusal=_token_refusal,
    )


def signed_in_account(session: Session, answer: Mapping[str, str], kept: Mapping[str, str]) -> Connection:
    """Return the account that signed in with Instagram: its first token lives an hour and is exchanged. Raises
    `Refused`."""
    # Instagram ends the address of the way back with "#_", which is no part of the code.
    cleaned = {name: value.removesuffix("#_") for name, value in answer.items()}
    short = oauth.redeem(provider_of(session), session, cleaned, kept)
    scopes = _granted(short)
    wish = {"grant_type": "ig_exchange_token", "client_secret": session.app.get("client_secret", "")}
    long = lasting_token(session, "access_token", wish, str(short["access_token"]))
    session.credentials = {**long, "login": INSTAGRAM, "scopes": scopes}
    profile = read_account(session)
    return Connection(profile, {**session.credentials, "user_id": profile.remote_id})


def lasting_token(session: Session, path: str, wish: Mapping[str, str], token: str) -> Credentials:
    """Return a token of 60 days, by exchange or by renewal. Raises `Refused`."""
    graph = Graph(session, LABEL, config_of(session, "api", GRAPH), token, CODES, proves=False)
    # Instagram takes the token of these two calls in the address only (sheet, section 2); addresses are not logged.
    said = graph.ask("GET", path, {**wish, "access_token": token})
    kept = oauth.credentials_of(said, session.clock.now_ms())
    if not kept.get("access_token") or not kept.get("expires_at"):
        raise Refused(NotSent(sentence="Instagram gave an answer that cannot be read. It will be tried again."))
    return {name: kept[name] for name in ("access_token", "expires_at", "renew_at")}


def read_account(session: Session) -> Profile:
    """Ask Instagram who the account is now. Raises `Refused`."""
    kept = session.credentials
    if by_facebook(kept):
        fields = "id,username,name,profile_picture_url"
        return profile_of(graph_of(session).ask("GET", safe(kept.get("user_id", "")), {"fields": fields}))
    return profile_of(graph_of(session).ask("GET", "me", {"fields": _FIELDS}))


def profile_of(said: Mapping[str, Any]) -> Profile:
    """Return who an account is."""
    number, name = str(said.get("user_id") or said.get("id") or ""), str(said.get("username") or "")
    if not number:
        raise Refused(NotSent(sentence="Instagram gave an answer that cannot be read. It will be tried again."))
    shown = str(said.get("name") or name or number)
    return Profile(number, shown, f"@{name}", f"{PAGES}/{name}/", web_address(said.get("profile_picture_url")))


def _granted(short: Mapping[str, Any]) -> str:
    given = short.get("permissions")
    scopes = [str(one) for one in given] if isinstance(given, list) else str(given or "").replace(",", " ").split()
    if scopes and (missing := [scope for scope in NEEDED if scope not in scopes]):
        sentence = f"You did not allow {', '.join(missing)}, without which nothing can be posted. Connect again."
        raise Refused(Forbidden(sentence=sentence))
    return " ".join(sorted(scopes or SCOPES))


def _token_refusal(reader: Reader, answer: Answer) -> Outcome | None:
    """Return what a refusal of the token host means: it has a form of its own, and one code for everything."""
    said = answer.object()
    if answer.status >= 500 or "error_type" not in said:
        return None
    words = reader.quoted(str(said.get("error_message") or ""))
    sentence = f"Instagram did not accept the sign-in. Start connecting again; compare app ID and secret too.{words}"
    return Unauthorized(sentence=sentence, evidence=reader.evidence(answer))


def _address(session: Session) -> str:
    return f"{config_of(session, 'api', GRAPH)}/{config_of(session, 'version', VERSION)}"
