"""Writing a teaser: what a form or a program hands in, and which teaser it means. Knows nothing of web forms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from scheduler.domain.lateness import AS_ACCOUNT, LatePolicy
from scheduler.domain.problem import Conflict, NotFound, refuse
from scheduler.domain.teaser import Teaser, Variant, When
from scheduler.services.context import Context
from scheduler.storage import teasers
from scheduler.storage.engine import Connection

LONGEST_TEXT = 20_000
"""Characters of a teaser's text: far more than any platform takes, and small enough to count on every key."""


@dataclass(frozen=True, slots=True)
class TeaserInput:
    """What the marketer wrote, as it was handed in. `accounts` and the keys of `variants` are account ids."""

    text: str = ""
    article_id: str = ""
    link: str = ""
    template: str = ""
    assets: tuple[str, ...] = ()
    accounts: tuple[int, ...] = ()
    variants: Mapping[int, Variant] = field(default_factory=dict)
    when: When = field(default_factory=When)
    late_policy: str = AS_ACCOUNT
    replies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Submission:
    """Which teaser is meant: one that exists (`teaser_id`, with the `version` that was shown), or a new one.

    `key` is drawn once per form: whatever comes twice with the same key is one teaser. None as `version` overwrites
    whatever is there. `who` is the name of the person or program, for the history.
    """

    key: str = ""
    teaser_id: int | None = None
    version: int | None = None
    user_id: int | None = None
    who: str = ""


def teaser_of(given: TeaserInput, stored: Teaser | None = None) -> Teaser:
    """Return `given` as a teaser: a new one, or `stored` with everything replaced that a person may change.

    Texts over `LONGEST_TEXT` are refused (`Invalid`): nothing is cut silently.
    """
    texts = [("text", given.text), *((f"variants.{key}.text", own.text) for key, own in given.variants.items())]
    texts += [(f"replies.{number}", reply) for number, reply in enumerate(given.replies)]
    for key, own in given.variants.items():
        texts += [(f"variants.{key}.replies.{number}", reply) for number, reply in enumerate(own.replies or ())]
    for name, text in texts:
        if text and len(text) > LONGEST_TEXT:
            raise refuse(name, f"The text has {len(text)} characters; at most {LONGEST_TEXT} can be kept.")
    if given.late_policy not in (AS_ACCOUNT, *LatePolicy):
        raise refuse("late_policy", f"“{given.late_policy}” is no rule for late posts. Use {', '.join(LatePolicy)}.")
    return replace(
        stored or Teaser(id=0, text=""),
        text=given.text,
        article_id=given.article_id,
        link="" if given.article_id else given.link,
        template=given.template,
        assets=tuple(dict.fromkeys(given.assets)),
        accounts=tuple(dict.fromkeys(given.accounts)),
        variants={key: variant for key, variant in given.variants.items() if variant != Variant()},
        when=given.when,
        late_policy=given.late_policy,
        replies=given.replies,
    )


def get(ctx: Context, teaser_id: int) -> Teaser:
    """Return one teaser. Raises `NotFound`."""
    with ctx.database.reading() as tx:
        return known(tx, teaser_id)


def known(tx: Connection, teaser_id: int) -> Teaser:
    """Return one teaser within a transaction. Raises `NotFound`."""
    found = teasers.get(tx, teaser_id)
    if found is None:
        raise NotFound("This teaser is not there any more. It may have been deleted in another window.")
    return found


def meant(tx: Connection, which: Submission) -> Teaser | None:
    """Return the stored teaser that a submission means, or None when it is a new one. Raises `NotFound`."""
    if which.teaser_id is not None:
        return known(tx, which.teaser_id)
    return teasers.by_submission(tx, which.key) if which.key else None


def require_version(stored: Teaser, which: Submission) -> None:
    """Raise `Conflict` when the teaser is not what the person saw."""
    if which.version is not None and which.version != stored.version:
        raise Conflict(teasers.CHANGED_ELSEWHERE)
