"""The composer over HTTP: drafts, checks, scheduling, and everything without JavaScript."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from werkzeug.datastructures import MultiDict

from scheduler.domain.account import Account, AccountState
from scheduler.domain.delivery import Delivery, State
from scheduler.domain.teaser import payload_from_json
from scheduler.services.context import Context
from scheduler.services.library.assets import add_asset
from scheduler.services.planning import compose, drafts
from scheduler.services.planning.compose import Submission, TeaserInput
from scheduler.storage import accounts, deliveries, listings, teasers
from tests.support.clock import StillClock
from tests.support.house import Visitor
from tests.support.newsroom import DRAFT, NEEDLING, add_account, write_articles
from tests.support.pictures import camera_jpeg

NEW_YORK = "America/New_York"


@pytest.fixture(autouse=True)
def _articles(context: Context) -> None:
    write_articles(context)


@pytest.fixture
def sky(context: Context) -> Account:
    return add_account(context, "bluesky", "Clinic")


@pytest.fixture
def toot(context: Context) -> Account:
    return add_account(context, "mastodon", "Clinic")


@pytest.fixture
def photos(context: Context, tmp_path: Path) -> list[str]:
    found = []
    for number, alt in enumerate(("A runner at dawn", "Shoes on a bench")):
        file = tmp_path / f"{number}.jpg"
        file.write_bytes(camera_jpeg(600 + number, 400))
        found.append(add_asset(context, file, file.name, alt).asset.id)
    return found


def form(*accounts: Account, **changes: Any) -> MultiDict[str, str]:
    values: dict[str, Any] = {
        "key": "form-1", "text": "Read this.", "article": NEEDLING, "when": "next", "zone": NEW_YORK,
        "date": "2026-11-24", "time": "10:00", "accounts": [str(account.id) for account in accounts],
        "do": "schedule",
    }  # fmt: skip
    return MultiDict(values | changes)


def all_deliveries(context: Context) -> list[Delivery]:
    with context.database.reading() as tx:
        return listings.search(tx)


def autosave(owner_client: Visitor, data: MultiDict[str, str], status: int = 200) -> dict[str, Any]:
    answer = owner_client.post("/admin/teasers/autosave", data=data)
    assert answer.status_code == status
    said: dict[str, Any] = answer.get_json()
    return said


def count_teasers(context: Context) -> int:
    with context.database.reading() as tx:
        return len(teasers.listing(tx))


def flashed(owner_client: Visitor) -> str:
    return owner_client.get("/admin/teasers/").text


# Opening -------------------------------------------------------------------------------------------------------------


def test_the_composer_opens_with_the_articles_text_and_the_only_account(owner_client: Visitor, sky: Account) -> None:
    page = owner_client.get(f"/admin/teasers/new?article={NEEDLING}").text
    assert "The finer points\n\nWhat dry needling is, and what it is not.</textarea>" in page
    assert f'name="accounts" value="{sky.id}" checked' in page
    assert "will go out Monday 23 November, 09:00 EST, in 1 hour" in page
    assert "Schedule for Mon 09:00" in page
    assert 'data-text="New on our blog: The finer points"' in page


def test_it_opens_at_the_time_that_the_calendar_names(owner_client: Visitor, sky: Account) -> None:
    page = owner_client.get("/admin/teasers/new?at=2026-11-26T15:30").text
    assert 'value="at" checked' in page
    assert 'value="2026-11-26"' in page
    assert 'value="15:30"' in page
    assert "will go out Thursday 26 November, 15:30 EST" in page


def test_an_untouched_page_does_not_scold(owner_client: Visitor, context: Context, sky: Account, toot: Account) -> None:
    page = owner_client.get("/admin/teasers/new").text
    assert "to correct" not in page
    assert "Choose an account" in page
    drafts.save(context, TeaserInput("The last one", accounts=(sky.id, toot.id)), Submission())
    again = owner_client.get("/admin/teasers/new").text
    assert again.count('class="preview"') == 2
    assert "to correct" not in again
    refused = owner_client.post("/admin/teasers/new", data=form(sky, toot, text="", article=""))
    assert refused.text.count("The text is empty.") == 2


def test_without_any_account_it_says_where_to_connect_one(owner_client: Visitor) -> None:
    assert "No account is connected yet" in owner_client.get("/admin/teasers/new").text


def test_an_unknown_article_or_time_in_the_address_does_no_harm(owner_client: Visitor, sky: Account) -> None:
    assert owner_client.get("/admin/teasers/new?article=nope&at=<script>").status_code == 200


def test_a_teaser_that_is_not_there(owner_client: Visitor) -> None:
    assert owner_client.get("/admin/teasers/7").status_code == 404


# Checking ------------------------------------------------------------------------------------------------------------


def test_the_check_sends_problems_counters_times_and_previews_together(
    owner_client: Visitor, sky: Account, toot: Account
) -> None:
    answer = owner_client.post("/admin/teasers/check", data=form(sky, toot, text="x" * 301))
    assert answer.status_code == 200
    assert "One thing to correct" in answer.text
    assert "Clinic (Bluesky): The text is too long: 301 of at most 300" in answer.text
    assert "(1 over)" in answer.text
    assert re.search(r"326<span[^>]*> of</span><span[^>]*>/</span>500", answer.text)
    assert answer.text.count('class="post-card"') == 2
    assert "Clinic (Bluesky), Clinic (Mastodon)</strong> will go out Monday 23 November" in answer.text
    assert count_teasers_in(answer.text) == 0


def count_teasers_in(text: str) -> int:
    return text.count("<form")


def test_the_check_stores_nothing(owner_client: Visitor, context: Context, sky: Account) -> None:
    owner_client.post("/admin/teasers/check", data=form(sky))
    assert count_teasers(context) == 0


def test_a_gap_of_the_clock_is_explained(owner_client: Visitor, sky: Account) -> None:
    data = form(sky, when="at", date="2027-03-14", time="02:30")
    text = owner_client.post("/admin/teasers/check", data=data).text
    assert "02:30 does not exist on 14 March 2027 in America/New_York" in text
    assert "It becomes 03:30 EDT." in text
    assert "Schedule for Sun 14 March 2027 03:30" in text


def test_what_people_and_articles_write_is_text_in_the_preview(
    owner_client: Visitor, context: Context, sky: Account, toot: Account
) -> None:
    evil = '<img src=x onerror=alert(1)> "\' https://a.example/"><script>x</script> #tag\'"'
    data = form(sky, toot, text=evil, article="", link='https://a.example/"><script>')
    text = owner_client.post("/admin/teasers/check", data=data).text
    assert "<script" not in text
    assert "<img src=x" not in text
    page = owner_client.post("/admin/teasers/new", data=form(sky, text=evil, when="")).text
    assert "<img src=x" not in page


def test_a_foreign_account_or_number_is_refused_in_words(owner_client: Visitor, sky: Account) -> None:
    data = form(sky, accounts=["99", "x", str(sky.id)])
    assert "There is no account 99" in owner_client.post("/admin/teasers/check", data=data).text


# Autosave ------------------------------------------------------------------------------------------------------------


def test_autosave_makes_one_draft_and_then_changes_it(owner_client: Visitor, context: Context, sky: Account) -> None:
    first = autosave(owner_client, form(sky, text="Half"))
    where = f"/admin/teasers/{first['teaser']}"
    assert first == {"teaser": first["teaser"], "version": 1, "url": where, "note": "Saved 08:00 EST"}
    assert autosave(owner_client, form(sky, text="Half")) == first
    data = form(sky, text="Whole", teaser=str(first["teaser"]), version="1")
    assert autosave(owner_client, data)["version"] == 2
    assert compose.get(context, first["teaser"]).text == "Whole"
    assert count_teasers(context) == 1


def test_autosave_says_when_another_window_was_faster(owner_client: Visitor, context: Context, sky: Account) -> None:
    draft = drafts.save(context, TeaserInput("Mine"), Submission())
    drafts.save(context, TeaserInput("Theirs"), Submission(teaser_id=draft.id, version=1))
    refused = autosave(owner_client, form(sky, teaser=str(draft.id), version="1"), status=409)
    assert "another window" in refused["problem"]
    assert compose.get(context, draft.id).text == "Theirs"


def test_autosave_of_something_far_too_long_says_so(owner_client: Visitor, context: Context) -> None:
    assert "at most 20000" in autosave(owner_client, form(text="x" * 20_001), status=422)["problem"]
    assert count_teasers(context) == 0


# Scheduling ----------------------------------------------------------------------------------------------------------


def test_scheduling_leads_to_the_queue_and_names_the_time(
    owner_client: Visitor, context: Context, sky: Account, toot: Account
) -> None:
    answer = owner_client.post("/admin/teasers/new", data=form(sky, toot, when="at"))
    assert (answer.status_code, answer.location) == (302, "/admin/queue/")
    assert "Scheduled: will go out Tuesday 24 November, 10:00 EST, in 1 day." in flashed(owner_client)
    assert [d.at_wall for d in all_deliveries(context)] == ["2026-11-24T10:00"] * 2


def test_a_double_submit_is_one_teaser(owner_client: Visitor, context: Context, sky: Account) -> None:
    for _ in range(2):
        assert owner_client.post("/admin/teasers/new", data=form(sky)).location == "/admin/queue/"
    assert (count_teasers(context), len(all_deliveries(context))) == (1, 1)


def test_the_draft_that_autosave_made_is_what_gets_scheduled(
    owner_client: Visitor, context: Context, sky: Account
) -> None:
    saved = autosave(owner_client, form(sky, text="Half"))
    data = form(sky, text="Whole", teaser=str(saved["teaser"]), version=str(saved["version"]))
    assert owner_client.post(f"/admin/teasers/{saved['teaser']}", data=data).location == "/admin/queue/"
    assert owner_client.post(f"/admin/teasers/{saved['teaser']}", data=data).location == "/admin/queue/"
    assert [payload_from_json(d.payload).text for d in all_deliveries(context)] == ["Whole"]
    assert count_teasers(context) == 1


def test_a_refused_form_keeps_every_word_and_lists_everything(
    owner_client: Visitor, context: Context, sky: Account, toot: Account
) -> None:
    data = form(
        sky, toot, text="y" * 320, article=DRAFT, when="at", date="2020-01-01",
        **{f"variant-{toot.id}": "Only for Mastodon"},
    )  # fmt: skip
    answer = owner_client.post("/admin/teasers/new", data=data)
    assert answer.status_code == 422
    assert "3 things to correct" in answer.text
    assert "has passed" in answer.text
    assert "is a draft" in answer.text
    assert "Clinic (Bluesky): The text is too long" in answer.text
    assert "y" * 320 + "</textarea>" in answer.text
    assert ">Only for Mastodon</textarea>" in answer.text
    assert 'value="2020-01-01"' in answer.text
    assert 'name="key" value="form-1"' in answer.text
    assert count_teasers(context) == 0


def test_nothing_chosen_is_refused_in_words(owner_client: Visitor) -> None:
    answer = owner_client.post("/admin/teasers/new", data=form(when=""))
    assert answer.status_code == 422
    assert "No account is chosen" in answer.text
    assert "Choose one: a time, the next free slot, or now." in answer.text


def test_a_stale_draft_is_not_scheduled_and_the_words_can_be_kept(
    owner_client: Visitor, context: Context, sky: Account
) -> None:
    draft = drafts.save(context, TeaserInput("First"), Submission())
    drafts.save(context, TeaserInput("Theirs"), Submission(teaser_id=draft.id, version=1))
    data = form(sky, key="", text="Mine", teaser=str(draft.id), version="1")
    answer = owner_client.post(f"/admin/teasers/{draft.id}", data=data)
    assert answer.status_code == 409
    assert "Nothing was stored." in answer.text
    assert ">Mine</textarea>" in answer.text
    assert all_deliveries(context) == []
    data["do"] = "apart"
    kept = owner_client.post(f"/admin/teasers/{draft.id}", data=data)
    assert kept.location != f"/admin/teasers/{draft.id}"
    assert ">Mine</textarea>" in owner_client.get(kept.location).text
    assert compose.get(context, draft.id).text == "Theirs"


def test_top_says_what_it_moved(owner_client: Visitor, context: Context, sky: Account) -> None:
    owner_client.post("/admin/teasers/new", data=form(sky))
    preview = owner_client.post("/admin/teasers/check", data=form(sky, key="form-2", when="top")).text
    assert "1 waiting post moves to the following slot" in preview
    owner_client.post("/admin/teasers/new", data=form(sky, key="form-2", when="top"))
    assert "To make room, 1 waiting post moved to the following slot." in flashed(owner_client)


def test_now_goes_out_now(owner_client: Visitor, context: Context, clock: StillClock, sky: Account) -> None:
    assert "Publish now" in owner_client.post("/admin/teasers/check", data=form(sky, when="now")).text
    owner_client.post("/admin/teasers/new", data=form(sky, when="now"))
    assert [d.due_at for d in all_deliveries(context)] == [clock.now_ms()]


def test_variants_and_photos_reach_their_accounts(
    owner_client: Visitor, context: Context, sky: Account, toot: Account, photos: list[str]
) -> None:
    own = {f"variant-{toot.id}": "For Mastodon", f"photos-{toot.id}": "none", f"variant-{sky.id}": "  "}
    owner_client.post("/admin/teasers/new", data=form(sky, toot, assets=[*reversed(photos), ""], **own))
    by_account = {d.account_id: payload_from_json(d.payload) for d in all_deliveries(context)}
    assert by_account[sky.id].text == "Read this."
    assert [item.alt for item in by_account[sky.id].media] == ["Shoes on a bench", "A runner at dawn"]
    assert (by_account[toot.id].text, by_account[toot.id].media) == ("For Mastodon", ())


def test_a_photo_without_description_stops_it(
    owner_client: Visitor, context: Context, sky: Account, tmp_path: Path
) -> None:
    file = tmp_path / "x.jpg"
    file.write_bytes(camera_jpeg(300, 200))
    asset = add_asset(context, file, "x.jpg").asset
    answer = owner_client.post("/admin/teasers/new", data=form(sky, assets=[asset.id]))
    assert answer.status_code == 422
    assert "no alternative text" in answer.text


# Without JavaScript --------------------------------------------------------------------------------------------------


def test_a_template_button_fills_the_text(owner_client: Visitor, sky: Account) -> None:
    answer = owner_client.post("/admin/teasers/new", data=form(sky, text="", do="template:question"))
    assert answer.status_code == 200
    assert ">Where does it hurt?\n\nWe wrote about it: The finer points</textarea>" in answer.text


@pytest.mark.parametrize(("do", "order"), [("up:1", [1, 0]), ("down:0", [1, 0]), ("drop:0", [1]), ("look", [0, 1])])
def test_photos_move_and_go_by_buttons(
    owner_client: Visitor, context: Context, sky: Account, photos: list[str], do: str, order: list[int]
) -> None:
    action, _, number = do.partition(":")
    pressed = f"{action}:{photos[int(number)]}" if number else action
    answer = owner_client.post("/admin/teasers/new", data=form(sky, assets=photos, do=pressed))
    assert re.findall(r'name="assets" value="(\w[^"]*)"', answer.text) == [photos[place] for place in order]
    assert count_teasers(context) == 0


def test_save_draft_and_open_it_again(owner_client: Visitor, sky: Account, toot: Account) -> None:
    data = form(sky, when="at", do="draft", **{f"variant-{sky.id}": "Own words"})
    saved = owner_client.post("/admin/teasers/new", data=data)
    page = owner_client.get(saved.location).text
    assert "Saved as a draft at 08:00 EST." in page
    assert ">Own words</textarea>" in page
    assert 'value="at" checked' in page
    assert 'name="version" value="1"' in page


def test_no_inline_script_or_style(owner_client: Visitor, sky: Account, toot: Account, photos: list[str]) -> None:
    page = owner_client.post("/admin/teasers/new", data=form(sky, toot, assets=photos, do="look")).text
    assert not re.search(r"\sstyle=|\son\w+=|<style|<script(?![^>]*\ssrc=)", page)


# Drafts and changes --------------------------------------------------------------------------------------------------


def test_the_list_of_drafts(owner_client: Visitor, context: Context, clock: StillClock) -> None:
    assert "No drafts" in owner_client.get("/admin/teasers/").text
    drafts.save(context, TeaserInput("About knees", NEEDLING), Submission())
    clock.move(hours=3)
    page = owner_client.get("/admin/teasers/?q=knee").text
    assert "About knees" in page
    assert "About “The finer points” · changed 3 hours ago" in page
    assert "No draft fits “hips”" in owner_client.get("/admin/teasers/?q=hips").text


def test_deleting_and_copying(owner_client: Visitor, context: Context) -> None:
    draft = drafts.save(context, TeaserInput("About knees"), Submission())
    copied = owner_client.post(f"/admin/teasers/{draft.id}/copy")
    assert "This is a copy without a date." in owner_client.get(copied.location).text
    assert owner_client.post(f"/admin/teasers/{draft.id}/delete").location == "/admin/teasers/"
    assert owner_client.get(f"/admin/teasers/{draft.id}").status_code == 404


def test_the_chooser_finds_articles(owner_client: Visitor) -> None:
    everything = owner_client.get("/admin/teasers/articles").text
    assert everything.index("An idea") < everything.index("Later") < everything.index("The finer points")
    assert "Old" not in everything
    found = owner_client.get(f"/admin/teasers/articles?find=FINER&article={NEEDLING}").text
    assert f'value="{NEEDLING}" checked' in found
    assert "An idea" not in found
    assert "No article fits." in owner_client.get("/admin/teasers/articles?find=zzz").text


def test_a_scheduled_teaser_takes_new_words_but_no_other_accounts(
    owner_client: Visitor, context: Context, sky: Account, toot: Account
) -> None:
    owner_client.post("/admin/teasers/new", data=form(sky, toot))
    [teaser_id] = {d.teaser_id for d in all_deliveries(context)}
    page = owner_client.get(f"/admin/teasers/{teaser_id}").text
    assert "Save for 2 waiting posts" in page
    assert "autosave" not in page
    assert 'name="when"' not in page
    data = form(text="New words", teaser=str(teaser_id), version="1", do="change")
    changed = owner_client.post(f"/admin/teasers/{teaser_id}", data=data)
    assert "2 waiting posts have the new words" in owner_client.get(changed.location).text
    assert {payload_from_json(d.payload).text for d in all_deliveries(context)} == {"New words"}


def test_a_scheduled_teaser_with_a_sent_delivery_says_what_stays(
    owner_client: Visitor, context: Context, sky: Account, toot: Account
) -> None:
    owner_client.post("/admin/teasers/new", data=form(sky, toot))
    gone = all_deliveries(context)[0]
    with context.database.writing() as tx:
        deliveries.set_state(tx, gone.id, State.SENDING, expect={State.SCHEDULED}, now=0)
        deliveries.set_state(tx, gone.id, State.PUBLISHED, expect={State.SENDING}, now=0)
    page = owner_client.get(f"/admin/teasers/{gone.teaser_id}").text
    assert "1 post has gone out or was cancelled and stays as it is." in page
    data = form(text="z" * 600, teaser=str(gone.teaser_id), version="1", do="change")
    refused = owner_client.post(f"/admin/teasers/{gone.teaser_id}", data=data)
    assert refused.status_code == 422
    assert "One thing to correct" in refused.text


def test_the_check_of_a_scheduled_teaser_keeps_its_times(owner_client: Visitor, context: Context, sky: Account) -> None:
    owner_client.post("/admin/teasers/new", data=form(sky))
    teaser_id = all_deliveries(context)[0].teaser_id
    text = owner_client.post("/admin/teasers/check", data=form(teaser=str(teaser_id), text="New")).text
    assert "to correct" not in text
    assert ">New</p>" in text


def test_a_broken_account_shows_why(owner_client: Visitor, context: Context) -> None:
    add_account(context, "bluesky", "Clinic", AccountState.BROKEN)
    assert "Needs you" in owner_client.get("/admin/teasers/new").text


def test_a_draft_opens_without_the_account_that_was_disconnected(
    owner_client: Visitor, context: Context, sky: Account, toot: Account
) -> None:
    draft = drafts.save(context, TeaserInput(text="Later", accounts=(sky.id, toot.id)), Submission(key="one"))
    with context.database.writing() as tx:
        accounts.set_state(tx, sky.id, AccountState.DISCONNECTED, "", context.clock.now_ms())
    page = owner_client.get(f"/admin/teasers/{draft.id}").text
    assert "Clinic was disconnected, so this draft leaves it out." in page
    assert "This account is disconnected" not in page and f'id="preview-{sky.id}"' not in page
    assert f'id="preview-{toot.id}"' in page
