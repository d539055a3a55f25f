"""The CSMs' side: the card of a case in the team's channel, what the person says, and the offer to send a colleague's words."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.conversation import Speaker
from bot.drawing import Sight
from bot.slack.kit import actions, bold, button, context, link_button, plain, section, shown
from bot.slack.limits import TOTAL, Json, fit, shorten
from bot.slack.snoozing import snooze_choices
from bot.surfaces import clean, escape_mrkdwn
from flows.csms import Roster
from flows.desk import Desk
from flows.hours import zone_named
from flows.people import Case

LONG = TOTAL - 600
"""Characters of somebody's words that fit into a message's blocks; what is left is for who said it, and for buttons."""

_IN_WORK = ("open", "claimed")
_USER = re.compile(r"[UW][A-Z0-9_]+")


@dataclass(frozen=True, kw_only=True, slots=True)
class Colleague:
    """Somebody a case can be given to. `most` is how many cases they may have, None for any number."""

    user: str
    name: str
    open: int
    most: int | None = None


def colleagues(roster: Roster, desk: Desk, team: str) -> tuple[Colleague, ...]:
    """Whom the roster names for a team's channel, with what they have already; those with the most room first."""
    found = [Colleague(user=one.csm, name=one.name, open=desk.cases_of(one.csm), most=one.max_open_cases) for one in roster.of(team)]
    return tuple(sorted(found, key=lambda one: (one.most is not None and one.open >= one.most, one.name)))


def case_card(
    text_mrkdwn: str,
    case: Case,
    speak: Speaker,
    *,
    page_url: str = "",
    takers: Sequence[Colleague] = (),
    snoozes: Sequence[str] = ("1_hour", "tomorrow", "next_week"),
) -> list[Json]:
    """The card: its text, which says who has it, and what its state allows to do.

    `page_url` is the case's page for CSMs. Without any `takers` it can be given to whomever Slack knows.
    """
    value = {"c": case.id}
    row = [button("claim", speak("button.claim"), value, primary=True)] if case.state == "open" else []
    if case.state in _IN_WORK:
        row += [_assign(case, takers, speak), _snooze(case, snoozes, speak)]
        row += [button("resolve", speak("button.resolve"), value), button("case_suggest", speak("button.suggest"), value)]
    row += link_button("case_page", speak("button.open_page"), page_url, value)
    row += [_more(case, speak)] if case.state != "closed" else []
    given = [context(speak("card.given_to", {"owner": mention(case.owner)}), "case.given")] if _is_given(case) else []
    return fit([section(text_mrkdwn, "case.text"), *given, actions(row, f"case.actions.{case.version}")])


def _is_given(case: Case) -> bool:
    """Whether somebody has it who has not said yet that they take it: Slack tells them when the card is posted."""
    return case.state == "open" and bool(mention(case.owner))


def mention(user: str) -> str:
    """A colleague, so that Slack tells them; '' for what is no user's id."""
    return f"<@{user}>" if _USER.fullmatch(user) else ""


def pinging(payload: Json, user: str) -> Json:
    """A message to the team that begins with the name of whom it is for."""
    who = mention(user)
    if not who:
        return payload
    return payload | {"text": f"{who} {payload['text']}", "blocks": fit([section(who, "case.ping"), *payload["blocks"]])}


def team_card(text_mrkdwn: str, case: Case, sight: Sight, now: datetime, page_url: str) -> list[Json]:
    """The card as things are now: with the team's colleagues and what they have, and the times their zone still offers today."""
    team, zone = case.team or sight.playbook.team.channel, zone_named(sight.playbook.team.zone) or ZoneInfo("UTC")
    takers = colleagues(sight.books.playbooks.roster, sight.subject.desk, team)
    return case_card(text_mrkdwn, case, sight.words, page_url=page_url, takers=takers, snoozes=snooze_choices(now, zone))


