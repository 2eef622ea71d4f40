"""How much of the last 24 hours' quota a profile has used (platform sheet, section 6)."""

from __future__ import annotations

from scheduler.domain.outcome import Throttled
from scheduler.platforms.base import Refused, Session
from scheduler.platforms.connectors.threads.graph import ask

_HOUR_MS = 3_600_000


def read_quota(session: Session) -> dict[str, int]:
    """Return how many posts and replies of the last 24 hours count, and how many may; {} when it is not known."""
    names = "quota_usage,config,reply_quota_usage,reply_config"
    try:
        said = ask(session, "GET", "me/threads_publishing_limit", {"fields": names})
    except Refused:
        return {}
    entries = said.get("data")
    entry = entries[0] if isinstance(entries, list) and entries and isinstance(entries[0], dict) else {}
    config, reply_config = entry.get("config"), entry.get("reply_config")
    read = {
        "posts_used": entry.get("quota_usage"),
        "posts_total": config.get("quota_total") if isinstance(config, dict) else None,
        "replies_used": entry.get("reply_quota_usage"),
        "replies_total": reply_config.get("quota_total") if isinstance(reply_config, dict) else None,
    }
    return {name: value for name, value in read.items() if isinstance(value, int)}


def require_quota(session: Session, kind: str) -> None:
    """Raise `Refused` when the profile may post no more for now: a container would be made in vain."""
    quota = read_quota(session)
    used, total = quota.get(f"{kind}_used", 0), quota.get(f"{kind}_total", 1)
    if used >= total:
        sentence = f"The profile has used up its {total} {kind} in 24 hours on Threads. The post waits."
        raise Refused(Throttled(sentence=sentence, until=session.clock.now_ms() + _HOUR_MS))
