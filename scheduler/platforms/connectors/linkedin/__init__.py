"""LinkedIn, for members and for organizations."""

from scheduler.platforms.connectors.linkedin.connector import LinkedIn

PLATFORM = LinkedIn()