def _assign(case: Case, takers: Sequence[Colleague], speak: Speaker) -> Json:
    """Slack keeps what was chosen in a menu until its block's id changes: that is why the case's version is part of it."""
    menu: Json = {"action_id": "case_assign", "placeholder": plain(speak("button.assign"))}
    if not takers:
        return menu | {"type": "users_select"}
    return menu | {"type": "static_select", "options": [option(_load(one, speak), {"c": case.id, "u": one.user}) for one in takers]}


def _load(one: Colleague, speak: Speaker) -> str:
    facts = {"name": one.name, "open": one.open, "most": one.most}
    return speak("card.load" if one.most is not None else "card.load_open", facts)


def _snooze(case: Case, choices: Sequence[str], speak: Speaker) -> Json:
    options = [option(speak(f"case.snooze_{choice}"), {"c": case.id, "u": choice}) for choice in choices]
    return {"type": "static_select", "action_id": "case_snooze", "placeholder": plain(speak("button.snooze")), "options": options}


def _more(case: Case, speak: Speaker) -> Json:
    """What is rarely needed; the menu shows three dots."""
    deeds = {"tick": "button.tick_step", "pause": "button.pause_person"}
    return {
        "type": "overflow",
        "action_id": "case_more",
        "options": [option(speak(key), {"c": case.id, "d": deed}) for deed, key in deeds.items()],
    }


def option(text: str, value: Mapping[str, str]) -> Json:
    """One choice of a menu."""
    return {"text": plain(text), "value": json.dumps(value, separators=(",", ":"), ensure_ascii=False)}


def case_said(name: str, text: str, mouth: str, speak: Speaker, page_url: str = "") -> list[Json]:
    """The person's words in the thread, quoted as they are. `mouth` is where they said it: slack, email or page. Files may come without.

    What is longer than a message may be ends with a button that opens their story, `page_url`, where all of it stands.
    """
    where = shown(speak(f"card.mouth_{mouth}")) if mouth in ("slack", "email", "page") else ""
    who = " · ".join(filter(None, [bold(name), where]))
    if not text.strip():
        return fit([context(who, "case.who")])
    said = quoted(text)
    if len(said) <= LONG:
        return fit([context(who, "case.who"), section(said, "case.said")])
    rest = link_button("case_page", speak("button.read_all"), page_url, {})
    return fit([context(who, "case.who"), section(shorten(said, LONG), "case.said"), *([actions(rest, "case.rest")] if rest else [])])


def words_of_a_colleague(text: str) -> Json:
    """What a CSM wrote, for the customer to read under the CSM's own name: the words and nothing else. Long ones go without blocks,
    which hold less than a message does: no page of the customer's has the rest."""
    words = escape_mrkdwn(clean(text).strip())
    return {"text": words} | ({"blocks": fit([section(words)])} if len(words) <= LONG else {})


def quoted(text: str) -> str:
    """Anybody's words as a quotation in mrkdwn."""
    return "\n".join(f"> {escape_mrkdwn(line)}" for line in clean(text).strip().split("\n"))


def send_on(case: Case, person_name: str, ts: str, speak: Speaker) -> list[Json]:
    """Shown only to a CSM who wrote in a case's thread without having claimed it. `ts` is Slack's id of what they wrote."""
    who = {"who": person_name, "owner": case.claimed_name}
    line = speak("case.not_yours" if case.claimed_name else "case.unclaimed_words", who)
    send = button("send", speak("button.send_on", {"name": person_name}), {"c": case.id, "v": ts})
    return fit([section(shown(line), "case.offer"), actions([send], "case.send")])


def on_its_way(case: Case, text: str, reply: str, speak: Speaker) -> list[Json]:
    """Shown only to the CSM whose words leave in ten seconds. `reply` names them."""
    undo = button("case_undo", speak("button.undo"), {"c": case.id, "v": reply})
    return fit([section(shown(text), "case.leaving"), actions([undo], "case.undo")])
