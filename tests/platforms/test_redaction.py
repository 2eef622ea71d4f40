"""No secret in what is kept or shown."""

from __future__ import annotations

import pytest

from scheduler.platforms.http import EVIDENCE_CHARACTERS, Answer
from scheduler.platforms.redaction import redact

JWT = "eyJhbGciOiJFUzI1NksifQ.eyJzdWIiOiJkaWQ6cGxjIn0.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    "text",
    [
        f"the token {JWT} is expired",
        '{"accessJwt": "abc.def", "handle": "x"}',
        '{"access_token":"abc.def"}',
        '{"client_secret" : "abc.def\\"more"}',
        '{"Password": "abc.def',
        "Authorization: Bearer abc.def",
        "authorization: Basic abc.def==",
        "Cookie: session=abc.def; other=abc.def",
        "DPoP abc.def.ghi",
        "url?key=abc.def",
        "url?key=a%2Bb%2Fabc.def",
        "signed with whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    ],
)
def test_secrets_are_hidden_wherever_they_stand(text: str) -> None:
    hidden = redact(text, ["abc.def", "a+b/abc.def"])
    assert "abc.def" not in hidden
    assert JWT not in hidden
    assert "MfKQ9r8" not in hidden
    assert "[hidden]" in hidden


def test_unknown_secrets_are_hidden_by_their_place_alone() -> None:
    text = '{"refreshJwt":"unknown-1","token":"unknown-2"} Authorization: Bearer unknown-3'
    assert "unknown" not in redact(text)


def test_the_rest_stays_readable() -> None:
    text = '{"error":"InvalidRequest","message":"Text is too long, tokens of 300 graphemes"}'
    assert redact(text, ["", "abc"]) == text


def test_evidence_is_cut_redacted_and_holds_telling_headers_only() -> None:
    headers = {
        "retry-after": "5",
        "set-cookie": "session=1",
        "x-ratelimit-reset": "9",
        "location": "https://x/?t=hush-1",
    }
    answer = Answer(200, headers, b"hush-1" + b"x" * 10_000, "https://example.com")
    evidence = answer.evidence(["hush-1"])
    assert len(evidence.body) == EVIDENCE_CHARACTERS
    assert "hush" not in evidence.body
    assert [name for name, _ in evidence.headers] == ["location", "retry-after", "x-ratelimit-reset"]
    assert "hush" not in str(evidence.headers)
