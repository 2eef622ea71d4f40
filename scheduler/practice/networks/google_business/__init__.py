"""An imitation of Google Business Profile: one practice account is one location of a business.

Served below `/practice/google_business/`, each key for a real address:

- `login` https://accounts.google.com (authorize page `/o/oauth2/v2/auth`)
- `token` https://oauth2.googleapis.com (`/token`, `/revoke`)
- `accounts` https://mybusinessaccountmanagement.googleapis.com (`/v1/accounts`)
- `information` https://mybusinessbusinessinformation.googleapis.com (`/v1/accounts/{A}/locations`)
- `api` https://mybusiness.googleapis.com (`/v4/accounts/{A}/locations/{L}/localPosts`)
- `performance` https://businessprofileperformance.googleapis.com (`/v1/locations/{L}:fetchMultiDailyMetricsTimeSeries`)
- `web` https://local.google.com (readers' pages, `searchUrl`)

Every person owns a verified location and a second one that is not verified and may not post. A photo that cannot be
fetched is refused at once (PHOTO_FETCH_FAILED); one that is too small, too large or no JPEG or PNG, and words with a
web address or phone number in them, are accepted and rejected by the review. Profile photos, recurring posts and the
numbers of single posts (which Google has switched off) are not imitated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint
from markupsafe import Markup

from scheduler.practice.accounts import PracticeAccount, PracticeCredentials
from scheduler.practice.feed import LinkCard, PracticeImage, PracticePost, media_path, page_card, shown
from scheduler.practice.google_sign_in import GoogleSignIn
from scheduler.practice.media import PracticeMediaLibrary
from scheduler.practice.network import PracticeNetwork, Surroundings
from scheduler.practice.networks.google_business.places import NETWORK_NAME, account_number
from scheduler.practice.networks.google_business.server import API, GoogleBusinessImitation
from scheduler.practice.posts import StoredPost
from scheduler.practice.richtext import mastodon_html

if TYPE_CHECKING:
    from scheduler.practice.store import PracticeStore

BUTTONS = {
    "BOOK": "Book",
    "ORDER": "Order online",
    "SHOP": "Buy",
    "LEARN_MORE": "Learn more",
    "SIGN_UP": "Sign up",
    "CALL": "Call now",
}
OFFER_WORDS = {"couponCode": "Coupon code", "redeemOnlineUrl": "Redeem online", "termsConditions": "Terms"}


class GoogleBusinessNetwork(PracticeNetwork):
    """Google Business Profile: locations are opened by a Google sign-in."""

    name = NETWORK_NAME
    label = "Google Business Profile"

    def blueprint(self, store: PracticeStore, surroundings: Surroundings) -> Blueprint:
        """Return the servers."""
        return GoogleBusinessImitation(store, surroundings).blueprint()

    def credentials(self, store: PracticeStore, account: PracticeAccount, password: str) -> PracticeCredentials:
        """Return a sign-in and the verified location."""
        more = GoogleSignIn(store, API).credentials(account)
        place = {"account": f"accounts/{account_number(account)}", "location": f"locations/{account.public_id}"}
        path = f"/practice/{self.name}"
        return PracticeCredentials(
            account.id, path, account.handle, access_token=more["access_token"], more=more | place
        )

    def permalink_path(self, account: PracticeAccount, public_id: str) -> str:
        """Return the address as the imitation's `searchUrl` has it."""
        return f"/practice/{self.name}/web/place?id={account.public_id}&use=posts&lpsid={public_id}"

    def show(self, post: StoredPost, account: PracticeAccount, media: PracticeMediaLibrary) -> PracticePost:
        """Show the words, the event or offer, the photo and the button."""
        wanted = post.body["post"]
        text = str(wanted.get("summary", ""))
        facts = [*_event_words(wanted.get("event")), *_offer_words(wanted.get("offer"))]
        html = mastodon_html(text) + Markup("").join(Markup('<p class="muted">{}</p>').format(fact) for fact in facts)
        photos = tuple(
            PracticeImage(media_path(self.name, one), "", "image") for one in media.of_post(post.id).values()
        )
        refused = "Google’s review rejects this post." if post.body["state"] == "REJECTED" else ""
        return shown(post, account, (text, html, refused), (photos, _button(wanted)))


def _button(wanted: dict[str, Any]) -> Any:
    action = wanted.get("callToAction")
    if not action or wanted.get("topicType") == "OFFER":
        return None
    return page_card(LinkCard(str(action.get("url", "")), BUTTONS[action["actionType"]]))


def _event_words(event: dict[str, Any] | None) -> list[str]:
    if not event:
        return []
    schedule = event["schedule"]
    return [f"{event['title']}: {_when(schedule, 'start')} to {_when(schedule, 'end')}"]


def _when(schedule: dict[str, Any], side: str) -> str:
    day, time = schedule[f"{side}Date"], schedule.get(f"{side}Time")
    words = "-".join(f"{int(day[part]):02}" for part in ("year", "month", "day"))
    return f"{words} {int(time.get('hours', 0)):02}:{int(time.get('minutes', 0)):02}" if time else words


def _offer_words(offer: dict[str, Any] | None) -> list[str]:
    return [f"{label}: {offer[name]}" for name, label in OFFER_WORDS.items() if offer and offer.get(name)]


NETWORK = GoogleBusinessNetwork()
