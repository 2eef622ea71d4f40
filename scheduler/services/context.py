"""What every use case works with: one object that holds the parts, built once per process."""

from __future__ import annotations

from dataclasses import dataclass, replace

from scheduler.clock import Clock, SystemClock
from scheduler.config import LiveConfig, Settings, StillConfig
from scheduler.content.library import ArticleLibrary
from scheduler.media.blobs import BlobStore, LocalBlobStore
from scheduler.platforms.http import Http
from scheduler.services.accounts.vault import Vault
from scheduler.services.visits import Visits
from scheduler.storage.article_search import ArticleSearch
from scheduler.storage.engine import Database, open_database


@dataclass(frozen=True, slots=True)
class Context:
    """The parts of the house, ready for use."""

    config: LiveConfig
    clock: Clock
    database: Database
    articles: ArticleLibrary
    blobs: BlobStore
    http: Http
    vault: Vault
    search: ArticleSearch
    visits: Visits

    @property
    def settings(self) -> Settings:
        """Return the settings in force now."""
        return self.config.settings

    def still(self) -> Context:
        """Return the same with settings that stay as they are known now: for a short piece of work that often asks."""
        return replace(self, config=StillConfig(self.config.known))


def build_context(config: LiveConfig, clock: Clock | None = None) -> Context:
    """Return the context for `config`; nothing is connected or read yet."""
    settings = config.settings
    moment = clock or SystemClock()
    return Context(
        config=config,
        clock=moment,
        database=open_database(settings.database_url),
        articles=ArticleLibrary(settings.posts, moment, settings.data / "articles.index"),
        blobs=LocalBlobStore(settings.data / "media"),
        http=Http(allow_private=settings.allow_private_network, own_origins={settings.local_url, settings.base_url}),
        vault=Vault(settings.encryption_keys),
        search=ArticleSearch(settings.data / "search.db"),
        visits=Visits(),
    )
