"""What reading an answer costs: an everyday mail, and the worst that 200 KB can hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from bench.timing import seconds
from bot.email.parsing import parse_mail
from bot.email.reading import html_as_text, read_reply

SENTINELS = ("Answer above this line", "Antworten Sie über dieser Zeile")
KB = 1024

Measured = tuple[str, float, str]


def everyday() -> str:
    """1 KB: two lines, and our mail below them."""
    quoted = "\n".join(f"> Line {n} of the mail you got, with a link https://app.example.com/r/{n}" for n in range(11))
    return f"done\nThanks, that was quick.\n\nOn Mon, 2 Mar 2026 at 10:00, Maya at Acme <reply+abc@reply.example.com> wrote:\n\n{quoted}\n"


def hostile_texts(size: int) -> dict[str, str]:
    """Texts of this many characters, each meant to be slow for one kind of reader."""
    units = {
        "nested quotes": "".join(">" * depth + " deeper\n" for depth in range(1, 700)),
        "On On On": "On ",
        "lines of On": "On Mon, 2 Mar 2026 at 10:00\n",
        "only >": ">",
        "one line": "word ",
        "empty lines": "\n",
        "short lines": "a\n",
        "a From that goes on": "From: ann@example.com\n\n",
        "wrote without end": "On 2 Mar 2026 Maya wrote ",
        "dashes": "-----Original ",
        "colons": "Von: x\nGesendet: ",
        "telephones": "Sent from my my my my my\n",
        "spaces": " \t\xa0",
        "unseen": "\u200b\u202e",
        "brackets": "[image: ",
    }
    return {name: (unit * (size // len(unit) + 1))[:size] for name, unit in units.items()}


def hostile_pages(size: int) -> dict[str, str]:
    """The same for HTML."""
    units = {
        "open tags": "<b>",
        "open divs": "<div class=a>",
        "a flood of &": "&a",
        "long numbers": "&#" + "9" * 5000 + ";",
        "open comments": "<!--",
        "open quotes": '<a href="',
        "open brackets": "<",
        "attributes": "<a b=c d='e' ",
        "quotes in quotes": "<blockquote>",
        "scripts": "<script>",
        "half closed": "</",
        "spaces": " \n",
        "classes": '<p class="gmail_x gmail_y yahoo">x',
    }
    return {name: (unit * (size // len(unit) + 1))[:size] for name, unit in units.items()}


def replies_side(times: int = 5) -> Iterator[Measured]:
    """Milliseconds for 1 KB, and for the slowest of all hostile bodies of 200 KB."""
    yield "a reply of 1 KB read", seconds(partial(read_reply, everyday(), SENTINELS), times * 20) * 1000, "ms"
    texts = {name: partial(read_reply, text, SENTINELS) for name, text in hostile_texts(200 * KB).items()}
    yield _worst("reply", texts, times)
    yield _worst("HTML reply", {name: partial(_page_read, page) for name, page in hostile_pages(200 * KB).items()}, times)
    mails = {name: partial(parse_mail, _mail(text)) for name, text in (hostile_texts(200 * KB) | hostile_pages(200 * KB)).items()}
    yield _worst("mail taken apart", mails, times)


def _page_read(page: str) -> None:
    read_reply(html_as_text(page), SENTINELS)


def _mail(text: str) -> bytes:
    return b"From: ann@example.com\nSubject: Re: Your start\nMessage-ID: <a@example.com>\n\n" + text.encode(errors="replace")


def _worst(what: str, works: dict[str, Callable[[], object]], times: int) -> Measured:
    took = {name: seconds(work, times) for name, work in works.items()}
    name = max(took, key=lambda each: took[each])
    return f"worst {what} of 200 KB ({name})", took[name] * 1000, "ms"


def measure() -> None:
    """Print the figures: `python -m bench.replies`. The bar is 50 ms for each body of 200 KB."""
    for name, value, unit in replies_side():
        print(f"{name:56} {value:10,.2f} {unit}")


if __name__ == "__main__":
    measure()
