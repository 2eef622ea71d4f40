"""The blob store on a folder: keys, whole writes, and no way out of the folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from scheduler.media.blobs import LocalBlobStore


@pytest.fixture
def store(tmp_path: Path) -> LocalBlobStore:
    """Return an empty store."""
    return LocalBlobStore(tmp_path / "media")


def test_what_is_put_can_be_read(store: LocalBlobStore, tmp_path: Path) -> None:
    (tmp_path / "source").write_bytes(b"from a file")
    store.put_bytes("renditions/a/one.webp", b"bytes")
    store.put_file("renditions/a/two.webp", tmp_path / "source")
    assert store.read("renditions/a/one.webp") == b"bytes"
    assert store.path("renditions/a/two.webp").read_bytes() == b"from a file"
    store.put_bytes("renditions/a/one.webp", b"others")
    assert store.read("renditions/a/one.webp") == b"others"


def test_deleting_twice_is_harmless_and_leaves_no_folder(store: LocalBlobStore) -> None:
    store.put_bytes("renditions/a/one.webp", b"bytes")
    store.delete("renditions/a/one.webp")
    store.delete("renditions/a/one.webp")
    assert not store.exists("renditions/a/one.webp")
    assert not (store.root / "renditions/a").exists()
    with pytest.raises(FileNotFoundError):
        store.read("renditions/a/one.webp")


@pytest.mark.parametrize(
    "key", ["", "../x", "a/../../x", "/etc/passwd", "a//b", ".hidden", "a/.b", "A", "a\\b", "a\0b"]
)
def test_malformed_keys_are_refused(store: LocalBlobStore, key: str) -> None:
    for act in (store.read, store.delete, store.exists, store.path):
        with pytest.raises(ValueError, match="not a key"):
            act(key)


def test_links_lead_nowhere(store: LocalBlobStore, tmp_path: Path) -> None:
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret/file").write_text("secret")
    store.put_bytes("a/b", b"bytes")
    (store.root / "link").symlink_to(tmp_path / "secret/file")
    (store.root / "folder").symlink_to(tmp_path / "secret")
    for key in ("link", "folder/file"):
        with pytest.raises(FileNotFoundError):
            store.read(key)
    with pytest.raises(ValueError, match="leads out"):
        store.put_bytes("folder/new", b"bytes")


def test_a_failed_write_leaves_the_old_bytes_and_no_rubbish(store: LocalBlobStore, tmp_path: Path) -> None:
    store.put_bytes("a/b", b"old")
    with pytest.raises(FileNotFoundError):
        store.put_file("a/b", tmp_path / "absent")
    with pytest.raises(TypeError):
        store.put_bytes("a/b", "not bytes")  # type: ignore[arg-type]
    assert store.read("a/b") == b"old"
    assert [path.name for path in (store.root / "a").iterdir()] == ["b"]
