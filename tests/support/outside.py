"""A house whose owner is told outside the app: by mail, by a webhook, or by both."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scheduler.services.context import Context
from tests.support.clock import StillClock
from tests.support.house import furnish

SECRET = "whsec_" + base64.b64encode(b"a key of thirty-two bytes, yes!!").decode()
OWNER = "sam@clinic.example"


@contextmanager
def told_house(
    root: Path, clock: StillClock, *, mail_port: int = 0, webhook: str = "", more: str = "", database: str = ""
) -> Iterator[Context]:
    """Yield a fresh house below `root` that sends mail to `mail_port` of this machine and calls `webhook`."""
    environ = {"DRUMBEAT_NOTICE_WEBHOOK_SECRET": SECRET, "DRUMBEAT_ALLOW_PRIVATE_NETWORK": "1"}
    if mail_port:
        environ["DRUMBEAT_SMTP_URL"] = f"smtp://127.0.0.1:{mail_port}"
    if database:
        environ["DATABASE_URL"] = database
    with furnish(root, clock=clock, environ=environ) as context:
        mail = f'mail_to = ["{OWNER}"]\nmail_from = "drumbeat@clinic.example"\n' if mail_port else ""
        write_rules(context, f'{mail}webhook_url = "{webhook}"\n{more}')
        yield context


def write_rules(context: Context, toml: str) -> None:
    """Write notices.toml anew."""
    (context.settings.config / "notices.toml").write_text(toml, "utf-8")
