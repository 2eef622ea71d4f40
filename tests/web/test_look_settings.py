"""Settings in the browser: the look of the site, its menu and its services."""

from __future__ import annotations

from scheduler.services.context import Context
from tests.support.house import Visitor
from tests.support.html import assert_strict
from tests.web.test_settings import file, shipped, shown

LOOK, LINKS = "/admin/settings/look", "/admin/settings/links"


def links(page: str) -> dict[str, str]:
    return {name: value for name, value in shown(page).items() if name != "csrf_token"}


def test_saving_what_is_shown_changes_nothing(context: Context, owner_client: Visitor) -> None:
    for path in (LOOK, LINKS):
        page = owner_client.get(path).text
        assert_strict(page)
        assert owner_client.post(path, data=shown(page)).location == path
        assert file(context, "site.toml") == shipped("site.toml")


def test_the_look_is_written_and_shown(context: Context, owner_client: Visitor) -> None:
    typed = {**shown(owner_client.get(LOOK).text), "accent": "#7a1f5c", "font": "lora", "corners": "square"}
    assert owner_client.post(LOOK, data=typed).status_code == 302
    theme = context.settings.site.theme
    assert (theme.accent, theme.font, theme.corners, theme.text) == ("#7a1f5c", "lora", "square", "#1b2426")
    comments = [line.partition("  # ")[2] for line in shipped("site.toml").splitlines() if "  # " in line]
    assert [comment for comment in comments if comment not in file(context, "site.toml")] == []


def test_a_colour_that_nobody_can_read_is_refused_beside_its_field(context: Context, owner_client: Visitor) -> None:
    typed = {**shown(owner_client.get(LOOK).text), "accent": "#ffcc00"}
    answer = owner_client.post(LOOK, data=typed)
    assert answer.status_code == 422
    assert 'id="accent-error"' in answer.text and "The nearest that can is #" in answer.text
    assert "1.4 : 1, cannot be read: it takes 4.5" in answer.text
    assert 'value="#ffcc00"' in answer.text, "what was chosen stays"
    assert file(context, "site.toml") == shipped("site.toml")


def test_links_are_changed_added_and_removed_with_their_comments_kept(context: Context, owner_client: Visitor) -> None:
    typed = links(owner_client.get(LINKS).text)
    assert [typed[f"navigation-{n}-label"] for n in range(4)] == ["Articles", "Contact", "", ""]
    typed |= {"navigation-1-label": "Find us", "navigation-3-label": "About", "navigation-3-href": "/about/"}
    typed |= dict.fromkeys((f"services-0-{key}" for key in ("label", "href", "text")), "")
    assert owner_client.post(LINKS, data=typed).status_code == 302
    site = context.settings.site
    assert [(link.label, link.href) for link in site.navigation] == [
        ("Articles", "/blog/"),
        ("Find us", "/#contact"),
        ("About", "/about/"),
    ]
    assert [service.label for service in site.services] == ["Dry needling", "Return to sport"]
    text = file(context, "site.toml")
    assert "# The links in the header, from left to right." in text and "# What the home page offers." in text
    assert links(owner_client.get(LINKS).text)["navigation-2-label"] == "About"


def test_every_link_may_go(context: Context, owner_client: Visitor) -> None:
    typed = links(owner_client.get(LINKS).text)
    emptied = {name: "" if name.startswith(("navigation-", "services-")) else value for name, value in typed.items()}
    assert owner_client.post(LINKS, data=emptied).status_code == 302
    assert (context.settings.site.navigation, context.settings.site.services) == ((), ())
    again = links(owner_client.get(LINKS).text) | {"navigation-0-label": "Back", "navigation-0-href": "/"}
    assert owner_client.post(LINKS, data=again).status_code == 302
    assert context.settings.site.navigation[0].label == "Back"


def test_a_wrong_link_is_told_beside_its_field_though_an_empty_row_stands_before(
    context: Context, owner_client: Visitor
) -> None:
    typed = links(owner_client.get(LINKS).text) | {
        "navigation-0-label": "", "navigation-0-href": "", "navigation-1-href": "javascript:alert(1)",
        "services-3-href": "/x/",
    }  # fmt: skip
    answer = owner_client.post(LINKS, data=typed)
    assert answer.status_code == 422
    for field in ("navigation-1-href", "services-3-label"):
        assert f'id="{field}-error"' in answer.text, field
    assert file(context, "site.toml") == shipped("site.toml")


def test_a_key_that_somebody_wrote_by_hand_is_told_on_top(context: Context, owner_client: Visitor) -> None:
    by_hand = shipped("site.toml").replace("[[navigation]]\n", '[[navigation]]\nhue = "red"\n', 1)
    (context.settings.config / "site.toml").write_text(by_hand)
    typed = links(owner_client.get(LINKS).text) | {"navigation-0-label": "Back"}
    answer = owner_client.post(LINKS, data=typed)
    assert answer.status_code == 422 and "navigation[1].hue: is not a setting" in answer.text
