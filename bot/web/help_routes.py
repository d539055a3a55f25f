"""Help articles as pages that anybody may open: nothing on them is about the reader."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from markupsafe import Markup
from starlette.background import BackgroundTask

from bot.articles import Article, Articles
from bot.web.app import HEADERS
from bot.web.pages import Pages
from flows.languages import language_chain

log = logging.getLogger("handrail.help")

_TAG = re.compile(r"[a-z]{2}(?:-[a-z]{2})?", re.IGNORECASE)
_RANGE = re.compile(r"([a-z-]+)\s*(?:;\s*q=([01](?:\.\d{0,3})?))?", re.IGNORECASE)
_MOST_RANGES = 20
_MOST_TOKEN = 500


def help_routes(pages: Pages, read: Callable[[str, str], None] | None = None) -> APIRouter:
    """GET /help/<name>, in the language of `?lang=`, else of the browser, else as shipped; with `?v=` in the form for a segment.

    `read` hears of an article opened by a link with `?r=<token>`: the token, not verified, and the article's name. It is called after the
    answer went out, and whatever it makes of the token changes nothing for the reader. A link from a mail has `?s=<token>`: opening it
    tells nothing, for scanners open every link; POST /help/<name>/seen does, which the page says of itself once somebody really looks,
    and POST /help/<name>/open, which leads to where the article lives.
    """
    router = APIRouter()

    @router.get("/help/{name}", response_class=HTMLResponse)
    def show_article(name: str, request: Request, lang: str = "", v: str = "", r: str = "", s: str = "") -> Response:
        articles = pages.shelf.books.articles
        wanted = [lang] if _TAG.fullmatch(lang) else list(_accepted(request.headers.get("accept-language", "")))
        article = _in_first_language(articles, name, wanted, v)
        if article is None:
            return _not_here(pages, wanted)
        answer = _draw(pages, article, (r or s)[:_MOST_TOKEN], tells=bool(s and not r))
        if read is not None and r and len(r) <= _MOST_TOKEN:
            answer.background = BackgroundTask(_tell, read, r, name)
        return answer

    @router.post("/help/{name}/seen")
    def seen(name: str, reader: Annotated[str, Form(max_length=_MOST_TOKEN)] = "") -> Response:
        return Response(status_code=204, background=told(name, reader))

    @router.post("/help/{name}/open", response_class=HTMLResponse)
    def open_elsewhere(name: str, request: Request, reader: Annotated[str, Form(max_length=_MOST_TOKEN)] = "") -> Response:
        wanted = list(_accepted(request.headers.get("accept-language", "")))
        article = _in_first_language(pages.shelf.books.articles, name, wanted, "")
        if article is None or not article.url:
            return _not_here(pages, wanted)
        return RedirectResponse(article.url, status_code=303, background=told(name, reader))

    def told(name: str, reader: str) -> BackgroundTask | None:
        known = name in pages.shelf.books.articles
        return BackgroundTask(_tell, read, reader, name) if read is not None and reader and known else None

    return router


def _draw(pages: Pages, article: Article, reader: str, *, tells: bool) -> HTMLResponse:
    body = article.html if "<h2>" in article.html else article.html.replace("<h3>", "<h2>").replace("</h3>", "</h2>")
    context = {
        "title": article.title,
        "body": Markup(body),
        "article": article.name,
        "url": article.url,
        "video": article.level == "video",
        "minutes": article.minutes,
        "reader": reader,
        "tells": tells,
    }
    answer = pages.show("help.html", context, locale=article.locale)
    if article.url:  # browsers ask the policy of the page that has the form also where its answer leads
        there = urlsplit(article.url)
        policy = HEADERS["Content-Security-Policy"].replace("form-action 'self'", f"form-action 'self' {there.scheme}://{there.netloc}")
        answer.headers["Content-Security-Policy"] = policy
    return answer


def _not_here(pages: Pages, wanted: list[str]) -> HTMLResponse:
    """Kind words, in the reader's language where somebody translated them."""
    speak = pages.shelf.books.words.get
    locale = wanted[0] if wanted and speak("article.missing", wanted[0]) != speak("article.missing") else ""
    text = {"title": speak("article.missing_title", locale), "text": speak("article.missing", locale)}
    return pages.show("message.html", text, locale=locale, status=404)


def _in_first_language(articles: Articles, name: str, wanted: list[str], variant: str) -> Article | None:
    """The article in the first language that somebody wrote it in; English is how articles are shipped."""
    for tag in wanted:
        if tag.lower().startswith("en"):
            break
        for locale in language_chain(tag)[:-1]:
            if article := articles.variants.get((name, variant, locale)) or articles.found.get((name, locale)):
                return article
    return articles.variants.get((name, variant, "")) or articles.found.get((name, ""))


def _accepted(header: str) -> Iterator[str]:
    """The languages of an Accept-Language header, the best liked first; what can't be read is left out."""
    ranges = [found for part in header.split(",")[:_MOST_RANGES] if (found := _RANGE.fullmatch(part.strip())) and _TAG.fullmatch(found[1])]
    liked = [(float(found[2] or 1), found[1]) for found in ranges]
    return (tag for weight, tag in sorted(liked, key=lambda each: -each[0]) if weight > 0)


def _tell(read: Callable[[str, str], None], token: str, name: str) -> None:
    try:
        read(token, name)
    except Exception as error:  # its text may hold the token
        log.error("that %s was read could not be kept: %s", name, type(error).__name__)
