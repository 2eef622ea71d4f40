"""The authors of the site: one file each, `posts/_authors/<key>.yaml`."""

from __future__ import annotations

from scheduler.content import yaml_tree
from scheduler.content.article_file import decode
from scheduler.content.fields import Fields
from scheduler.content.links import link_problem
from scheduler.content.yaml_tree import Broken, Items, LineProblem, Table
from scheduler.domain.article import Author

FOLDER = "_authors"


def read(data: bytes, key: str) -> Author:
    """Return the author that a file says; `key` is the file's name. Raises `Broken` with every problem.

    `links` is a list of tables with `label` and `href`; `photo` is the id of an asset; `bio` is Markdown.
    """
    tree = yaml_tree.parse(decode(data))
    if not isinstance(tree, Table):
        raise Broken(LineProblem(1, "the file must be lines like name: Jane Doe"))
    problems: list[LineProblem] = []
    fields = Fields(tree, problems)
    author = Author(
        key=key,
        name=fields.needed("name", 200),
        role=fields.text("role", longest=200),
        bio=fields.text("bio", longest=10_000),
        phone=fields.text("phone", longest=40),
        photo=fields.asset("photo"),
        links=_links(fields),
    )
    if problems:
        raise Broken(*problems)
    return author


def _links(fields: Fields) -> tuple[tuple[str, str], ...]:
    node = fields.node("links")
    if node is None:
        return ()
    entries = node.items if isinstance(node, Items) else ()
    links = [_link(Fields(entry, fields.problems)) for entry in entries if isinstance(entry, Table)]
    if len(links) != len(entries) or not isinstance(node, Items):
        fields.fault("links", "must be a list; each entry has a label: and an href:")
    return tuple(links)


def _link(entry: Fields) -> tuple[str, str]:
    label, href = entry.needed("label", 200), entry.needed("href", 2000)
    if href and (problem := link_problem(href)):
        entry.fault("href", problem)
    return label, href
