"""The server of the browser tests closes what it opened, whatever the browser does, and leaves no thread behind."""

from __future__ import annotations

import gc
import socket
import struct
import threading
import weakref
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from scheduler.web.assets import STATIC
from tests.support.house import furnish, the_app
from tests.support.live import serve

RESET = struct.pack("ii", 1, 0)
ICONS = next(STATIC.glob("icons-*.svg"))
TRIES = 8
"""The server looks for a hundredth of a second whether the browser says more: a reset has to meet just that."""


def load_and_reset(url: str) -> None:
    """Load the icons as a browser does, and break the line right after the last byte."""
    host, port = urlsplit(url).hostname, urlsplit(url).port
    with socket.create_connection((str(host), int(str(port)))) as line:
        line.sendall(f"GET /static/{ICONS.name} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode())
        got, size = b"", ICONS.stat().st_size
        while len(got.partition(b"\r\n\r\n")[2]) < size:
            got += line.recv(65_536)
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)


def test_a_browser_that_breaks_the_line_leaves_no_file_open(tmp_path: Path) -> None:
    gc.disable()  # what is left open would be closed, with a warning, in some other test
    try:
        with serve(tmp_path) as live:
            for _ in range(TRIES):
                load_and_reset(live.url)
        assert [file.path for file in psutil.Process().open_files() if file.path == str(ICONS)] == []
    finally:
        gc.enable()


def test_no_thread_outlives_the_server_not_even_one_of_a_line_that_says_nothing(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    with serve(tmp_path) as live, socket.create_connection(("127.0.0.1", int(str(urlsplit(live.url).port)))) as line:
        line.send(b"G")
        load_and_reset(live.url)
    assert set(threading.enumerate()) - before == set()


def test_a_house_that_is_over_is_forgotten_with_its_practice_networks(tmp_path: Path) -> None:
    """A thousand houses that something global keeps are a thousand open files, and a gigabyte."""
    with furnish(tmp_path) as context:
        kept = weakref.ref(the_app(context).blueprints["practice_bluesky"])
    gc.collect()
    assert kept() is None
