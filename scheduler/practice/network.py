"""What one imitated network declares, so that accounts, feed and pages need not know it by name."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Blueprint

from scheduler.practice.accounts import PracticeAccount, PracticeCredentials, PracticeError
from scheduler.practice.feed import DescribeLink, PracticePost
from scheduler.practice.media import PracticeMediaLibrary
from scheduler.practice.posts import StoredPost

if TYPE_CHECKING:
    from scheduler.practice.store import PracticeStore

FetchMedia = Callable[[str], bytes | None]
"""Fetches the file at an address of our own public media, as a platform would; None when nobody outside could."""
_PLAIN_HANDLE = re.compile(r"[a-z0-9_]{1,30}")


@dataclass(frozen=True)
class Surroundings:
    """What the imitations may know of the site they serve: they fetch nothing from the internet."""

    describe_link: DescribeLink
    fetch_media: FetchMedia


class PracticeNetwork(ABC):
    """One imitated network. Everything of it is served below `/practice/<name>/`.

    An address that `config/platforms.toml` names for the platform (`api`, say) is served at `/practice/<name>/<key>`.
    """

    name: str
    label: str
    collections: tuple[str, ...] = ("",)
    """The collections of `PracticePosts` whose entries are posts and stand in the feed."""

    @abstractmethod
    def blueprint(self, store: PracticeStore, surroundings: Surroundings) -> Blueprint:
        """Return the blueprint, its prefix `/practice/<name>` included."""

    @abstractmethod
    def show(self, post: StoredPost, account: PracticeAccount, media: PracticeMediaLibrary) -> PracticePost:
        """Return a stored post as the feed page shows it."""

    def checked_handle(self, wish: str) -> str:
        """Return the handle that a person asked for as the network writes it. Raises PracticeError."""
        handle = wish.strip().removeprefix("@").lower()
        if not _PLAIN_HANDLE.fullmatch(handle):
            raise PracticeError(f"handle: “{wish}” may hold 1 to 30 of a-z, 0-9 and underscore.")
        return handle

    def new_public_id(self, number: int) -> str:
        """Return the network's own id of a new account; `number` was never given before."""
        return str(number)

    def new_password(self) -> str:
        """Return the password of a new account, "" where it has none; only its hash is kept."""
        return ""

    def new_secret(self) -> str:
        """Return a secret of a new account that the network itself has to read again, "" where there is none."""
        return ""

    @abstractmethod
    def credentials(self, store: PracticeStore, account: PracticeAccount, password: str) -> PracticeCredentials:
        """Return what connects a new account."""

    def permalink_path(self, account: PracticeAccount, public_id: str) -> str:
        """Return the path of a post's own address."""
        return f"/practice/{self.name}/{account.handle}/posts/{public_id}"
