"""Drafts, and changing the words of a teaser that waits already."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scheduler.domain.account import Account
from scheduler.domain.delivery import State
from scheduler.domain.problem import Conflict, Invalid, NotFound
from scheduler.domain.teaser import Teaser, Variant, When, payload_from_json
from scheduler.services.context import Context
from scheduler.services.planning import changing, compose, drafts
from scheduler.services.planning.compose import Submission, TeaserInput
from scheduler.services.planning.scheduling import Scheduled, schedule
from scheduler.storage import deliveries
from tests.support.clock import StillClock
from tests.support.newsroom import DRAFT, NEEDLING, add_account
from tests.support.postgres import BOTH_DATABASES

pytestmark = BOTH_DATABASES


@pytest.fixture
def sky(newsroom: Context) -> Account:
    return add_account(newsroom, "bluesky", "Clinic")


@pytest.fixture
def toot(newsroom: Context) -> Account:
    return add_account(newsroom, "mastodon", "Clinic")


def shown(teaser: Teaser) -> Submission:
    return Submission(teaser_id=teaser.id, version=teaser.version)


def test_an_unfinished_draft_is_kept_exactly_as_it_is(newsroom: Context, sky: Account) -> None:
    given = TeaserInput(
        "Half a sen", NEEDLING, template="title", assets=("b", "a", "b"), accounts=(sky.id,),
        variants={sky.id: Variant("Own", ("a",), {"visibility": "unlisted"})}, when=When("2026-11-24T09:00", "UTC"),
    )  # fmt: skip
    draft = drafts.save(newsroom, given, Submission("k", user_id=None))
    assert compose.get(newsroom, draft.id) == draft
    assert (draft.text, draft.template, draft.assets, draft.accounts) == ("Half a sen", "title", ("b", "a"), (sky.id,))
    assert draft.variants == given.variants
    assert draft.when == given.when
    assert not draft.scheduled


def test_saving_again_raises_the_version_only_when_something_changed(newsroom: Context) -> None:
    draft = drafts.save(newsroom, TeaserInput("One"), Submission("k"))
    same = drafts.save(newsroom, TeaserInput("One"), shown(draft))
    assert same.version == draft.version
    changed = drafts.save(newsroom, TeaserInput("Two"), shown(draft))
    assert (changed.id, changed.version, changed.text) == (draft.id, draft.version + 1, "Two")


def test_the_first_autosave_sent_twice_makes_one_draft(newsroom: Context) -> None:
    first = drafts.save(newsroom, TeaserInput("One"), Submission("k"))
    assert drafts.save(newsroom, TeaserInput("One more"), Submission("k")).id == first.id
    assert [found.teaser.text for found in drafts.search(newsroom)] == ["One more"]


def test_a_stale_save_overwrites_nothing(newsroom: Context) -> None:
    draft = drafts.save(newsroom, TeaserInput("One"), Submission("k"))
    drafts.save(newsroom, TeaserInput("Two"), shown(draft))
    with pytest.raises(Conflict, match="another window"):
        drafts.save(newsroom, TeaserInput("Three"), shown(draft))
    assert compose.get(newsroom, draft.id).text == "Two"


def test_a_text_that_is_far_too_long_is_refused_and_not_cut(newsroom: Context) -> None:
    with pytest.raises(Invalid, match="at most 20000"):
        drafts.save(newsroom, TeaserInput("x" * 20_001), Submission("k"))


def test_drafts_are_found_by_text_link_and_article(newsroom: Context, clock: StillClock) -> None:
    drafts.save(newsroom, TeaserInput("About 100% knees"), Submission("a"))
    clock.move(minutes=1)
    drafts.save(newsroom, TeaserInput("Something", link="https://example.org/shoes"), Submission("b"))
    clock.move(minutes=1)
    drafts.save(newsroom, TeaserInput("Else", NEEDLING), Submission("c"))

    def texts(words: str) -> list[str]:
        return [found.teaser.text for found in drafts.search(newsroom, words)]

    assert texts("") == ["Else", "Something", "About 100% knees"]
    assert texts("KNEES") == ["About 100% knees"]
    assert texts("shoes") == ["Something"]
    assert texts("finer POINTS") == ["Else"]
    assert texts("100%") == ["About 100% knees"]
    assert texts("%") == ["About 100% knees"]


def test_only_drafts_can_be_deleted(newsroom: Context, sky: Account) -> None:
    draft = drafts.save(newsroom, TeaserInput("One", accounts=(sky.id,), variants={sky.id: Variant("v")}), Submission())
    drafts.delete(newsroom, draft.id)
    with pytest.raises(NotFound):
        compose.get(newsroom, draft.id)
    done = scheduled(newsroom, sky)
    with pytest.raises(Conflict, match="Cancel its deliveries"):
        drafts.delete(newsroom, done.teaser.id)


def scheduled(newsroom: Context, *chosen: Account) -> Scheduled:
    accounts = tuple(account.id for account in chosen)
    given = TeaserInput("Old words", NEEDLING, accounts=accounts, when=When(queue="next"))
    return schedule(newsroom, given, Submission())


def test_a_copy_is_a_draft_without_a_date(newsroom: Context, sky: Account) -> None:
    done = scheduled(newsroom, sky)
    copy = drafts.duplicate(newsroom, done.teaser.id)
    assert copy.id != done.teaser.id
    assert (copy.text, copy.accounts, copy.article_id) == ("Old words", (sky.id,), NEEDLING)
    assert (copy.scheduled, copy.when) == (False, When())


def words_of(newsroom: Context, delivery_id: int) -> str:
    with newsroom.database.reading() as tx:
        found = deliveries.get(tx, delivery_id)
    assert found is not None
    assert payload_from_json(found.payload).digest() == found.payload_hash
    return payload_from_json(found.payload).text


def test_new_words_are_rendered_into_everything_that_waits(newsroom: Context, sky: Account, toot: Account) -> None:
    done = scheduled(newsroom, sky, toot)
    given = TeaserInput("New words", NEEDLING, variants={toot.id: Variant("New for Mastodon")})
    result = changing.change(newsroom, given, shown(done.teaser))
    by_account = {delivery.account_id: delivery for delivery in done.deliveries}
    assert words_of(newsroom, by_account[sky.id].id) == "New words"
    assert words_of(newsroom, by_account[toot.id].id) == "New for Mastodon"
    assert result.teaser.accounts == (sky.id, toot.id)
    assert result.teaser.when == done.teaser.when
    assert [d.due_at for d in result.rendered_again] == [d.due_at for d in done.deliveries]
    assert all(delivery.short_code in delivery.payload for delivery in result.rendered_again)


def set_state(newsroom: Context, delivery_id: int, *way: State) -> None:
    with newsroom.database.writing() as tx:
        for before, after in zip((State.SCHEDULED, *way), way, strict=False):
            assert deliveries.set_state(tx, delivery_id, after, expect={before}, now=0)


def test_what_went_out_keeps_its_words(newsroom: Context, sky: Account, toot: Account) -> None:
    done = scheduled(newsroom, sky, toot)
    gone, waiting = done.deliveries
    set_state(newsroom, gone.id, State.SENDING, State.PUBLISHED)
    result = changing.change(newsroom, TeaserInput("New words", NEEDLING), shown(done.teaser))
    assert words_of(newsroom, gone.id) == "Old words"
    assert words_of(newsroom, waiting.id) == "New words"
    assert [delivery.id for delivery in result.untouched] == [gone.id]


@pytest.mark.parametrize(
    ("way", "words"),
    [
        ((State.SENDING,), "being sent right now"),
        ((State.SENDING, State.UNKNOWN), "being sent right now"),
        ((State.SENDING, State.PUBLISHED), "Duplicate it"),
        ((State.CANCELLED,), "Duplicate it"),
    ],
)
def test_nothing_changes_while_sending_or_when_all_is_over(
    newsroom: Context, sky: Account, way: tuple[State, ...], words: str
) -> None:
    done = scheduled(newsroom, sky)
    set_state(newsroom, done.deliveries[0].id, *way)
    with pytest.raises(Conflict, match=words):
        changing.change(newsroom, TeaserInput("New words", NEEDLING), shown(done.teaser))
    assert compose.get(newsroom, done.teaser.id).text == "Old words"
    assert words_of(newsroom, done.deliveries[0].id) == "Old words"


def test_a_held_delivery_may_be_mended_but_not_one_that_is_perhaps_live(newsroom: Context, sky: Account) -> None:
    done = scheduled(newsroom, sky)
    set_state(newsroom, done.deliveries[0].id, State.HELD)
    changed = changing.change(newsroom, TeaserInput("New words", NEEDLING), shown(done.teaser))
    with newsroom.database.writing() as tx:
        deliveries.set_state(tx, done.deliveries[0].id, State.SCHEDULED, expect={State.HELD}, now=0, maybe_live=1)
    with pytest.raises(Conflict, match="Duplicate it"):
        changing.change(newsroom, TeaserInput("Newer words", NEEDLING), shown(changed.teaser))


def test_new_words_that_do_not_fit_change_nothing(newsroom: Context, sky: Account, toot: Account) -> None:
    done = scheduled(newsroom, sky, toot)
    with pytest.raises(Invalid) as refused:
        changing.change(newsroom, TeaserInput("x" * 600, DRAFT), shown(done.teaser))
    assert [problem.field for problem in refused.value.problems] == [
        "article",
        f"accounts.{sky.id}.text",
        f"accounts.{toot.id}.text",
    ]
    assert all(words_of(newsroom, delivery.id) == "Old words" for delivery in done.deliveries)


def test_accounts_of_a_scheduled_teaser_stay(newsroom: Context, sky: Account, toot: Account) -> None:
    done = scheduled(newsroom, sky)
    with pytest.raises(Invalid, match="accounts of a scheduled teaser stay"):
        changing.change(newsroom, TeaserInput("New", NEEDLING, accounts=(toot.id,)), shown(done.teaser))


def test_a_stale_change_overwrites_nothing(newsroom: Context, sky: Account) -> None:
    done = scheduled(newsroom, sky)
    changing.change(newsroom, TeaserInput("Theirs", NEEDLING), shown(done.teaser))
    with pytest.raises(Conflict, match="another window"):
        changing.change(newsroom, TeaserInput("Mine", NEEDLING), shown(done.teaser))
    assert words_of(newsroom, done.deliveries[0].id) == "Theirs"


def test_an_autosave_that_comes_after_scheduling_changes_nothing(newsroom: Context, sky: Account) -> None:
    given = TeaserInput("Words", NEEDLING, accounts=(sky.id,), when=When(queue="next"))
    schedule(newsroom, given, Submission("form"))
    with pytest.raises(Conflict, match="has been scheduled"):
        drafts.save(newsroom, replace(given, text="Late words"), Submission("form"))
