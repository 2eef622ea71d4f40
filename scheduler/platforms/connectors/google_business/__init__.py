"""Google Business Profile."""

from scheduler.platforms.connectors.google_business.connector import GoogleBusiness

PLATFORM = GoogleBusiness()
