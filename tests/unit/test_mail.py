"""Handing letters to real mail servers: encrypted or not at all, one sentence for every failure, no secret in it."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import quote

import pytest

from scheduler.mail import smtp
from scheduler.mail.message import Letter, compose
from scheduler.mail.server import MailServer, parse_server
from scheduler.mail.smtp import NotMailed, Patience
from tests.support.clock import MONDAY_MORNING
from tests.support.mail import PASSWORD, USER, MailHouse, mail_server, make_certificate, silent_server

SHORT = Patience(step=0.3, whole=0.6)


def letter(**changes: object) -> Letter:
    values: dict[str, object] = {
        "number": "notices.1",
        "sender": "drumbeat@clinic.example",
        "sender_name": "Drumbeat, Ferry Street",
        "recipients": ("sam@clinic.example", "lee@clinic.example"),
        "subject": "Posts were not published",
        "text": "Grüße, and a long line. " * 100,
        "html": "<p>Grüße</p>",
        "written_at": MONDAY_MORNING,
    }
    return Letter(**(values | changes))  # type: ignore[arg-type]


def send(server: MailServer, letter: Letter, patience: Patience | None = None) -> list[str]:
    return smtp.send(server, letter, patience or Patience())


def server(house: MailHouse, scheme: str = "smtp", login: str = "") -> MailServer:
    return parse_server(f"{scheme}://{login}127.0.0.1:{house.port}")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_certificate(tmp_path_factory.mktemp("certificate"), "localhost")


@pytest.fixture
def trusted(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A certificate that this machine trusts, as it does those of real mail servers."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    return certificate


LOGIN = f"{USER}:{quote(PASSWORD, safe='')}@"


def test_a_letter_arrives_as_it_was_written() -> None:
    with mail_server() as house:
        assert send(server(house), letter()) == []
    [arrived] = house.mailbox.letters
    assert house.mailbox.envelopes == [("drumbeat@clinic.example", ["sam@clinic.example", "lee@clinic.example"])]
    assert arrived["Subject"] == "Posts were not published"
    assert arrived["From"] == '"Drumbeat, Ferry Street" <drumbeat@clinic.example>'
    assert arrived["Message-ID"] == "<drumbeat.notices.1@clinic.example>"
    assert arrived["Auto-Submitted"] == "auto-generated"
    assert round(parsedate_to_datetime(arrived["Date"]).timestamp() * 1000) == MONDAY_MORNING
    plain, html = arrived.get_body(("plain",)), arrived.get_body(("html",))
    assert plain and html
    assert plain.get_content().strip() == ("Grüße, and a long line. " * 100).strip()
    assert html.get_content().strip() == "<p>Grüße</p>"
    assert max(len(line) for line in arrived.as_bytes().splitlines()) < 999  # RFC 5321: no line longer than 998


def test_starttls_and_a_login(trusted: Path) -> None:
    with mail_server(certificate=trusted, login=True) as house:
        assert send(server(house, login=LOGIN), letter()) == []
    assert house.mailbox.encrypted == [True]


def test_tls_from_the_first_byte(trusted: Path) -> None:
    with mail_server(certificate=trusted, tls_first=True) as house:
        assert send(server(house, "smtps"), letter()) == []
    assert len(house.mailbox.letters) == 1


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_a_certificate_that_nobody_vouches_for_gets_no_mail(certificate: Path, scheme: str) -> None:
    with (
        mail_server(certificate=certificate, tls_first=scheme == "smtps", login=scheme == "smtp") as house,
        pytest.raises(NotMailed, match=r"certificate of 127\.0\.0\.1 does not hold") as error,
    ):
        send(server(house, scheme, LOGIN if scheme == "smtp" else ""), letter())
    assert house.mailbox.letters == []
    assert PASSWORD not in str(error.value)


def test_a_certificate_of_another_name_gets_no_mail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = make_certificate(tmp_path, "mail.evil.example")
    monkeypatch.setenv("SSL_CERT_FILE", str(other))
    with mail_server(certificate=other) as house, pytest.raises(NotMailed, match="does not hold"):
        send(server(house), letter())
    assert house.mailbox.letters == []


def test_a_refused_login_says_where_to_look_and_holds_no_password(trusted: Path) -> None:
    with mail_server(certificate=trusted, login=True) as house, pytest.raises(NotMailed) as error:
        send(server(house, login="drumbeat:hush-word@"), letter())
    assert str(error.value) == "127.0.0.1 refuses the user name or the password (status 535). Check DRUMBEAT_SMTP_URL."


def test_a_server_elsewhere_without_encryption_gets_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MailServer, "is_here", property(lambda _self: False))
    with mail_server() as house, pytest.raises(NotMailed, match="offers no encryption"):
        send(server(house), letter())
    assert house.mailbox.letters == []


def test_recipients_that_are_refused_are_told_and_the_others_get_it() -> None:
    with mail_server() as house:
        house.mailbox.unknown = ("lee@clinic.example",)
        [said] = send(server(house), letter())
        house.mailbox.unknown = ("lee@clinic.example", "sam@clinic.example")
        with pytest.raises(NotMailed, match=r"refused sam@clinic\.example"):
            send(server(house), letter())
    assert said == "127.0.0.1 refused lee@clinic.example. It says: “550 5.1.1 There is nobody of that name”"
    assert len(house.mailbox.letters) == 1


def test_a_full_mailbox_is_told_in_the_servers_words() -> None:
    with mail_server() as house:
        house.mailbox.full = True
        with pytest.raises(NotMailed, match=r"did not take the mail\. It says: “452 4\.2\.2 The mailbox is full”"):
            send(server(house), letter())


def test_a_server_that_is_down_or_not_there() -> None:
    with mail_server() as house:
        gone = server(house)
    with pytest.raises(NotMailed, match=r"No connection to 127\.0\.0\.1, port"):
        send(gone, letter())
    with pytest.raises(NotMailed, match=r"mail server nowhere\.invalid cannot be found"):
        send(parse_server("smtp://nowhere.invalid"), letter())


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
@pytest.mark.parametrize("drip", [b"", b"220-x\r\n"], ids=["silent", "dripping"])
def test_a_server_that_never_comes_to_an_end_is_left(scheme: str, drip: bytes) -> None:
    with silent_server(drip) as port, pytest.raises(NotMailed) as error:
        send(parse_server(f"{scheme}://127.0.0.1:{port}"), letter(), SHORT)
    words = "does not speak TLS" if scheme == "smtps" and drip else "did not answer in time"
    assert words in str(error.value)


@pytest.mark.parametrize("subject", ["A\r\nBcc: eve@evil.example", "A\nB", "A\x00B\x85C", "x" * 5000])
def test_no_subject_adds_a_header(subject: str) -> None:
    message = compose(letter(subject=subject, sender_name="N\r\nBcc: eve@evil.example"))
    assert "Bcc" not in message
    assert len(message["Subject"]) <= 150
    assert b"\r\nBcc:" not in message.as_bytes() and b"\nBcc:" not in message.as_bytes()


@pytest.mark.parametrize(
    "address",
    [
        "a@b.example\r\nBcc: eve@evil.example",
        "a@b.example, eve@evil.example",
        "a..b@c.example",
        "a@[1.2.3.4]",
        "a b",
        "",
    ],
)
def test_no_address_adds_a_header_or_a_recipient(address: str) -> None:
    with mail_server() as house:
        for changed in ({"recipients": (address,)}, {"sender": address}):
            with pytest.raises(NotMailed, match="none that mail can go to"):
                send(server(house), letter(**changed))
    assert house.mailbox.letters == []


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail.example.org", ("mail.example.org", 587, "", "", False)),
        ("smtps://mail.example.org", ("mail.example.org", 465, "", "", True)),
        ("smtp://u%40x:p%2F%25@mail.example.org:25", ("mail.example.org", 25, "u@x", "p/%", False)),
        ("smtp://[::1]:2525/", ("::1", 2525, "", "", False)),
    ],
)
def test_a_server_is_read_from_its_address(url: str, expected: tuple[str, int, str, str, bool]) -> None:
    found = parse_server(url)
    assert (found.host, found.port, found.user, found.password, found.tls_first) == expected


@pytest.mark.parametrize(
    "url",
    [
        "mail.example.org", "http://mail.example.org", "smtp://", "smtp://hush:x@", "smtp://hush@mail.example.org",
        "smtp://:hush@mail.example.org", "smtp://mail.example.org:hush", "smtp://mail.example.org/hush",
        "smtp://hush:a%0Ab@mail.example.org", "smtp://mail example.org", "smtp://[hush",
    ],
)  # fmt: skip
def test_a_crooked_server_is_refused_in_a_sentence_without_it(url: str) -> None:
    with pytest.raises(ValueError, match="write it like smtp://") as error:
        parse_server(url)
    assert "hush" not in str(error.value)


@pytest.mark.parametrize(
    ("host", "here"), [("localhost", True), ("127.0.0.5", True), ("::1", True), ("10.0.0.1", False)]
)
def test_what_counts_as_this_machine(host: str, here: bool) -> None:
    assert MailServer(host, 25).is_here is here
