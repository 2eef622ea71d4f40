"""An imitation of LinkedIn: sign-in, versioned REST calls, uploads by PUT, posts of a member and of an organization.

The addresses that stand for the real ones, each below `/practice/linkedin/`:

- `login`: https://www.linkedin.com (`login/oauth/v2/authorization`, `login/oauth/v2/accessToken`, `.../revoke`,
  `.../introspectToken`)
- `api`: https://api.linkedin.com (`api/rest/posts`, `api/v2/userinfo`)
- `web`: https://www.linkedin.com for readers (`web/feed/update/<urn>/`)

Upload addresses stand in the answers, as at LinkedIn. Every practice account is a member (`urn:li:person:m<id>`) who
administers one organization (`urn:li:organization:<id>`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint

from scheduler.practice.accounts import PracticeAccount, PracticeCredentials
from scheduler.practice.feed import LinkCard, PracticeImage, PracticePost, media_path, page_card, shown
from scheduler.practice.media import PracticeMediaLibrary
from scheduler.practice.network import PracticeNetwork, Surroundings
from scheduler.practice.networks.linkedin.server import ALL_SCOPES, LinkedInImitation, sign_in
from scheduler.practice.networks.linkedin.wire import organization_of
from scheduler.practice.posts import StoredPost
from scheduler.practice.richtext import mastodon_html

if TYPE_CHECKING:
    from scheduler.practice.store import PracticeStore


class LinkedInNetwork(PracticeNetwork):
    """LinkedIn: accounts are opened by a sixty-day token."""

    name = "linkedin"
    label = "LinkedIn"
    collections = ("", "comment")

    def blueprint(self, store: PracticeStore, surroundings: Surroundings) -> Blueprint:
        """Return the server."""
        return LinkedInImitation(store).blueprint()

    def credentials(self, store: PracticeStore, account: PracticeAccount, password: str) -> PracticeCredentials:
        """Return a sign-in of the member with every right, for the organization."""
        more = sign_in(store).credentials(account, ALL_SCOPES) | {"author": organization_of(account)}
        path, token = f"/practice/{self.name}/api", more["access_token"]
        return PracticeCredentials(account.id, path, account.handle, access_token=token, more=more)

    def permalink_path(self, account: PracticeAccount, public_id: str) -> str:
        """Return the address as LinkedIn forms it."""
        return f"/practice/linkedin/web/feed/update/{public_id}/"

    def show(self, post: StoredPost, account: PracticeAccount, media: PracticeMediaLibrary) -> PracticePost:
        """Show text, attachments or the article; above them who speaks and what LinkedIn cut off."""
        body, attached = post.body, media.of_post(post.id)
        text = str(body["shown"])
        found = [(attached[urn], alt) for urn, alt in body.get("assets", []) if urn in attached]
        images = tuple(PracticeImage(media_path(self.name, one), alt, one.kind) for one, alt in found)
        article = body.get("article")
        thumbnail = attached.get(article.get("thumbnail", "")) if article else None
        card = None
        if article:
            picture = media_path(self.name, thumbnail) if thumbnail else ""
            title = article.get("title") or article["source"]
            card = page_card(LinkCard(article["source"], title, article.get("description", ""), picture))
            images = ()
        return shown(post, account, (text, mastodon_html(text), str(body["note"])), (images, card))


NETWORK = LinkedInNetwork()
