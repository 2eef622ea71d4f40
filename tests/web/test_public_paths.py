"""The catalogue of public paths: everything that a visitor can reach is in it, and nothing else."""

from __future__ import annotations

from flask import Flask

from scheduler.services.context import Context
from scheduler.web.public import every_path
from tests.support.house import Visitor
from tests.support.posts import bring_samples, write_article


def test_every_path_is_there_and_answers(app: Flask, context: Context, client: Visitor) -> None:
    bring_samples(context)
    for number in range(12):
        write_article(context, f"knee-{number}", categories=["Care/Knee"], tags=["Knee"], author="sam-rivers")
    write_article(context, "hidden", status="draft", categories=["Secret"], tags=["Secret"])
    write_article(context, "later", status="scheduled", date="2027-01-01T09:00:00-05:00", categories=["Later"])
    paths = list(every_path(app, context))
    for path in paths:
        assert client.get(path).status_code == 200, path
    assert {"/", "/blog/", "/blog/page/2/", "/blog/category/care/knee/?page=2", "/blog/tag/knee/?page=2"} <= set(paths)
    assert len(paths) == len(set(paths))
    assert not [path for path in paths if "hidden" in path or "secret" in path or "later" in path]
