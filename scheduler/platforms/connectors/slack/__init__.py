"""Slack channels, through a webhook or a bot."""

from scheduler.platforms.connectors.slack.connector import Slack

PLATFORM = Slack()
