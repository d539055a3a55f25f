"""Adding the app to a workspace as a browser does: the app's own link, Slack's question, and back with a code."""

from __future__ import annotations

import http.client
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import urlencode, urljoin, urlsplit

TIMEOUT = 20.0
MOST_HOPS = 6
_AUTHORIZE = re.compile(r'href="([^"]*/oauth/v2/authorize[^"]*)"')
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]*)" value="([^"]*)">')


@dataclass(frozen=True, kw_only=True, slots=True)
class Arrived:
    """Where a browser ended up: the address, and what it was shown there."""

    url: str
    status: int
    text: str


@dataclass(slots=True)
class Browser:
    """Follows redirects and keeps cookies, those marked Secure too, as browsers do on this machine."""

    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, url: str) -> Arrived:
        """Open an address."""
        return self._follow("GET", url, None)

    def send(self, url: str, fields: Mapping[str, str]) -> Arrived:
        """Send a form."""
        return self._follow("POST", url, urlencode(fields))

    def _follow(self, method: str, url: str, body: str | None) -> Arrived:
        for _ in range(MOST_HOPS):
            arrived, location = self._once(method, url, body)
            if location is None:
                return arrived
            method, url, body = "GET", urljoin(url, location), None
        raise RuntimeError(f"The redirects do not end: {url}")

    def _once(self, method: str, url: str, body: str | None) -> tuple[Arrived, str | None]:
        place = urlsplit(url)
        line = http.client.HTTPConnection(place.hostname or "", place.port, timeout=TIMEOUT)
        headers = {"Accept": "text/html", "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        headers |= {"Content-Type": "application/x-www-form-urlencoded"} if body is not None else {}
        try:
            line.request(method, (place.path or "/") + (f"?{place.query}" if place.query else ""), body, headers)
            answer = line.getresponse()
            for cookie in answer.headers.get_all("set-cookie") or []:
                name, _, value = cookie.partition(";")[0].partition("=")
                self.cookies[name.strip()] = value.strip()
            text = answer.read().decode(errors="replace")
            moved = answer.getheader("location") if 300 <= answer.status < 400 else None
            return Arrived(url=url, status=answer.status, text=text), moved
        finally:
            line.close()


def install(app_url: str, team: str, user: str, *, start: str = "/slack/install", answer: str = "allow") -> Arrived:
    """Walk from the app's `start` over Slack's page to where it sends people. `answer`: allow or cancel.

    Raises LookupError when the app's page does not lead to Slack; Slack's own page is returned where it asks nothing.
    """
    browser = Browser()
    here = browser.get(urljoin(app_url, start))
    if "/oauth/v2/authorize" not in here.url:
        link = _AUTHORIZE.search(here.text)
        if link is None:
            raise LookupError(f"{start} answers {here.status} and leads to no page of Slack's.")
        here = browser.get(urljoin(here.url, unescape(link[1])))
    fields = {unescape(name): unescape(value) for name, value in _HIDDEN.findall(here.text)}
    if not fields:
        return here
    return browser.send(here.url.partition("?")[0], fields | {"who": f"{team}/{user}", "answer": answer})
