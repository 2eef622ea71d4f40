"""The one process that publishes: APScheduler as the clock, sender threads, and the lock that keeps it single."""
