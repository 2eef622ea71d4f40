"""Discord channels, through a webhook or a bot."""

from scheduler.platforms.connectors.discord.connector import Discord

PLATFORM = Discord()
