"""What a redirect may say: its two addresses, and that it leads to its end in one step."""

from __future__ import annotations

import pytest

from scheduler.domain.redirects import Redirect, Ways, clean_target, problems_of, source_path, target_problem

HOSTS = ("shop.example.org",)


@pytest.mark.parametrize(
    ("typed", "path"),
    [
        ("/old/", "/old"),
        ("/old", "/old"),
        (" /old/page.html ", "/old/page.html"),
        ("/caf%C3%A9/", "/café"),
        ("https://www.clinic.example/2019/05/hips/", "/2019/05/hips"),
        ("/a?b=1#c", "/a"),
        ("/", "/"),
        ("", ""),
        ("old", ""),
        ("//evil.example", ""),
        ("/\\evil.example", ""),
        ("/%5Cevil.example", ""),
        ("/%2F/x", ""),
        ("/a/../b", ""),
        ("/a\r\nSet-Cookie: x", ""),
        ("/a%0d%0aSet-Cookie: x", ""),
        ("/%ff", ""),
        ("https://[", ""),
    ],
)
def test_old_addresses(typed: str, path: str) -> None:
    assert source_path(typed) == path


@pytest.mark.parametrize(
    "target",
    [
        "", "new", "//evil.example/", "/\\evil.example", "\\\\evil.example", "https:evil.example",
        "https:/evil.example",
        "https:///evil.example", "http://shop.example.org/", "javascript:alert(1)", "data:text/html,x", "/a\r\nX: y",
        "/a\tb", "https://evil.example/",
        "https://shop.example.org.evil.example/",
        "https://shop.example.org@evil.example/",
        "https://user@shop.example.org/", "https://shop.example.org:444/", "https://shop.example.org\\@evil.example/",
        "https://[", "/a/../../b", "/" + "a" * 600, "/%0d%0aX: y", "/%5Cevil.example", "/\u202eevil",
    ],
)  # fmt: skip
def test_refused_targets(target: str) -> None:
    assert target_problem(target, 301, HOSTS)


@pytest.mark.parametrize("target", ["/", "/blog/new/", "/blog/new/?a=1#b", "https://shop.example.org/x", "/caf%C3%A9/"])
def test_allowed_targets(target: str) -> None:
    assert target_problem(target, 302, HOSTS) == ""


def test_gone_leads_nowhere() -> None:
    assert target_problem("", 410, HOSTS) == "" and target_problem("/x/", 410, HOSTS)


def test_our_own_address_becomes_a_path() -> None:
    assert clean_target("https://Clinic.example/blog/x/?a=1#b", "clinic.example") == "/blog/x/?a=1#b"
    assert clean_target("https://other.example/x", "clinic.example") == "https://other.example/x"


def test_no_chain_and_no_loop() -> None:
    others = {"/one": "/two/", "/gone": ""}
    assert Ways(others).chain_problem(Redirect("/two", "/two/")) == "leads to itself"
    assert "leads on to /two/" in Ways(others).chain_problem(Redirect("/zero", "/one/?a=1"))
    assert "nothing" in Ways(others).chain_problem(Redirect("/zero", "/gone/"))
    assert "/one leads to /two already" in Ways(others).chain_problem(Redirect("/two", "/three/"))
    assert Ways(others).chain_problem(Redirect("/zero", "/two/")) == ""


def test_every_problem_at_once() -> None:
    problems = problems_of(Redirect("", "//evil.example", 307), "no path", Ways({}), ())
    assert [problem.field for problem in problems] == ["source", "status", "target"]
