"""What Handrail asks to be allowed in a workspace, each with its reason: for the manifest, the install link, doctor and docs/slack.md."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

_CASES = "Cases"
_CHANNELS = "The team's channels"
_FILES = "Files"


@dataclass(frozen=True, kw_only=True, slots=True)
class Scope:
    """One bot scope. `optional`: Handrail does its main job without it, and who installs may decline. `team`: only the vendor needs it."""

    name: str
    feature: str
    why: str
    without: str
    optional: bool = False
    team: bool = False


SCOPES = (
    Scope(
        name="chat:write",
        feature="Messages",
        why="Sends messages and brings them up to date, and shows that it is working on an answer.",
        without="Handrail can't say anything in Slack.",
    ),
    Scope(
        name="im:history",
        feature="Conversation",
        why="Receives what people write to Handrail in their direct conversation with it, and nothing else they write.",
        without="People can press buttons, but what they write is not heard.",
    ),
    Scope(
        name="im:write",
        feature="Messages",
        why="Opens the direct conversation with a person.",
        without="Nobody is written to before they have written or opened the app themselves.",
    ),
    Scope(
        name="commands",
        feature="/onboarding",
        why="Brings the slash command /onboarding and the message shortcut “Open a case”.",
        without="The slash command and the shortcut are not there.",
    ),
    Scope(
        name="app_mentions:read",
        feature="Conversation",
        why="Hears when somebody mentions @Handrail in a channel it is in, to answer where they asked.",
        without="A mention in a channel gets no answer.",
    ),
    Scope(
        name="users:read",
        feature="Who is who",
        why="Reads a person's name, time zone, language, and whether they are a guest or a bot.",
        without="Messages come at the wrong hour and in the wrong language, and nobody is called by their name.",
    ),
    Scope(
        name="users:read.email",
        feature="Who is who",
        why="Matches a Slack user to the person your product knows, by e-mail address.",
        without="Everybody is a stranger until they name their address and confirm it by mail.",
    ),
    Scope(
        name="assistant:write",
        feature="Suggested prompts",
        why="Offers a few things to ask when somebody opens the conversation.",
        without="The conversation opens without suggestions.",
    ),
    Scope(
        name="chat:write.customize",
        feature=_CASES,
        why="Shows a colleague's words under their own name and face.",
        without="A colleague's words come under Handrail's name, with theirs in front.",
        optional=True,
    ),
    Scope(
        name="files:read",
        feature=_FILES,
        why="Fetches a file that somebody sends to Handrail or into a case's thread, to pass it on.",
        without="Files are not passed on between a person and the team, and who sends one is told.",
        optional=True,
    ),
    Scope(
        name="files:write",
        feature=_FILES,
        why="Uploads a file that is passed on, on the other side.",
        without="Files are not passed on between a person and the team, and who sends one is told.",
        optional=True,
    ),
    Scope(
        name="channels:read",
        feature=_CHANNELS,
        why="Finds the channels that playbooks name, and whether Handrail is in them.",
        without="A channel has to be named by its id, and doctor can't check it.",
        team=True,
    ),
    Scope(
        name="channels:history",
        feature=_CASES,
        why="Receives what the team writes in the threads of cases, in public channels Handrail was invited to.",
        without="What a colleague writes in a case's thread does not reach the person.",
        team=True,
    ),
    Scope(
        name="groups:read",
        feature=_CHANNELS,
        why="The same as channels:read, for private channels Handrail was invited to.",
        without="The team's channels have to be public, or named by their id.",
        optional=True,
        team=True,
    ),
    Scope(
        name="groups:history",
        feature=_CASES,
        why="The same as channels:history, for private channels Handrail was invited to.",
        without="In a private channel, what a colleague writes in a case's thread does not reach the person.",
        optional=True,
        team=True,
    ),
    Scope(
        name="reactions:write",
        feature=_CASES,
        why="Puts ✓ on a colleague's words once they have reached the person.",
        without="A colleague does not see at a glance which of their words went out.",
        optional=True,
        team=True,
    ),
    Scope(
        name="reactions:read",
        feature=_CASES,
        why="Notices 🆘 on a message in the team's channels, which opens a case.",
        without="🆘 does nothing; the shortcut and /onboarding case still open one.",
        optional=True,
        team=True,
    ),
)
"""Every scope, the ones everybody grants first."""

SCOPES_TEAM = tuple(scope.name for scope in SCOPES)
"""What the vendor's own workspace is asked for: the team's channels are there, and its people may be onboarded too."""

SCOPES_CUSTOMER = tuple(scope.name for scope in SCOPES if not scope.team)
"""What a customer's workspace is asked for: nothing about its channels."""

SCOPES_OPTIONAL = tuple(scope.name for scope in SCOPES if scope.optional)


def missing(granted: Collection[str], asked: Collection[str] = SCOPES_TEAM) -> list[Scope]:
    """Those of `asked` that were not granted."""
    return [scope for scope in SCOPES if scope.name in asked and scope.name not in granted]


def scope_table() -> str:
    """The Markdown table in docs/slack.md."""
    rows = [f"| `{s.name}` | {_asked_of(s)} | {s.why} | {s.without} |" for s in SCOPES]
    return "\n".join(["| scope | asked of | what for | without it |", "| --- | --- | --- | --- |", *rows])


def _asked_of(scope: Scope) -> str:
    return ("your team" if scope.team else "everybody") + (", optional" if scope.optional else "")
