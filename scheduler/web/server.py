"""The web server process: gunicorn with threads where it runs, waitress elsewhere."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable
from typing import Any

from flask import Flask

from scheduler.app import create_app
from scheduler.services.context import Context
from scheduler.web.prerendered import prerendered
from scheduler.web.upkeep import Upkeep
from scheduler.web.watch import Watch

THREADS = 8
STOP_SECONDS = 10


def serve(context: Context) -> None:
    """Serve until SIGTERM or SIGINT. One process with threads: limits and caches are kept in memory."""
    app = create_app(context)
    settings = context.settings
    watch, upkeep = Watch(context), Upkeep(context)

    def begin() -> None:
        watch.start()
        upkeep.start()
        prerendered(app).fresh.watch()

    if os.name != "posix":
        from waitress import serve as waitress_serve

        begin()
        waitress_serve(app, host=settings.host, port=settings.port, threads=THREADS)
        upkeep.stop()
        return
    _Gunicorn(app, f"{settings.host}:{settings.port}", begin, upkeep.stop).run()


class _Gunicorn:
    """Gunicorn without its command line."""

    def __init__(self, app: Flask, address: str, begin: Callable[[], None], end: Callable[[], None]) -> None:
        from gunicorn.app.base import BaseApplication

        class Application(BaseApplication):
            def load_config(self) -> None:
                for key, value in _options(address).items():
                    self.cfg.set(key, value)
                # In the process that serves: no thread outlives the fork before it.
                self.cfg.set("post_worker_init", lambda _worker: begin())
                self.cfg.set("worker_exit", lambda _server, _worker: end())

            def load(self) -> Any:
                return app

        self._application: Any = Application()

    def run(self) -> None:
        gc.freeze()  # what is there now is shared with the process that serves; looking it through would copy it
        self._application.run()


def _options(address: str) -> dict[str, Any]:
    return {
        "bind": address,
        "workers": 1,
        "threads": THREADS,
        "worker_class": "gthread",
        "timeout": 0,
        "graceful_timeout": STOP_SECONDS,
        "keepalive": 5,
        "loglevel": "warning",
        "worker_tmp_dir": "/dev/shm" if os.path.isdir("/dev/shm") else None,  # noqa: PTH112, S108
    }
