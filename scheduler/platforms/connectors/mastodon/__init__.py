"""Mastodon and the servers that speak its API."""

from scheduler.platforms.connectors.mastodon.connector import Mastodon

PLATFORM = Mastodon()
