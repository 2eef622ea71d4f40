"""Every address that a connector speaks to can be set in `platforms.toml` and by the environment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import pytest

from scheduler.config import load_settings
from scheduler.platforms.base import Refused
from scheduler.platforms.registry import all_platforms, platform
from tests.platforms import stages
from tests.platforms.stage import MARK, Stage

WITH_HOSTS = [each.name for each in all_platforms() if each.hosts]
TYPED_BY_PEOPLE = {"mastodon", "webhook", "by_hand"}
"""Their addresses are entered with the account."""


def settings_of(folder: Path, environ: Mapping[str, str]) -> Mapping[str, Mapping[str, object]]:
    (folder / "config").mkdir(exist_ok=True)
    given = {"DRUMBEAT_SECRET_KEY": "k", "DRUMBEAT_ENCRYPTION_KEYS": "", **environ}
    return load_settings(given, folder).platforms


def test_every_connector_names_its_addresses() -> None:
    assert {each.name for each in all_platforms() if not each.hosts} <= TYPED_BY_PEOPLE


@pytest.mark.parametrize("name", WITH_HOSTS)
def test_the_environment_sets_every_address(tmp_path: Path, name: str) -> None:
    variables = {f"DRUMBEAT_PLATFORM_{name}_{key}".upper(): f"http://127.0.0.1:9/{key}" for key in platform(name).hosts}
    found = settings_of(tmp_path, variables)
    assert set(found) == {name}, "a name of two words is one name"
    assert found[name] == {key: f"http://127.0.0.1:9/{key}" for key in platform(name).hosts}


@pytest.mark.parametrize("name", stages.names())
def test_nothing_is_asked_of_an_address_that_is_written_in_the_code(name: str) -> None:
    """With every address set to one server, that server alone is spoken to: the others are barred."""
    stage = stages.set_up(name)
    asked: list[str] = []
    try:
        _live_a_little(stage, asked)
    finally:
        stage.server.close()
    assert asked
    assert {re.sub(r"(https?://[^/]+).*", r"\1", url) for url in asked} == {stage.server.origin}


def _live_a_little(stage: Stage, asked: list[str]) -> None:
    session = stage.session()
    request = session.http.request

    def noted(method: str, url: str, **more: object) -> object:
        asked.append(url)
        return request(method, url, **more)  # type: ignore[arg-type]

    session.http.request = noted  # type: ignore[method-assign, assignment]
    stage.platform.check(session)
    for payload in (stage.text, stage.rich):
        stage.platform.publish(session, stage.platform.prepare(session, payload, MARK))
    stage.platform.find(session, stage.text, MARK)
    if stage.renewal:
        stage.platform.refresh(session)
    if stage.platform.capabilities.metrics and stage.numbers is not None:
        with suppress(Refused):  # another platform's form of an id: it was asked, which is all that counts here
            stage.platform.metrics(session, "1001")
