"""Whatever token somebody opens and whatever form they send: a page, or the one kind answer; and a stranger's press changes nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import strategies as st

from bot.links import Purpose
from tests.security.strangers import FORM, TEXTS, City, all_is_well, short_and_long, tried

PLACES: dict[str, Purpose] = {
    "/p/{}": "page",
    "/preferences/{}": "preferences",
    "/u/{}": "unsubscribe",
    "/t/{}": "story",
    "/timeline/{}": "timeline",
    "/slack/continue/{}": "slack",
    "/slack/link/{}": "slack-link",
}
"""Where tokens open something, and for what they have to be."""
POSTED = (
    "/p/{}/done",
    "/p/{}/goal",
    "/p/{}/snooze",
    "/p/{}/answer",
    "/preferences/{}",
    "/preferences/{}/usual",
    "/preferences/{}/resume",
    "/u/{}",
    "/slack/link/{}",
)
ACTIONS = (
    "done",
    "skip",
    "snooze",
    "stuck",
    "human",
    "failed",
    "elsewhere",
    "stop",
    "undo",
    "solved",
    "goal",
    "helped",
    "answer",
    "fresh",
    "nothing",
)
FIELDS = st.sampled_from(
    [
        "s",
        "q",
        "v",
        "u",
        "c",
        "a",
        "at",
        "text",
        "intake.role",
        "undo",
        "everything",
        "List-Unsubscribe",
        "kind",
        "by",
        "pause",
        "since",
        "until",
        "locale",
        "channel",
        "reader",
    ]
)
VALUES = TEXTS | st.sampled_from(
    [
        "invite",
        "2026-03-03T09:00",
        "9999-12-31T23:59",
        "0001-01-01T00:00",
        "tomorrow",
        "09:30",
        "25:99",
        "yes",
        "all",
        "email",
        "One-Click",
        "-1",
        "\u0661",
        "1" * 5000,
    ]
)
FORMS = st.lists(st.tuples(FIELDS | TEXTS, VALUES), max_size=6)


def ida(city: City) -> str:
    """Somebody whose pages are tried; our own id of her."""
    who = city.town.house.store.resolve("email", "", "ida@solo.test")
    if who is None:
        city.town.newcomer("Ida")
        who = city.town.house.store.resolve("email", "", "ida@solo.test")
    assert who is not None
    return who


def token(city: City, purpose: Purpose, who: str = "", *, days: float = 1) -> str:
    return city.town.house.links.sign(purpose, who or ida(city), city.town.demo.now() + timedelta(days=days))


def _tokens(city: City) -> st.SearchStrategy[str]:
    """None that opens what it is tried at: made up, cut, changed, of somebody who is not there, too old."""
    good = token(city, "page")
    claim, _, mac = good.partition(".")
    return (
        st.text(max_size=40)
        | st.sampled_from(
            [
                "",
                ".",
                "..",
                "a.b",
                claim,
                f"{claim}.",
                f".{mac}",
                f"{claim}.{mac[:-1]}",
                good.swapcase(),
                good + "A",
                "\u00fc.\u00fc",
                "x" * 9000,
            ]
        )
        | st.sampled_from([token(city, "page", "nobody"), token(city, "help"), token(city, "page", "\x00"), token(city, "page", "../x")])
        | st.integers(0, len(good) - 1).map(lambda at: good[:at] + ("A" if good[at] != "A" else "B") + good[at + 1 :])
    )


@short_and_long(150, 1500)
def test_a_token_that_opens_nothing_gets_one_answer_and_changes_nothing(city: City, many: int):
    def check(place: str, given: str, fields: list[tuple[str, str]], posts: bool, query: str) -> None:
        path = place.format(given)
        answer = city.submits(path, fields) if posts else city.asks("GET", path, query=query)
        all_is_well(answer)
        assert answer.status in (404, 405, 410, 307), (answer.status, path)
        assert not answer.changed

    tried(
        many,
        check,
        place=st.sampled_from([*PLACES, *POSTED]),
        given=_tokens(city).filter(lambda text: "/" not in text and text != ""),
        fields=FORMS,
        posts=st.booleans(),
        query=FORMS.map(lambda fields: urlencode(fields, errors="replace")),
    )


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("purpose", sorted({*PLACES.values(), "help"}))
def test_a_link_for_one_thing_opens_nothing_else(city: City, place: str, purpose: Purpose):
    if purpose == PLACES[place]:
        return
    for answer in (city.asks("GET", place.format(token(city, purpose))), city.submits(place.format(token(city, purpose)), [("text", "x")])):
        assert answer.status in (404, 405)
        assert not answer.changed


@pytest.mark.parametrize("place", [place for place in PLACES if place != "/u/{}"])
def test_every_link_ends_but_the_one_that_lets_them_go(city: City, place: str):
    old = token(city, PLACES[place], days=-1)
    answer = city.asks("GET", place.format(old))
    assert (answer.status in (404, 410), answer.changed) == (True, False)
    assert "ida@solo.test" not in answer.text


@short_and_long(120, 1500)
def test_whatever_form_somebody_sends_from_their_own_page_is_answered(city: City, many: int):
    def check(action: str, fields: list[tuple[str, str]], kind: str, raw: bytes) -> None:
        path = action.format(
            token(city, "preferences" if action.startswith("/pref") else "unsubscribe" if action.startswith("/u") else "page")
        )
        answer = city.posts(path, urlencode(fields, errors="replace").encode() if kind == FORM else raw, kind)
        all_is_well(answer, may_change=True)
        assert not answer.headers.get("location", "/").startswith(("//", "http"))

    tried(
        many,
        check,
        action=st.sampled_from([*(f"/p/{{}}/{action}" for action in ACTIONS), *(place for place in POSTED if "slack" not in place)]),
        fields=FORMS,
        kind=st.sampled_from(
            [FORM, FORM, FORM, "multipart/form-data; boundary=x", "multipart/form-data", "application/json", "text/plain; charset=x"]
        ),
        raw=st.binary(max_size=60)
        | st.sampled_from(
            [b'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\nhi\r\n--x--\r\n', b"--x\r\n" * 2000, b"a=1&" * 5000, b"%"]
        ),
    )


@short_and_long(80, 1500)
def test_opening_a_page_in_any_way_changes_nothing(city: City, many: int):
    def check(place: str, query: str, headers: dict[str, str]) -> None:
        answer = city.asks("GET", place.format(token(city, PLACES[place])), headers=headers, query=query)
        all_is_well(answer)
        assert not answer.changed

    known = {
        "do": st.sampled_from([*ACTIONS, "answer", "snooze:1"]) | TEXTS,
        "notice": TEXTS,
        "answered": TEXTS,
        "show": TEXTS,
        "all": TEXTS,
        "survey": TEXTS,
    }
    tried(
        many,
        check,
        place=st.sampled_from([place for place in PLACES if "link" not in place]),
        query=st.fixed_dictionaries({}, optional=known).map(lambda fields: urlencode(fields, errors="replace")),
        headers=st.dictionaries(
            st.sampled_from(["accept-language", "accept", "cookie", "x-forwarded-for", "range", "origin"]), TEXTS, max_size=3
        ),
    )


@short_and_long(80, 1500)
def test_help_is_read_however_it_is_asked_for(city: City, many: int):
    def check(name: str, query: str, language: str, reader: str) -> None:
        path = f"/help/{name}"
        for answer in (
            city.asks("GET", path, headers={"accept-language": language}, query=query),
            city.submits(f"{path}/seen", [("reader", reader)]),
            city.submits(f"{path}/open", [("reader", reader)]),
        ):
            all_is_well(answer)
            assert not answer.changed

    languages = TEXTS | st.sampled_from(["de", "de;q=0.1," * 200, "-" * 3000, "a-" * 1500, ";q=" * 900, "*"])
    tried(
        many,
        check,
        name=st.sampled_from(["connect-your-data", "invite", "../layouts/email", "..%2f..", "\x00"]) | TEXTS,
        query=st.fixed_dictionaries({}, optional={"lang": TEXTS, "v": TEXTS, "r": TEXTS, "s": TEXTS}).map(
            lambda f: urlencode(f, errors="replace")
        ),
        language=languages,
        reader=TEXTS,
    )


@short_and_long(60, 1500)
def test_no_path_leads_anywhere_we_did_not_mean(city: City, many: int):
    parts = TEXTS | st.sampled_from(
        ["..", ".", "static", "p", "u", "v1", "people", "journey", "healthz", "style.css", "%2e%2e", "~", "static/../.env"]
    )

    def check(method: str, path: str, headers: dict[str, Any]) -> None:
        answer = city.asks(method, "/" + path, headers=headers)
        all_is_well(answer)
        assert "DATABASE_URL" not in answer.text

    tried(
        many,
        check,
        method=st.sampled_from(["GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE", "X"]),
        path=st.lists(parts, max_size=4).map("/".join),
        headers=st.dictionaries(
            st.sampled_from(["host", "authorization", "accept", "content-type", "range", "if-none-match"]), TEXTS, max_size=3
        ),
    )


@pytest.mark.parametrize("host", ["evil.example", "evil.example/x", "a@evil.example"])
def test_nobody_is_sent_where_a_request_says_we_live(city: City, host: str):
    claims = {"host": host, "x-forwarded-host": host, "x-forwarded-proto": "https", "forwarded": f"host={host}"}
    page = token(city, "page")
    for method, path in (
        ("GET", "/help/nothing/"),
        ("GET", f"/p/{page}/"),
        ("GET", f"/p/{page}"),
        ("GET", f"/u/{page}/"),
        ("POST", f"/p/{page}/stop/"),
        ("GET", "/static"),
    ):
        answer = city.asks(method, path, headers=claims)
        assert "evil.example" not in answer.text + str(dict(answer.headers)), path


@pytest.mark.parametrize("id", ["ida", "x" * 300, "a/b", "\x00", "' OR 1=1 --", quote("ü")])
def test_how_far_somebody_is_nobody_hears_without_a_key(city: City, id: str):
    for said in ({}, {"authorization": "Bearer wrong"}, {"authorization": "Basic !!!"}):
        answer = city.asks("GET", f"/v1/people/{id}/journey", headers=said)
        all_is_well(answer)
        assert answer.status in (401, 422)
