"""The two ways to sign in at LinkedIn, with an application and rights of their own (platform sheet, 2 and 3)."""

from __future__ import annotations

from scheduler.platforms.base import AppSetup, Session, Way
from scheduler.platforms.oauth import Provider

LOGIN = "https://www.linkedin.com"
MEMBER_SCOPES = ("openid", "profile", "w_member_social")
ORGANIZATION_SCOPES = (
    "r_basicprofile",
    "rw_organization_admin",
    "w_organization_social",
    "r_organization_social",
    "w_organization_social_feed",
    "r_organization_social_feed",
)
_REGISTER = "https://www.linkedin.com/developers/apps/new"
_MEMBER_STEPS = (
    "Create an application. LinkedIn wants a company page with it; any page of yours will do.",
    "Under Products, add Share on LinkedIn and Sign In with LinkedIn using OpenID Connect. Both are granted at once.",
    "Under Auth, add {redirect_uri} as an authorized redirect URL, exactly as it stands here.",
    "Copy Client ID and Primary Client Secret from the same page.",
)
_ORGANIZATION_STEPS = (
    "Create an application of its own for pages: LinkedIn allows no other product beside this one.",
    "Under Products, ask for the Community Management API and fill in its form.",
    "Under Auth, add {redirect_uri} as an authorized redirect URL, exactly as it stands here.",
    "Copy Client ID and Primary Client Secret from the same page.",
)

WAYS = (
    Way(
        "member",
        "Your own profile",
        "You sign in and posts go out in your name. LinkedIn ends the sign-in after 60 days; you are reminded before.",
        redirects=True,
        app=AppSetup("linkedin", _REGISTER, _MEMBER_STEPS),
        scopes=MEMBER_SCOPES,
    ),
    Way(
        "organization",
        "A company page",
        "You sign in as an administrator of the page. LinkedIn reviews applications for pages first.",
        redirects=True,
        app=AppSetup(
            "linkedin_page",
            _REGISTER,
            _ORGANIZATION_STEPS,
            review="LinkedIn reviews the Community Management API: a registered company, and a screen recording.",
        ),
        scopes=ORGANIZATION_SCOPES,
    ),
)


def provider(session: Session, way: str) -> Provider:
    """Return how a way signs in; LinkedIn's web flow knows no PKCE."""
    login = str(session.config.get("login", LOGIN)).rstrip("/")
    scopes = ORGANIZATION_SCOPES if way == "organization" else MEMBER_SCOPES
    return Provider("LinkedIn", f"{login}/oauth/v2/authorization", f"{login}/oauth/v2/accessToken", scopes, pkce=False)
