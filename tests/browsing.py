"""What a browser sees in a page: its forms and its links."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Form:
    """A form as it would be sent unchanged, what is ticked in it, and the words on its button."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    button: str = ""
    ticked: list[tuple[str, str]] = field(default_factory=list)


class Page(HTMLParser):
    """A page or a mail, read once."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[tuple[str, str]] = []
        self.text = ""
        self._within = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(known.get("action", ""), known.get("method", "get")))
        elif tag == "input" and known.get("type") in ("checkbox", "radio"):
            self._ticked(known)
        elif tag in ("input", "textarea") and "name" in known:
            self.forms[-1].fields[known["name"]] = known.get("value", "")
        elif tag == "a":
            self.links.append(("", known.get("href", "")))
        if tag in ("a", "button"):
            self._within = tag

    def _ticked(self, known: dict[str, str]) -> None:
        """What is chosen already; of things to tick there may be several."""
        if "checked" in known and known["type"] == "radio":
            self.forms[-1].fields[known["name"]] = known.get("value", "")
        elif "checked" in known:
            self.forms[-1].ticked.append((known["name"], known.get("value", "")))

    def handle_endtag(self, tag: str) -> None:
        if tag == self._within:
            self._within = ""

    def handle_data(self, data: str) -> None:
        words = " ".join(data.split())
        self.text += f" {words}" if words else ""
        if self._within == "a" and words:
            said, href = self.links[-1]
            self.links[-1] = (f"{said} {words}".strip(), href)
        elif self._within == "button" and self.forms:
            self.forms[-1].button += words

    def form(self, action: str, **having: str) -> Form:
        """The first form whose address ends so and that has these fields."""
        return next(f for f in self.forms if f.action.endswith(action) and having.items() <= f.fields.items())

    def link(self, words: str) -> str:
        """Where the first link with these words goes."""
        return next(href for said, href in self.links if words in said)
