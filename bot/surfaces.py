"""How each surface writes a value: the Jinja environments for plain text, HTML and Slack."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlsplit

from jinja2 import StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from bot.sandbox import Writing

__all__ = ["FILTERS", "HTML", "SLACK", "TEXT", "Writing", "clean", "escape_mrkdwn", "safe_link"]

_STRANGE = r"\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069\ue000-\uf8ff"
"""Control characters, direction overrides, and the private-use characters that we mark places with."""
_UNWANTED = re.compile(f"[{_STRANGE}]")
_NOT_AS_HTML = re.compile(f"[&<>\"'\n{_STRANGE}]")
_NOT_IN_SLACK = re.compile(f"[&<>{_STRANGE}]")
"""What a text that is written as it stands has none of: one look instead of one for each thing that could be wrong with it."""
_SCHEMES = ("http", "https", "mailto")
_HARMLESS_LINK = re.compile(r"https?://[A-Za-z0-9._~:/?#@!$&()*+,;=%-]*")
"""Addresses in which nothing is left to do. Most are."""


def clean(value: object) -> str:
    """A value as text, without the characters that could break out of a line, a direction or our own marks."""
    return _UNWANTED.sub("", str(value).replace("\r\n", "\n"))


def escape_mrkdwn(text: str) -> str:
    """Text that Slack shows as it is: a customer named `<!channel>` pings nobody."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def safe_link(value: object) -> str:
    """An address people may follow, '' when it is none: only the web and mail, and nothing that ends a tag early."""
    if type(value) is str and _HARMLESS_LINK.fullmatch(value):
        return value
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


def _environment(finalize: Callable[[object], object], strange: re.Pattern[str], *, autoescape: bool) -> Writing:
    made = Writing(
        _writer(finalize, strange.search, autoescape=autoescape), undefined=StrictUndefined, finalize=finalize, autoescape=autoescape
    )
    made.globals.clear()
    made.filters.update(FILTERS)
    return made


def _writer(finalize: Callable[[object], object], is_strange: Callable[[str], object], *, autoescape: bool) -> Callable[[object], str]:
    """Writes a value as `finalize` and the escaping after it would. What has nothing strange in it is written as it stands."""

    def written(value: object) -> str:
        kind = type(value)
        if kind is str and not is_strange(value):  # type: ignore[arg-type]
            return value  # type: ignore[return-value]
        if kind is int:
            return str(value)
        if kind is Markup:
            return value  # type: ignore[return-value]
        return escape(finalize(value)) if autoescape else str(finalize(value))

    return written


TEXT = _environment(_for_text, _UNWANTED, autoescape=False)
HTML = _environment(_for_html, _NOT_AS_HTML, autoescape=True)
SLACK = _environment(_for_slack, _NOT_IN_SLACK, autoescape=False)
