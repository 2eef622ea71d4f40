"""The sign-in with Facebook, for every platform of Meta that can be reached through it.

Source: the platform sheet of Facebook Pages, sections 2 and 3; that of Instagram, section 2.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from scheduler.domain.outcome import Forbidden, Misconfigured, NotSent, Outcome, Unauthorized
from scheduler.platforms import oauth
from scheduler.platforms.answers import Reader
from scheduler.platforms.base import Back, Refused, Session, SignIn
from scheduler.platforms.http import Answer
from scheduler.platforms.meta import Graph, error_of, number_of, outcome_of

DATA_ACCESS_MS = 90 * 86_400_000
"""After 90 days Meta wants the person to sign in again, although the token of a Page has no end (sheet, section 3)."""


@dataclass(frozen=True, slots=True)
class FacebookLogin:
    """The sign-in with Facebook for one platform: `needed` rights must be given, `scopes` are asked for."""

    label: str
    graph: str
    """Address of the API, with the version."""
    pages: str
    """Address of the page for the person, with the version."""
    scopes: tuple[str, ...]
    needed: tuple[str, ...]

    def begin(self, session: Session, back: Back) -> SignIn:
        """Return where to send the person."""
        return oauth.begin(self._provider(), session, back)

    def user_graph(self, session: Session, answer: Mapping[str, str], kept: Mapping[str, str]) -> tuple[Graph, str]:
        """Return the API as the person who came back, and the rights that were given (space separated).

        The first token lives for an hour or two; it is exchanged, as only a long one makes tokens of Pages without
        an end. Raises `Refused`, also when a needed right was unticked.
        """
        short = oauth.redeem(self._provider(), session, answer, kept)["access_token"]
        app = session.app
        wish = {"grant_type": "fb_exchange_token", "fb_exchange_token": str(short)}
        wish |= {"client_id": app.get("client_id", ""), "client_secret": app.get("client_secret", "")}
        said = Graph(session, self.label, self.graph, str(short)).ask("POST", "oauth/access_token", wish)
        long = said.get("access_token")
        if not isinstance(long, str) or not long:
            raise Refused(NotSent(sentence=f"{self.label} gave no lasting sign-in. Start connecting again."))
        graph = Graph(session, self.label, self.graph, long)
        return graph, self._granted(graph)

    def _granted(self, graph: Graph) -> str:
        entries = graph.walk("me/permissions", {})
        given = {str(entry.get("permission")) for entry in entries if entry.get("status") == "granted"}
        if missing := [scope for scope in self.needed if scope not in given]:
            sentence = (
                f"You did not allow {', '.join(missing)}, without which nothing can be posted. Connect again, "
                "and leave everything ticked on Facebook's page."
            )
            raise Refused(Forbidden(sentence=sentence))
        return " ".join(sorted(given & set(self.scopes)))

    def _provider(self) -> oauth.Provider:
        return oauth.Provider(
            self.label,
            f"{self.pages}/dialog/oauth",
            f"{self.graph}/oauth/access_token",
            self.scopes,
            pkce=False,
            separator=",",
            asks={"auth_type": "rerequest"},
            refusal=token_refusal,
        )


def token_refusal(reader: Reader, answer: Answer) -> Outcome | None:
    """Return what a refusal of a token endpoint of Meta means; None for what is not in its form."""
    error = error_of(answer)
    if not error or answer.status >= 500:
        return None
    code, evidence = number_of(error.get("code")), reader.evidence(answer)
    said = reader.quoted(str(error.get("message") or ""))
    if code in (1, 101):
        sentence = (
            f"{reader.label} does not accept this installation's app id or secret. Compare them with the app.{said}"
        )
        return Misconfigured(sentence=sentence, evidence=evidence)
    if code == 100:
        sentence = f"{reader.label} did not accept the sign-in. Start connecting again.{said}"
        return Unauthorized(sentence=sentence, evidence=evidence)
    return outcome_of(reader, answer)
