"""Threads, by Meta's Threads API."""

from scheduler.platforms.connectors.threads.connector import Threads

PLATFORM = Threads()
