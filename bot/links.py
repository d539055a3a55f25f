"""Signed links: who opens one is who it was written to, for that purpose and as long as it lasts."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Literal
from urllib.parse import quote, urlencode

Purpose = Literal["page", "preferences", "unsubscribe", "help", "slack", "slack-link", "story", "timeline"]

PAGE_LASTS = timedelta(days=30)
PREFERENCES_LAST = timedelta(days=60)
STEPS_ASIDE = timedelta(hours=1)
"""How long a link to the preferences is good that an unsubscribe link leads to: what never expires makes nothing else eternal."""
STORY_LASTS = timedelta(days=7)
CONFIRM_LASTS = timedelta(hours=1)
"""How long an address can be confirmed from a mail that a stranger in Slack asked for."""
SHORTEST_KEY = 16
"""Characters of the secret that signs."""
_NEVER = 0
_MOST_QUERIES = 4096


class BadLink(Exception):
    """Forged, cut short, for something else, or too old: the answer is the same for each."""


class Expired(BadLink):
    """Ours, and too old. `person` is whom it was written to: nobody else may hear what they are told now."""

    def __init__(self, person: str) -> None:
        super().__init__()
        self.person = person


class PersonLinks:
    """The addresses one message to one person may hold, each signed when it is first asked for."""

    def __init__(self, links: Links, person_id: str, now: datetime, *, slack: bool = False) -> None:
        self._links, self._id, self._now, self._to_slack = links, person_id, now, slack
        self._page = self._unsubscribe = self._preferences = self._slack = self._reader = ""

    @property
    def page(self) -> str:
        """Their page."""
        self._page = self._page or self._links.page(self._id, self._now)
        return self._page

    @property
    def unsubscribe(self) -> str:
        """Where mail is stopped."""
        self._unsubscribe = self._unsubscribe or self._links.unsubscribe(self._id)
        return self._unsubscribe

    @property
    def preferences(self) -> str:
        """Where they choose what they get."""
        self._preferences = self._preferences or self._links.preferences(self._id, self._now)
        return self._preferences

    @property
    def slack(self) -> str:
        """Where they go on in Slack, '' when there is no need."""
        if self._to_slack:
            self._slack = self._slack or self._links.continue_in_slack(self._id, self._now)
        return self._slack

    @property
    def reader(self) -> str:
        """Tells who reads an article."""
        self._reader = self._reader or self._links.sign("help", self._id, self._now + PAGE_LASTS)
        return self._reader

    def do(self, action: str, facts: Mapping[str, str | int] | None = None) -> str:
        """Their page, asking to confirm an action: opening it changes nothing, because mail scanners open every link."""
        return f"{self.page}?{_query('do', action, *(part for fact in (facts or {}).items() for part in fact))}"

    def help(self, article: str, locale: str = "", *, told: bool = True, variant: str = "") -> str:
        """An article's page, '' when nobody said where the app answers.

        `told`: opening it tells us that they read it. Not in mail, where scanners open every link: there somebody has to look at it for a
        while, or press something. `variant` is the segment it is for.
        """
        root = self._links.base
        facts = {"lang": locale, "v": variant, "r" if told else "s": self.reader}
        query = urlencode({name: value for name, value in facts.items() if value})
        return f"{root}/help/{quote(article)}" + (f"?{query}" if query else "") if root else ""


class Links:
    """Writes and reads links. `base_url` is where the app answers, `secret_key` at least 16 characters that nobody else has."""

    def __init__(self, base_url: str, secret_key: str) -> None:
        if len(secret_key) < SHORTEST_KEY:
            raise ValueError(f"the secret key needs at least {SHORTEST_KEY} characters")
        self.base = base_url.rstrip("/")
        key = hmac.digest(secret_key.encode(), b"handrail links, version 1", hashlib.sha256)
        self._keyed = hmac.new(key, digestmod=hashlib.sha256)

    def sign(self, purpose: Purpose, person_id: str, expires: datetime | None) -> str:
        """A token for a path or an address. `expires` is an aware instant of world time, None for never."""
        until = int(expires.timestamp()) if expires else _NEVER
        claim = _encode(f"{until}.{person_id}".encode())
        return f"{claim}.{self._signature(purpose, claim)}"

    def read(self, token: str, purpose: Purpose, now: datetime) -> str:
        """The person the token speaks of. Raises BadLink, and of those Expired for a right one whose time is over."""
        claim, _, signature = token.partition(".")
        if not hmac.compare_digest(signature.encode(errors="replace"), self._signature(purpose, claim).encode()):
            raise BadLink
        until, _, person_id = _decode(claim).partition(".")
        if int(until) != _NEVER and now >= datetime.fromtimestamp(int(until), UTC):
            raise Expired(person_id)
        return person_id

    def page(self, person_id: str, now: datetime) -> str:
        """The address of their page, good for 30 days."""
        return f"{self.base}/p/{self.sign('page', person_id, now + PAGE_LASTS)}"

    def preferences(self, person_id: str, now: datetime, lasts: timedelta = PREFERENCES_LAST) -> str:
        """Where they choose what they get, good for 60 days."""
        return f"{self.base}/preferences/{self.sign('preferences', person_id, now + lasts)}"

    def story(self, person_id: str, now: datetime) -> str:
        """Where colleagues read a person's whole story, good for 7 days. Nothing can be done there in the person's name."""
        return f"{self.base}/t/{self.sign('story', person_id, now + STORY_LASTS)}"

    def timeline(self, person_id: str, now: datetime) -> str:
        """Where colleagues read how far a person's account is, good for 7 days. It shows, and changes nothing."""
        return f"{self.base}/timeline/{self.sign('timeline', person_id, now + STORY_LASTS)}"

    def unsubscribe(self, person_id: str) -> str:
        """Where mail is stopped. It never expires: an old mail must still let them go."""
        return f"{self.base}/u/{self.sign('unsubscribe', person_id, None)}"

    def help(self, article: str, person_id: str, now: datetime, locale: str = "") -> str:
        """An article's page, as this person opens it."""
        return self.of(person_id, now).help(article, locale)

    def continue_in_slack(self, person_id: str, now: datetime) -> str:
        """Where they go on in Slack, good for 30 days."""
        return f"{self.base}/slack/continue/{self.sign('slack', person_id, now + PAGE_LASTS)}"

    def confirm_slack(self, person_id: str, slack: str, now: datetime, *called: str) -> str:
        """Where somebody confirms that the Slack user "TEAM/USER" is them, good for an hour. It is sent to their own address alone.

        `called`: the names of that user and of the workspace, one line each, for the page.
        """
        claim = "\n".join((f"{person_id} {slack}", *called))
        return f"{self.base}/slack/link/{self.sign('slack-link', claim, now + CONFIRM_LASTS)}"

    def of(self, person_id: str, now: datetime, *, slack: bool = False) -> PersonLinks:
        """All that a message to them may hold; `slack` when they can go on there and have not yet."""
        return PersonLinks(self, person_id, now, slack=slack)

    def do(self, person_id: str, action: str, now: datetime, facts: Mapping[str, str | int] | None = None) -> str:
        """Their page, asking to confirm an action."""
        return self.of(person_id, now).do(action, facts)

    def _signature(self, purpose: str, claim: str) -> str:
        signing = self._keyed.copy()  # taking the key in is half of the work
        signing.update(f"{purpose}\0{claim}".encode(errors="replace"))
        return _encode(signing.digest())


@lru_cache(_MOST_QUERIES, typed=True)
def _query(*names_and_values: str | int) -> str:
    """What stands after the question mark: the same for everybody who is at the same step."""
    return urlencode([(str(name), value) for name, value in zip(names_and_values[::2], names_and_values[1::2], strict=True)])


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _decode(text: str) -> str:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
