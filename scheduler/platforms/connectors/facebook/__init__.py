"""Facebook Pages."""

from scheduler.platforms.connectors.facebook.connector import Facebook

PLATFORM = Facebook()
