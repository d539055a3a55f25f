"""The CSMs' side: the card of a case in the team's channel, what the person says, and the offer to send a colleague's words."""

from __future__ import annotations

from bot.conversation import Speaker
from bot.slack.kit import actions, bold, button, context, link_button, section, shown
from bot.slack.limits import Json, fit
from bot.surfaces import clean, escape_mrkdwn
from flows.people import Case


def case_card(text_mrkdwn: str, case: Case, speak: Speaker, *, page_url: str = "") -> list[Json]:
    """The card: its text, which says who has it, and the buttons that its state allows. `page_url` is the case's page for CSMs."""
    value = {"c": case.id, "p": case.person_id}
    buttons = [button("claim", speak("button.claim"), value, primary=True)] if case.state == "open" else []
    buttons += [button("resolve", speak("button.resolve"), value)] if case.state in ("open", "claimed") else []
    buttons += link_button("open", speak("button.open_page"), page_url, value)
    return fit([section(text_mrkdwn, "case.text"), actions(buttons, "case.actions")])


def case_said(name: str, text: str, mouth: str, speak: Speaker) -> list[Json]:
    """The person's words in the thread, quoted as they are. `mouth` is where they said it: slack, email or page."""
    quoted = "\n".join(f"> {escape_mrkdwn(line)}" for line in clean(text).strip().split("\n"))
    where = shown(speak(f"card.mouth_{mouth}")) if mouth in ("slack", "email", "page") else ""
    who = " · ".join(filter(None, [bold(name), where]))
    return fit([context(who, "case.who"), section(quoted, "case.said")])


def send_on(case: Case, person_name: str, ts: str, speak: Speaker) -> list[Json]:
    """Shown only to a CSM who wrote in a case's thread without having claimed it. `ts` is Slack's id of what they wrote."""
    who = {"who": person_name, "owner": case.claimed_name}
    line = speak("case.not_yours" if case.claimed_name else "case.unclaimed_words", who)
    send = button("send", speak("button.send_on", {"name": person_name}), {"c": case.id, "p": case.person_id, "v": ts})
    return fit([section(shown(line), "case.offer"), actions([send], "case.send")])
