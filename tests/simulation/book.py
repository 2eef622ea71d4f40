"""What the platforms really show: every post that went live, by whom and when. The evidence that the judge goes by."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Post:
    """One post on a platform. `live_at` and `visible_at` are true time (UTC ms)."""

    remote_id: str
    code: str
    key: str
    account: int
    live_at: int
    visible_at: int
    refused: bool = False


@dataclass(slots=True)
class Book:
    """All posts of all platforms of a world, and the requests that are still on their way through a platform."""

    posts: list[Post] = field(default_factory=list)
    coming: list[Post] = field(default_factory=list)
    """Accepted, and live (or refused) once its moment has come."""
    keys: dict[tuple[int, str], tuple[Post, int]] = field(default_factory=dict)
    """Account and idempotency key -> the post that it made, and until when (true time) the platform remembers."""

    def live(self, code: str) -> list[Post]:
        """Return the live posts of one delivery."""
        return [post for post in self.posts if post.code == code]

    def on_its_way(self, code: str) -> list[Post]:
        """Return what the platform has accepted of one delivery and not yet shown or refused."""
        return [post for post in self.coming if post.code == code]

    def remembered(self, account: int, key: str, now: int) -> Post | None:
        """Return the post that an idempotency key has made already."""
        post, until = self.keys.get((account, key), (None, 0))
        return post if now < until else None
