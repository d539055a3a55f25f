"""How each surface writes a value: the Jinja environments for plain text, HTML and Slack."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from jinja2 import StrictUndefined, Template, pass_context
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup, escape

_UNWANTED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069\ue000-\uf8ff]")
"""Control characters, direction overrides, and the private-use characters that we mark places with."""
_SCHEMES = ("http", "https", "mailto")
_MOST_TEMPLATES = 8192
"""Sources whose templates are kept; all that ships is about two thousand."""


def clean(value: object) -> str:
    """A value as text, without the characters that could break out of a line, a direction or our own marks."""
    return _UNWANTED.sub("", str(value).replace("\r\n", "\n"))


def escape_mrkdwn(text: str) -> str:
    """Text that Slack shows as it is: a customer named `<!channel>` pings nobody."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def safe_link(value: object) -> str:
    """An address people may follow, '' when it is none: only the web and mail, and nothing that ends a tag early."""
    address = clean(value).strip()
    try:
        scheme = urlsplit(address).scheme.lower()
    except ValueError:
        return ""
    if scheme not in _SCHEMES:
        return ""
    return re.sub(r"[\s\"'<>|\\^`{}]", lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()), address)


def counted(number: object, one: str, many: str) -> str:
    """`5 | counted('minute', 'minutes')` → 5 minutes."""
    return f"{number} {one_of(number, one, many)}"


def one_of(number: object, one: str, many: str) -> str:
    """The word that goes with a number, without the number."""
    return one if number == 1 else many


def brief(clock: object) -> str:
    """A clock time as short as it can be: `"09:00" | brief` → 9, `"09:30" | brief` → 9:30."""
    return str(clock).removeprefix("0").removesuffix(":00")


@pass_context
def spelled(context: Context, number: object) -> str:
    """A small number as a word: `5 | spelled` → five."""
    names = context.get("number_words", ())
    return str(names[number]) if isinstance(number, int) and 0 <= number < len(names) else str(number)


def capitalize(value: object) -> str:
    """The beginning of a sentence: `'on 2 March' | capitalize` → On 2 March. Jinja's own would write the month small."""
    text = value if isinstance(value, str) else str(value)
    return text[:1].upper() + text[1:]


def ordinal(number: int) -> str:
    """2 → 2nd."""
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


FILTERS = {
    "capitalize": capitalize,
    "counted": counted,
    "one_of": one_of,
    "spelled": spelled,
    "brief": brief,
    "ordinal": ordinal,
    "safe_link": safe_link,
}


def _for_text(value: object) -> str:
    return str(value) if isinstance(value, Markup) else clean(value)


def _for_html(value: object) -> object:
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return Markup(str(escape(clean(value))).replace("\n", "<br>"))


def _for_slack(value: object) -> str:
    return str(value) if isinstance(value, Markup) else escape_mrkdwn(clean(value))


class Writing(ImmutableSandboxedEnvironment):
    """An environment that compiles a source once: files are read again whenever one of them changes, and most are as they were."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.compiled = lru_cache(_MOST_TEMPLATES)(super().from_string)

    def from_string(self, source: str) -> Template:  # type: ignore[override]
        """The template. Raises TemplateSyntaxError."""
        return self.compiled(source)


def _environment(finalize: Callable[[object], object], *, autoescape: bool) -> Writing:
    made = Writing(undefined=StrictUndefined, finalize=finalize, autoescape=autoescape)
    made.globals.clear()
    made.filters.update(FILTERS)
    return made


TEXT = _environment(_for_text, autoescape=False)
HTML = _environment(_for_html, autoescape=True)
SLACK = _environment(_for_slack, autoescape=False)
