"""Telegram channels and groups, through a bot of the owner's own."""

from scheduler.platforms.connectors.telegram.connector import Telegram

PLATFORM = Telegram()
