"""A Page on Facebook: its addresses, and the sign-in that opens it (platform sheet, sections 1 to 3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin

from scheduler.domain.outcome import Forbidden
from scheduler.platforms.addresses import web_address
from scheduler.platforms.base import AppSetup, Connection, CredentialField, Profile, Refused, Session, Way
from scheduler.platforms.meta import FACEBOOK_GRAPH, FACEBOOK_PAGES, RUPLOAD, VERSION, Graph, config_of, safe
from scheduler.platforms.meta_login import DATA_ACCESS_MS, FacebookLogin

LABEL = "Facebook"
VIDEO_GRAPH = "https://graph-video.facebook.com"
NEEDED = ("pages_show_list", "pages_read_engagement", "pages_manage_posts")
SCOPES = (*NEEDED, "pages_manage_engagement", "read_insights")
APP = AppSetup(
    name="facebook",
    register_url="https://developers.facebook.com/apps/",
    steps=(
        "Open Meta for Developers and create an app of the type Business.",
        "Add the product Facebook Login. In its settings enter this address under Valid OAuth Redirect URIs: "
        "{redirect_uri}",
        "Under App settings, Basic, copy App ID and App secret, and switch the app to Live.",
        "People with a role on the app can connect the Pages that they manage at once.",
    ),
    review="For Pages of people who have no role on your app, Meta asks for App Review of each permission and for "
    "Business Verification.",
    fields=(CredentialField("client_id", "App ID"), CredentialField("client_secret", "App secret", secret=True)),
)
WAY = Way(
    "page",
    "Sign in with Facebook",
    "You sign in at Facebook, allow what is asked, and choose which of your Pages are connected. Leave everything "
    "ticked there. You need the right to create content on the Page.",
    redirects=True,
    app=APP,
    scopes=SCOPES,
)
_PAGE_FIELDS = "id,name,username,picture"
_MAY_POST = frozenset({"CREATE_CONTENT", "MANAGE"})


def login_of(session: Session) -> FacebookLogin:
    """Return the sign-in with Facebook."""
    version = config_of(session, "version", VERSION)
    pages = f"{config_of(session, 'login', FACEBOOK_PAGES)}/{version}"
    return FacebookLogin(LABEL, _address(session, "api", FACEBOOK_GRAPH), pages, SCOPES, NEEDED)


def graph_of(session: Session, host: str = "api") -> Graph:
    """Return the API as the Page; `host` "video" for the bytes of videos."""
    default = VIDEO_GRAPH if host == "video" else FACEBOOK_GRAPH
    return Graph(session, LABEL, _address(session, host, default), session.credentials.get("access_token", ""))


def upload_address(session: Session, video: str) -> str:
    """Return where the bytes of a reel or a story go. It is ours to know: an answer never says where a token goes."""
    version = config_of(session, "version", VERSION)
    return f"{config_of(session, 'upload', RUPLOAD)}/video-upload/{version}/{safe(video)}"


def permalink(session: Session, said: object, remote_id: str) -> str:
    """Return the address of a post for readers; Facebook gives a path for videos, and sometimes nothing."""
    web = config_of(session, "web", FACEBOOK_PAGES)
    return web_address(urljoin(f"{web}/", said) if isinstance(said, str) and said else f"{web}/{remote_id}")


def pages_of(user: Graph, scopes: str) -> list[Connection]:
    """Return every Page on which the person may post. Raises `Refused`."""
    fields = f"{_PAGE_FIELDS},tasks,access_token"
    entries = list(user.walk("me/accounts", {"fields": fields, "limit": "100"}))
    named = [page for page in entries if isinstance(page.get("access_token"), str) and page.get("id")]
    found = [page for page in named if _may_post(page)]
    if not found:
        sentence = (
            "Facebook named no Page on which you may post. Sign in as somebody with the right to create content, and "
            "tick the Page on Facebook's page. A Page that belongs to a business portfolio has to be assigned to you."
        )
        raise Refused(Forbidden(sentence=sentence))
    dies_at = str(user.session.clock.now_ms() + DATA_ACCESS_MS)
    return [
        Connection(
            profile_of(page),
            {
                "access_token": page["access_token"],
                "page_id": str(page.get("id") or ""),
                "scopes": scopes,
                "dies_at": dies_at,
            },
        )
        for page in found
    ]


def read_page(session: Session) -> Profile:
    """Ask Facebook who the Page is now. Raises `Refused`."""
    graph = graph_of(session)
    page = graph.ask("GET", safe(session.credentials.get("page_id", "")), {"fields": _PAGE_FIELDS})
    if not page.get("id"):
        raise Refused(Forbidden(sentence="Facebook does not show this Page to us. Connect it again."))
    return profile_of(page)


def profile_of(page: Mapping[str, Any]) -> Profile:
    """Return who a Page is."""
    picture = page.get("picture")
    data = picture.get("data") if isinstance(picture, dict) else None
    avatar = data.get("url") if isinstance(data, dict) else ""
    number, name, handle = (str(page.get(key) or "") for key in ("id", "name", "username"))
    link = f"{FACEBOOK_PAGES}/{handle or number}"
    return Profile(number, name or handle or number, handle or name, link, web_address(avatar))


def _may_post(page: Mapping[str, Any]) -> bool:
    tasks = page.get("tasks")
    return not isinstance(tasks, list) or bool(_MAY_POST.intersection(str(task) for task in tasks))


def _address(session: Session, host: str, default: str) -> str:
    return f"{config_of(session, host, default)}/{config_of(session, 'version', VERSION)}"
