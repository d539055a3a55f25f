"""That somebody opened a help article by a link of their own is something they did."""

from __future__ import annotations

from collections.abc import Callable

from bot.links import BadLink
from bot.web.pages import Pages
from flows.events import ArticleRead


def article_readings(pages: Pages) -> Callable[[str, str], None]:
    """What hears of an article opened with a signed token. A forged or old one tells nothing; opening it again that day is no news."""

    def read(token: str, article: str) -> None:
        now = pages.door.now()
        try:
            who = pages.links.read(token, "help", now)
        except (BadLink, ValueError):
            return
        if pages.door.view(who) is not None:
            key = f"{who}:{article}:{now.date().isoformat()}"
            pages.door.handle(ArticleRead(source="help", key=key, who=who, at=now, article=article, mouth="page"))

    return read
